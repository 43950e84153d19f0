"""The bookings and instalments behind the figures of the vehicles' reports."""

from __future__ import annotations

from collections.abc import Callable

from backoffice.report_rows import (
    INR,
    MOST,
    STATES,
    Asked,
    Rows,
    booking_link,
    moment,
    rows_of,
)
from backoffice.reports import Money
from domain.reports import owed_by_buyers, sales


def _bookings(title: str, about: str, found: sales.Found) -> Rows:
    rows, count, cents = found
    lines = [
        (
            booking_link(row.booking_id, row.number),
            STATES[row.state],
            moment(row.created_at),
            row.vehicle,
            row.dealer or "–",
            Money(row.cents, INR),
        )
        for row in rows
    ]
    headings = ("Booking", "State", "Booked", "Vehicle", "Dealer", "Amount")
    return rows_of(title, about, headings, lines, count, cents, numbers={5})


STAGE_WORDS = {
    "booked": "Booked",
    "waiting": "Booked, and waiting for money",
    "confirmed": "Booked, and confirmed since",
    "handed_over": "Booked, and handed over since",
    "given_up": "Booked, and given up since",
}


def bookings(asked: Asked) -> Rows:
    stage = asked.one_of("stage", sales.STAGES, "booked")
    dealer = sales.NOBODYS if asked.words.get("dealer") == "none" else asked.number("dealer")
    vehicle, days = asked.words.get("vehicle"), asked.days
    found = sales.bookings_at_stage(
        stage, since=days.since, until=days.until, vehicle=vehicle, dealer=dealer, limit=MOST
    )
    parts = [STAGE_WORDS[stage], days.said()]
    parts += [vehicle] if vehicle else []
    parts += ["nobody's referral"] if dealer == sales.NOBODYS else []
    parts += list(sales.dealer_names([dealer]).values()) if dealer else []
    return _bookings("Bookings of vehicles", " · ".join(parts), found)


def sold(asked: Asked) -> Rows:
    vehicle, days = asked.words.get("vehicle"), asked.days
    found = sales.bookings_sold(since=days.since, until=days.until, vehicle=vehicle, limit=MOST)
    about = " · ".join(filter(None, ("Handed over", days.said(), vehicle)))
    return _bookings("Vehicles handed over", about, found)


def instalments(asked: Asked) -> Rows:
    handed, age = asked.number("handed"), asked.number("age")
    rows, count, cents = owed_by_buyers.owed_lines(
        at=asked.at, handed_over=None if handed is None else bool(handed), age=age, limit=MOST
    )
    lines = [
        (
            booking_link(row.booking_id, row.number),
            "yes" if row.handed_over else "not yet",
            f"{row.instalment}" if row.instalment else "–",
            row.day,
            Money(row.cents, INR),
        )
        for row in rows
    ]
    parts = [] if handed is None else ["handed over" if handed else "not handed over yet"]
    parts += [owed_by_buyers.AGES[age]] if age is not None and age < owed_by_buyers.WITHOUT else []
    parts += ["not in a plan"] if age == owed_by_buyers.WITHOUT else []
    headings = ("Booking", "Handed over", "Instalment", "Due", "To pay")
    about = " · ".join(parts) or "everything that is still to be paid"
    return rows_of("To be paid by buyers", about, headings, lines, count, cents, numbers={4})


ADVANCES = {
    "waiting": ("waiting for money", owed_by_buyers.WAITING),
    "confirmed": ("confirmed", owed_by_buyers.CONFIRMED),
    "given_up": ("given up", owed_by_buyers.GIVEN_UP),
}


def advances(asked: Asked) -> Rows:
    age = asked.number("age")
    of = ADVANCES.get(asked.words.get("of", ""))
    rows, count, cents = owed_by_buyers.advance_lines(
        at=asked.at, age=age, states=of[1] if of else None, limit=MOST
    )
    lines = [
        (
            booking_link(row.booking_id, row.number),
            STATES[row.state],
            moment(row.created_at),
            Money(row.cents, INR),
        )
        for row in rows
    ]
    ages = owed_by_buyers.ADVANCE_AGES
    parts = [ages[age]] if age is not None and age < len(ages) else []
    about = " · ".join([*parts, *([of[0]] if of else [])]) or "every advance for a vehicle"
    headings = ("Booking", "State", "Booked", "Held")
    return rows_of("Advances for vehicles", about, headings, lines, count, cents, numbers={3})


PAGES: dict[str, Callable[[Asked], Rows]] = {
    "bookings": bookings,
    "sold": sold,
    "instalments": instalments,
    "advances": advances,
}
