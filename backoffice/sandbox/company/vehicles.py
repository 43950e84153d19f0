"""The demo's vehicles: forty in the workbook, through the import, each with its picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook

from backoffice.sandbox.company.drawings import Colour, draw_vehicle
from domain.catalog.models import Vehicle
from domain.catalog.pictures import add_picture
from domain.staff.models import Staff

SHEET = "vehicles"
PAINTS: dict[str, Colour] = {
    "Pearl White": (232, 234, 236),
    "Slate": (92, 104, 117),
    "Scarlet": (200, 48, 52),
    "Green": (63, 139, 88),
    "Black": (46, 50, 56),
    "Ocean": (44, 111, 168),
    "Saffron": (232, 152, 44),
    "Mint": (134, 201, 178),
}
ACCENTS: tuple[Colour, ...] = ((64, 133, 190), (90, 160, 120), (214, 140, 80), (130, 110, 180))


@dataclass(frozen=True, slots=True)
class Series:
    """A family of vehicles; each further one goes farther and costs more."""

    code: str
    name: str
    category: str
    price_rupees: int
    step_rupees: int
    minimum_rupees: int
    range_km: int
    battery_kwh_tenths: int
    features: str
    count: int


SERIES = (
    Series("EV-METRO", "Metro", "scooter", 84_000, 6_500, 500, 82, 19, "LED headlamp; USB", 9),
    Series("EV-BREEZE", "Breeze", "scooter", 104_500, 7_250, 500, 108, 26, "Hill hold", 8),
    Series("EV-TRAIL", "Trail", "motorcycle", 158_000, 11_500, 1_000, 140, 39, "ABS", 7),
    Series("EV-NOVA", "Nova", "motorcycle", 212_000, 14_000, 1_000, 186, 51, "Fast charge", 5),
    Series("EV-HAUL", "Haul", "three-wheeler", 298_000, 18_000, 2_500, 96, 68, "Flat bed", 7),
)


def workbook_with_vehicles(path: Path) -> bytes:
    """Return the catalog's workbook with the demo's vehicles added to their sheet."""
    book = load_workbook(path)
    sheet = book[SHEET]
    last = max(row[0].row for row in sheet.iter_rows(max_col=1) if row[0].value)
    for offset, values in enumerate(_rows(), start=1):
        for column, value in enumerate(values, start=1):
            sheet.cell(row=last + offset, column=column, value=value)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _rows() -> list[tuple[str | int, ...]]:
    names = list(PAINTS)
    rows: list[tuple[str | int, ...]] = []
    for series in SERIES:
        for n in range(series.count):
            colours = [names[(len(rows) + shift) % len(names)] for shift in (0, 3)]
            whole, tenth = divmod(series.battery_kwh_tenths + 2 * n, 10)
            facts = f"range_km: {series.range_km + 9 * n}; battery_kwh: {whole}.{tenth}"
            rows.append(
                (
                    f"{series.code}-{n + 1}",
                    f"{series.name} {n + 1}",
                    series.category,
                    2025 + n % 2,
                    "INR",
                    f"{series.price_rupees + series.step_rupees * n}.00",
                    f"{series.minimum_rupees}.00",
                    series.features,
                    facts,
                    "; ".join(colours),
                    12 + 7 * (n % 4),
                    "yes",
                )
            )
    return rows


def hang_pictures(*, actor: Staff, at: datetime) -> int:
    """Draw each vehicle in its first colour, and every fourth in another one."""
    # All are drawn before the first is hung: a new picture makes everybody read the catalog anew.
    drawn: list[tuple[str, bytes, str]] = []
    for number, vehicle in enumerate(Vehicle.objects.order_by("key")):
        for colour in vehicle.colours[: 1 if number % 4 else 2]:
            picture = draw_vehicle(
                vehicle.category, PAINTS[colour], accent=ACCENTS[number % len(ACCENTS)]
            )
            words = f"{vehicle.name}, {vehicle.category} in {colour.lower()}, seen from the side"
            drawn.append((vehicle.key, picture, words))
    for sku, picture, words in drawn:
        add_picture(sku=sku, content=picture, alt_text=words, actor=actor, at=at)
    return len(drawn)
