"""Names, streets and wishes that the demo's guests draw from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from domain.catalog.rules import Address, QuoteRequest, SpecialtyChoice

FIRST = """
Amelia Noah Priya Mateo Grace Hiro Fatima Oscar Ingrid Samuel Chloe Rafael Nadia Victor
Yuki Leila Marcus Elena Tariq Beatrice Jonas Simone Arjun Camille Dmitri Aisha Felix Rosa
"""
LAST = """
Whitfield Okafor Sharma Alvarez Lindqvist Tanaka Haddad Brennan Novak Castellano Dubois
Petrov Mensah Ferreira Goldberg Kowalski Iyer Moreau Santos Ashford Becker Yamamoto Rossi
"""


@dataclass(frozen=True, slots=True)
class Place:
    street: str
    city: str
    state: str
    zip_code: str

    def address(self, number: int) -> Address:
        return Address(
            address_line_1=f"{number} {self.street}",
            city=self.city,
            state=self.state,
            zip_code=self.zip_code,
        )


CITY = (
    Place("W 72nd St", "New York", "NY", "10023"),
    Place("E 86th St", "New York", "NY", "10028"),
    Place("Hudson St", "New York", "NY", "10014"),
    Place("Montague St", "Brooklyn", "NY", "11201"),
    Place("Bedford Ave", "Brooklyn", "NY", "11211"),
    Place("Broadway", "New York", "NY", "10012"),
)
AWAY = (
    Place("Main St", "Southampton", "NY", "11968"),
    Place("Old Montauk Hwy", "Montauk", "NY", "11954"),
    Place("Field Point Rd", "Greenwich", "CT", "06830"),
    Place("Washington St", "Hoboken", "NJ", "07030"),
    Place("Newtown Ln", "East Hampton", "NY", "11937"),
)
PIECES = ("peloton", "surfboard", "bicycle")


def happens(rng: Random, chance: float) -> bool:
    return rng.random() < chance


def contact(rng: Random, n: int) -> dict[str, str]:
    first, last = rng.choice(FIRST.split()), rng.choice(LAST.split())
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}{n}@example.com".lower(),
        "phone": f"+1 212 555 {rng.randrange(10_000):04d}",
    }


def wish(rng: Random, pickup: date) -> QuoteRequest:
    """Draw what a guest might ask for on a day."""
    start, end = rng.choice(CITY), rng.choice(CITY if happens(rng, 0.35) else AWAY)
    window = rng.choice(("morning", "afternoon", "no_time_preference", "morning_specific"))
    kind = rng.choices(("mini_move", "standard_delivery", "specialty_item"), (5, 3, 2))[0]
    package = rng.choice(("petite", "standard", "standard", "full"))
    organized = kind == "mini_move" and happens(rng, 0.35)
    pieces = rng.sample(PIECES, rng.randint(1, 2)) if kind == "specialty_item" else []
    return QuoteRequest(
        service_type=kind,
        package_type=package if kind == "mini_move" else "",
        include_packing=organized,
        include_unpacking=organized and happens(rng, 0.5),
        standard_delivery_item_count=rng.randint(3, 12) if kind == "standard_delivery" else None,
        specialty_items=tuple(SpecialtyChoice(piece, 1) for piece in pieces),
        pickup_date=pickup,
        pickup_time=window,
        specific_pickup_hour=rng.randint(8, 11) if window == "morning_specific" else None,
        coi_required=happens(rng, 0.3),
        pickup_address=start.address(rng.randint(2, 400)),
        delivery_address=end.address(rng.randint(2, 400)),
    )
