"""Read the catalog.

``quote(request, at=, as_of=, purpose=)`` prices a ``QuoteRequest`` (``domain.catalog.rules``)
or raises ``InvalidInput`` whose ``field_errors`` are the API's names, nested ones dotted
(``pickup_address.zip_code``). ``catalog_at(at)`` gives the snapshot: ``packages``,
``organizing``, ``specialty_items``, ``standard_delivery``, ``vehicles`` … hold the active
rows in force, in the order in which lists show them; ``organizing_by_tier(snapshot)`` groups.
``etag_at(at)`` changes whenever what is in force does. ``versions_of(kind, key)`` is a row's
history, ``export_workbook(at)`` the whole catalog as the file that ``import_catalog`` reads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from domain.catalog.building import snapshot_of
from domain.catalog.models import CatalogRow
from domain.catalog.rules import (
    CatalogSnapshot,
    Kind,
    Limits,
    OrganizingService,
    Purpose,
    Quote,
    QuoteRequest,
    Tier,
    price,
    validate,
)
from domain.catalog.tables import TABLES, boundaries, in_force
from domain.catalog.workbook import SHEETS, Values, write_workbook
from domain.common.errors import InvalidInput
from domain.common.prepared import rows_prepared
from domain.common.settings.queries import settings_beside

MONTHS_AHEAD = "booking.months_ahead"
SAME_DAY_CUTOFF = "booking.same_day_cutoff_hour"
LIMITS = (MONTHS_AHEAD, SAME_DAY_CUTOFF)
KEPT_SNAPSHOTS = 32
GENERATION = "SELECT token FROM domain_cataloggeneration WHERE id = 1"

# Snapshots by the generation under which they were read, newest last. A snapshot of another
# generation is never served, so a change is seen at once by every process.
_snapshots: deque[CatalogSnapshot] = deque(maxlen=KEPT_SNAPSHOTS)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a price rests on beside the wish: settings, and the state of the catalog's tables."""

    settings: Mapping[str, int]
    generation: str

    def limits(self) -> Limits:
        return Limits(self.settings[MONTHS_AHEAD], self.settings[SAME_DAY_CUTOFF])


def terms_at(at: datetime, *more: str) -> Terms:
    """The terms in force at a moment, with ``more`` settings than the limits, in one query."""
    (token,), found = settings_beside((f"({GENERATION})",), (*LIMITS, *more), at)
    return Terms(found, _name(token))


def catalog_at(at: datetime, token: str | None = None) -> CatalogSnapshot:
    """The catalog in force at a moment: one small query, and more only after a change.

    :param token: the generation, when the caller has just read it
    """
    if token is None:
        token = generation()
    for known in reversed(tuple(_snapshots)):
        if known.generation == token and _covers(known, at):
            return known
    snapshot = _load(at, token)
    # A change that was committed between two of the reads would be there only in part.
    while (now := generation()) != token:
        token = now
        snapshot = _load(at, token)
    _snapshots.append(snapshot)
    return snapshot


def generation() -> str:
    """Name the state of the catalog tables; "" while nothing was ever written."""
    # Asked by every catalog answer and quote: plain SQL costs a fifth of the same through the ORM.
    rows = rows_prepared(GENERATION, ())
    return _name(rows[0][0] if rows else None)


def _name(token: UUID | None) -> str:
    return token.hex if token else ""


def _covers(snapshot: CatalogSnapshot, at: datetime) -> bool:
    return (snapshot.valid_from is None or snapshot.valid_from <= at) and (
        snapshot.valid_until is None or at < snapshot.valid_until
    )


def _load(at: datetime, token: str) -> CatalogSnapshot:
    valid_from, valid_until = boundaries(at)
    versions = [version for kind in Kind for version in in_force(kind, at).values()]
    return snapshot_of(versions, generation=token, valid_from=valid_from, valid_until=valid_until)


def etag_at(at: datetime) -> str:
    """A strong entity tag, quoted, for any answer made from the catalog at that moment."""
    snapshot = catalog_at(at)
    begins = f"{snapshot.valid_from.timestamp():.6f}" if snapshot.valid_from else ""
    return f'"{snapshot.generation}-{begins}"'


def quote(
    request: QuoteRequest,
    *,
    at: datetime,
    as_of: datetime | None = None,
    purpose: Purpose = Purpose.PREVIEW,
    terms: Terms | None = None,
) -> Quote:
    """Price a delivery at a moment, or as it would have been priced ``as_of`` another.

    :param terms: those in force, when the caller has just read them
    :raises InvalidInput: ``field_errors`` hold every problem at once
    :source: docs/policies/pricing.md
    """
    moment = as_of or at
    local = moment.astimezone(deliveries_zone())
    terms = terms or terms_at(moment)
    catalog = catalog_at(moment, terms.generation)
    if catalog.is_empty:
        raise InvalidInput(f"There was no catalog on {local:%Y-%m-%d}, so there is no price.")
    errors = validate(request, catalog, now=local, limits=terms.limits(), purpose=purpose)
    if errors:
        raise InvalidInput.of(errors)
    return price(request, catalog, local.date())


@cache
def deliveries_zone() -> ZoneInfo:
    return ZoneInfo(settings.DELIVERIES_TIME_ZONE)


def organizing_by_tier(catalog: CatalogSnapshot) -> dict[str, list[OrganizingService]]:
    """Every tier, also one without services, with its packing before its unpacking."""
    by_tier: dict[str, list[OrganizingService]] = {tier.value: [] for tier in Tier}
    for service in catalog.organizing.values():
        by_tier[service.mini_move_tier].append(service)
    return by_tier


def versions_of(kind: Kind, key: str) -> QuerySet[CatalogRow]:
    """A row's versions, the newest first."""
    rows = TABLES[kind]._default_manager.filter(key=key)
    return rows.select_related("recorded_by").order_by("-effective_from", "-id")


def rows_at(kind: Kind, at: datetime) -> QuerySet[CatalogRow]:
    """Each key's version in force, the inactive ones too, for lists."""
    table = TABLES[kind]._default_manager
    newest = (
        table.filter(effective_from__lte=at)
        .order_by("key", "-effective_from", "-id")
        .distinct("key")
        .values("pk")
    )
    return table.filter(pk__in=newest).select_related("recorded_by").order_by("key")


def export_workbook(at: datetime) -> bytes:
    """The catalog in force as an .xlsx; importing it again changes nothing."""
    rows: dict[Kind, list[Values]] = {}
    for kind, sheet in SHEETS.items():
        versions = sorted(in_force(kind, at).values(), key=lambda each: each.key)
        # A sheet without is_active lists what there is; a row taken back is not.
        rows[kind] = [each.values for each in versions if sheet.has_active or each.is_active]
    return write_workbook(rows, at=at)
