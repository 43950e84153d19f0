"""The stock of vehicles: reserved under a lock, held by a CHECK, explained by its moves.

The workbook's figure opens the stock. When a later workbook says another, the difference is
added: what was handed over in between stays handed over.

:source: docs/policies/vehicles.md, "Stock"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Max

from domain.bookings.models import Booking, StockMove, VehicleStock
from domain.catalog.queries import catalog_at
from domain.catalog.rules import Vehicle
from domain.common.actors import Actor, may, staff_id
from domain.common.errors import InvalidInput, NotFound, NotPermitted, Refused
from domain.common.jobs import enqueue
from domain.common.transactions import in_transaction

ACTIVATE_WAITING = "domain.flows.tasks.activate_waiting"
MOST_ON_HAND = 1_000_000


class OutOfStock(Refused):
    code = "out_of_stock"


def _on_hand(stock: VehicleStock | None, row: Vehicle | None) -> int:
    """What is there by now, with the workbook's latest figure; never below what is promised."""
    if stock is None:
        return row.stock if row else 0
    fresh = row.stock - stock.catalog_stock if row else 0
    return max(stock.on_hand + fresh, stock.reserved)


def figures(skus: Sequence[str], at: datetime) -> dict[str, VehicleStock]:
    """The stock of each vehicle as it stands at a moment; reads only."""
    known = {each.sku: each for each in VehicleStock.objects.filter(sku__in=skus)}
    rows = catalog_at(at).vehicles
    return {sku: _current(sku, known.get(sku), rows) for sku in skus}


def _current(sku: str, stock: VehicleStock | None, rows: Mapping[str, Vehicle]) -> VehicleStock:
    row = rows.get(sku)
    return VehicleStock(
        pk=stock.pk if stock else None,
        sku=sku,
        on_hand=_on_hand(stock, row),
        reserved=stock.reserved if stock else 0,
        catalog_stock=row.stock if row else 0,
    )


def free_of(skus: Sequence[str], at: datetime) -> dict[str, int]:
    """How many of each vehicle are neither promised nor gone."""
    return {sku: stock.free for sku, stock in figures(skus, at).items()}


def last_move() -> int:
    """Names the state of all stocks: it grows with every move."""
    return StockMove.objects.aggregate(last=Max("pk"))["last"] or 0


def lock_stock(sku: str, *, at: datetime) -> VehicleStock:
    """Lock a vehicle's stock, with the workbook's latest figure counted in."""
    VehicleStock.objects.bulk_create([VehicleStock(sku=sku)], ignore_conflicts=True)
    stock = VehicleStock.objects.select_for_update().get(sku=sku)
    row = catalog_at(at).vehicles.get(sku)
    if row is None or row.stock == stock.catalog_stock:
        return stock
    change = _on_hand(stock, row) - stock.on_hand
    stock.catalog_stock = row.stock
    reason = f"The catalog says {row.stock}."
    _move(stock, StockMove.Kind.CATALOG, at=at, on_hand=change, reason=reason)
    return stock


def skus_to_count(*, at: datetime) -> list[str]:
    """Vehicles whose workbook figure is not counted in yet."""
    counted = dict(VehicleStock.objects.values_list("sku", "catalog_stock"))
    rows = catalog_at(at).vehicles
    return [sku for sku, row in rows.items() if counted.get(sku) != row.stock]


@in_transaction
def count_in(*, sku: str, at: datetime) -> None:
    """Keep the workbook's figure in the stock's own row. May be repeated."""
    lock_stock(sku, at=at)


@in_transaction
def reserve(*, booking: Booking, actor: Actor, at: datetime) -> None:
    """Promise one vehicle to a booking.

    :raises OutOfStock: none is free
    """
    stock = lock_stock(booking.vehicle_sku, at=at)
    if stock.free <= 0:
        raise OutOfStock(f"No {booking.vehicle_sku} is free in stock.")
    _move(stock, StockMove.Kind.RESERVED, at=at, reserved=1, booking=booking, actor=actor)


@in_transaction
def release(*, booking: Booking, actor: Actor, at: datetime) -> None:
    """Take a promise back: somebody else may have the vehicle."""
    stock = lock_stock(booking.vehicle_sku, at=at)
    _move(stock, StockMove.Kind.RELEASED, at=at, reserved=-1, booking=booking, actor=actor)
    enqueue(ACTIVATE_WAITING, booking.vehicle_sku)


@in_transaction
def hand_over(*, booking: Booking, actor: Actor, at: datetime) -> None:
    """The promised vehicle leaves the stock."""
    stock = lock_stock(booking.vehicle_sku, at=at)
    kind = StockMove.Kind.DELIVERED
    _move(stock, kind, at=at, on_hand=-1, reserved=-1, booking=booking, actor=actor)


@in_transaction
def count_stock(
    *, sku: str, on_hand: int, reason: str, seen_on_hand: int, actor: Actor, at: datetime
) -> VehicleStock:
    """Note how many of a vehicle are there, as counted or after a lorry came.

    :raises InvalidInput: fewer than are promised, or no reason
    :raises Refused: somebody changed the figure since the form was opened
    """
    if not may(actor, "domain.count_stock"):
        raise NotPermitted("You may not count the stock; operations managers may.")
    if sku not in catalog_at(at).vehicles and not VehicleStock.objects.filter(sku=sku).exists():
        raise NotFound(f"There is no vehicle {sku}.")
    stock = lock_stock(sku, at=at)
    if stock.on_hand != seen_on_hand:
        raise Refused(f"{stock.on_hand} are on hand by now, not {seen_on_hand}. Look again.")
    errors = {} if reason.strip() else {"reason": ["Say why."]}
    if not stock.reserved <= on_hand <= MOST_ON_HAND:
        told = f"{stock.reserved} are promised to buyers; there must be as many at least."
        errors["on_hand"] = [told if on_hand < stock.reserved else f"At most {MOST_ON_HAND:,}."]
    if errors:
        raise InvalidInput.of(errors)
    change = on_hand - stock.on_hand
    if change:
        kind = StockMove.Kind.COUNTED
        _move(stock, kind, at=at, on_hand=change, reason=reason.strip()[:200], actor=actor)
    if change > 0:
        enqueue(ACTIVATE_WAITING, sku)
    return stock


def _move(
    stock: VehicleStock,
    kind: StockMove.Kind,
    *,
    at: datetime,
    on_hand: int = 0,
    reserved: int = 0,
    booking: Booking | None = None,
    reason: str = "",
    actor: Actor | None = None,
) -> None:
    stock.on_hand += on_hand
    stock.reserved += reserved
    stock.save(force_update=True)
    StockMove.objects.create(
        stock=stock,
        kind=kind,
        on_hand_change=on_hand,
        reserved_change=reserved,
        booking=booking,
        reason=reason,
        actor_id=staff_id(actor) if actor else None,
        at=at,
    )
