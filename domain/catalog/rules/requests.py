"""What a guest or a member of staff asks a price for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Self
from uuid import UUID

from domain.catalog.rules.snapshot import CatalogSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    address_line_1: str = ""
    address_line_2: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""

    def as_json(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class SpecialtyChoice:
    item_type: str
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """The fields are those of the public API; "" and None mean that one was left out.

    A package may be named by its type or its id, specialty items by type and quantity
    or by ids, one piece each.
    """

    service_type: str
    package_type: str = ""
    mini_move_package_id: UUID | None = None
    include_packing: bool = False
    include_unpacking: bool = False
    standard_delivery_item_count: int | None = None
    is_same_day_delivery: bool = False
    specialty_items: tuple[SpecialtyChoice, ...] = ()
    specialty_item_ids: tuple[UUID, ...] = ()
    pickup_date: date | None = None
    pickup_time: str = ""
    specific_pickup_hour: int | None = None
    coi_required: bool = False
    pickup_address: Address | None = None
    delivery_address: Address | None = None
    is_outside_core_area: bool = False

    @property
    def addresses(self) -> tuple[Address, ...]:
        both = (self.pickup_address, self.delivery_address)
        return tuple(address for address in both if address is not None)

    def as_json(self) -> dict[str, Any]:
        """The request in the API's own shape, fit for a JSON column."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        for name in ("pickup_address", "delivery_address"):
            plain[name] = plain[name] and plain[name].as_json()
        plain["mini_move_package_id"] = _text(self.mini_move_package_id)
        plain["pickup_date"] = self.pickup_date.isoformat() if self.pickup_date else None
        plain["specialty_items"] = [asdict(choice) for choice in self.specialty_items]
        plain["specialty_item_ids"] = [str(item_id) for item_id in self.specialty_item_ids]
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read back what ``as_json`` wrote."""
        values = dict(plain)
        if values.get("mini_move_package_id"):
            values["mini_move_package_id"] = UUID(values["mini_move_package_id"])
        if values.get("pickup_date"):
            values["pickup_date"] = date.fromisoformat(values["pickup_date"])
        values["specialty_items"] = tuple(
            SpecialtyChoice(**choice) for choice in values.get("specialty_items") or ()
        )
        values["specialty_item_ids"] = tuple(
            UUID(item_id) for item_id in values.get("specialty_item_ids") or ()
        )
        for name in ("pickup_address", "delivery_address"):
            if values.get(name):
                values[name] = Address(**values[name])
        return cls(**values)


def _text(item_id: UUID | None) -> str | None:
    return str(item_id) if item_id else None


def resolve(request: QuoteRequest, catalog: CatalogSnapshot) -> QuoteRequest:
    """Name the package and the items by type, each item once with its full quantity.

    Ids that the catalog does not know are left where they are, for ``validate`` to name.
    """
    package_type = request.package_type
    if not package_type and request.mini_move_package_id is not None:
        package = catalog.package_of(request.mini_move_package_id)
        package_type = package.package_type if package else ""
    quantities: dict[str, int] = {}
    for choice in request.specialty_items:
        quantities[choice.item_type] = quantities.get(choice.item_type, 0) + choice.quantity
    for item_id in request.specialty_item_ids:
        item = catalog.specialty_item_of(item_id)
        if item is not None:
            quantities[item.item_type] = quantities.get(item.item_type, 0) + 1
    choices = tuple(SpecialtyChoice(name, count) for name, count in quantities.items())
    return replace(request, package_type=package_type, specialty_items=choices)
