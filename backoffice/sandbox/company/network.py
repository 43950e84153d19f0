"""How the demo's vehicles were sold: members and their sponsors, bookings, places, three runs.

As everywhere in this story, each thing happens through its own operation on its own day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from backoffice.sandbox.company.house import Company
from domain.bookings.models import Booking
from domain.bookings.rules.orders import EMI, FULL, VehicleRequest
from domain.catalog.models import Vehicle
from domain.common.settings.operations import approve_setting, propose_setting
from domain.common.workflow import transit
from domain.customers.operations import register_customer
from domain.flows.buying import place_if_due
from domain.flows.commission import run_month
from domain.flows.ordering import VehicleWish, book_vehicle
from domain.network.earning.models import CommissionRun
from domain.network.models import Member
from domain.network.operations.members import enrol
from domain.network.operations.placement import place_member
from domain.payments.models import Payment
from domain.payments.operations.payments import record_offline_payment

FIRST = """
Aarav Ananya Bhavna Chetan Deepika Esha Farhan Gauri Harish Ishita Jayant Kavya Lakshmi Manoj
Nisha Omkar Pooja Rahul Sanjana Tarun Usha Vikram Yamini Zoya Arvind Meera Rohan Sneha
"""
LAST = """
Agarwal Bose Chatterjee Desai Fernandes Ghosh Hegde Joshi Kulkarni Mehta Nair Pillai Rao
Saxena Thakur Varma Yadav Bhat Dutta Gupta Iyer Kapoor Menon Patel Reddy Sethi
"""
PAIR_CENTS = 500_00
# What makes a buyer an Active Buyer at once.
ENOUGH_CENTS = 5_000_00
DAYS = 84
FOUNDERS = 3
# How many of the bookings are a guest's with somebody's code.
WITH_CODE = 0.45
EARLY = 60
FEW = 0.08


@dataclass(slots=True)
class Network:
    """What the story knows of its members: who may refer, by number and code."""

    company: Company
    rng: Random
    vehicles: list[Vehicle]
    members: list[int] = field(default_factory=list)
    codes: dict[int, str] = field(default_factory=dict)
    numbers: int = 0

    def joined(self, member: Member) -> None:
        self.members.append(member.pk)
        self.codes[member.pk] = member.code

    def sponsor(self) -> int | None:
        """Mostly one of the early ones: a few build large teams, most build none."""
        if not self.members:
            return None
        early = self.members[:EARLY] if self.happens(0.6) else self.members
        return self.rng.choice(early)

    def happens(self, chance: float) -> bool:
        return self.rng.random() < chance

    def contact(self) -> dict[str, str]:
        self.numbers += 1
        first, last = self.rng.choice(FIRST.split()), self.rng.choice(LAST.split())
        return {
            "first_name": first,
            "last_name": last,
            "email": f"{first}.{last}.{self.numbers}@example.com".lower(),
            "phone": f"+91 98{self.numbers:08d}",
        }


def sell(company: Company, members: int, bookings: int, tell: Callable[[str], None]) -> Network:
    """Live through three months of members, bookings and runs up to today."""
    network = Network(company, company.rng, _on_sale())
    begun = company.today - timedelta(days=DAYS)
    _price_of_a_pair(company, begun)
    # Nearly half of the bookings bring a member of their own.
    desk = max(members - round(bookings * WITH_CODE) - FOUNDERS, 1)
    events = [(_some_time(network, begun), _join) for _ in range(desk)]
    events += [(_some_time(network, begun), _buy) for _ in range(bookings)]
    # The first few are there before anybody can be referred.
    for moment in (begun + timedelta(minutes=n) for n in range(FOUNDERS)):
        events.append((moment, _join))
    runs = [(_after(end), end) for end in month_ends(begun, company.today)]
    for moment, happens in sorted(events, key=lambda each: each[0]):
        while runs and runs[0][0] <= moment:
            tell(_run(company, *runs.pop(0)))
        company.now = moment
        happens(network, moment)
    for when, end in runs:
        tell(_run(company, when, end))
    return network


def _on_sale() -> list[Vehicle]:
    return list(Vehicle.objects.filter(is_active=True).order_by("key"))


def _some_time(network: Network, begun: datetime) -> datetime:
    seconds = (network.company.today - begun).total_seconds() - 7_200
    return begun + timedelta(seconds=3_600 + seconds * network.rng.random() ** 0.9)


def _price_of_a_pair(company: Company, at: datetime) -> None:
    proposed = propose_setting(
        name="pair.amount",
        value=PAIR_CENTS,
        valid_from=at,
        reason="Decided by the board.",
        actor=company.staff["fiona"],
        at=at,
    )
    approve_setting(setting_id=proposed.pk, actor=company.staff["ada"], at=at)


def _join(network: Network, at: datetime) -> None:
    """Somebody becomes a member at the desk, and gets a place."""
    carla, omar = network.company.staff["carla"], network.company.staff["omar"]
    customer = register_customer(contact=network.contact(), actor=carla, at=at)
    member = enrol(customer_id=customer.pk, sponsor_id=network.sponsor(), actor=carla, at=at)
    network.joined(member)
    # The newest still wait on the holding list.
    if at < network.company.today - timedelta(days=1):
        place_member(member_id=member.pk, actor=omar, at=at)


def _buy(network: Network, at: datetime) -> None:
    """A vehicle is booked, by a member or by a guest with somebody's code, and paid at first."""
    carla = network.company.staff["carla"]
    wish = _wish(network)
    booking = book_vehicle(wish=wish, actor=carla, at=at)
    if wish.contact is not None:
        network.joined(Member.objects.get(pk=booking.customer_id))
    if network.happens(0.06):
        return  # thinks about it
    pay(network, booking, booking.booking_amount_cents or 0, at)
    if network.happens(0.12):
        fresh = Booking.objects.get(pk=booking.pk)
        pay(network, fresh, fresh.total_cents - (booking.booking_amount_cents or 0), at)
    place_if_due(member_id=booking.customer_id or 0, at=at)


def _wish(network: Network) -> VehicleWish:
    rng = network.rng
    vehicle = rng.choice(network.vehicles)
    by_months = network.happens(0.55)
    request = VehicleRequest(
        vehicle_sku=vehicle.key,
        colour=rng.choice(vehicle.colours),
        payment_option=EMI if by_months else FULL,
        emi_months=rng.choice((6, 12, 24)) if by_months else None,
        # A few begin with the least there is, and are confirmed later or never.
        booking_amount_cents=vehicle.minimum_booking_amount_cents
        if network.happens(FEW)
        else ENOUGH_CENTS * rng.randint(1, 4),
    )
    if not network.happens(WITH_CODE):
        return VehicleWish(request=request, customer_id=network.sponsor())
    sponsor = network.sponsor()
    assert sponsor is not None  # some were there before the first booking
    return VehicleWish(
        request=request, contact=network.contact(), referral_code=network.codes[sponsor]
    )


def pay(network: Network, booking: Booking, cents: int, at: datetime) -> None:
    """A bank transfer, recorded by one and approved by another."""
    staff, rng = network.company.staff, network.rng
    payment = record_offline_payment(
        booking_id=booking.pk,
        method="bank_transfer",
        amount_cents=cents,
        reference=f"NEFT-{rng.randrange(10**8):08d}",
        received_on=local_day(at),
        evidence="Seen on the bank statement.",
        actor=staff["carla"],
        at=at,
    )
    if at < network.company.today - timedelta(days=1):
        transit(Payment, payment.pk, "approve", actor=staff["fiona"], at=at)


def _run(company: Company, when: datetime, end: date) -> str:
    """Pairs of a month: computed, approved by another, posted."""
    fiona, omar = company.staff["fiona"], company.staff["omar"]
    run = run_month(as_of=end, actor=fiona, at=when)
    transit(CommissionRun, run.pk, "approve", actor=omar, at=when + timedelta(hours=2))
    transit(CommissionRun, run.pk, "post", actor=fiona, at=when + timedelta(hours=3))
    return f"{run} posted"


def zone() -> ZoneInfo:
    return ZoneInfo(settings.VEHICLES_TIME_ZONE)


def local_day(at: datetime) -> date:
    return at.astimezone(zone()).date()


def month_ends(first: datetime, last: datetime) -> list[date]:
    """The last days of the months that ended in a stretch of time."""
    day = local_day(first)
    ends: list[date] = []
    while True:
        end = day.replace(day=monthrange(day.year, day.month)[1])
        if _after(end) + timedelta(hours=4) >= last:
            return ends
        ends.append(end)
        day = end + timedelta(days=1)


def _after(end: date) -> datetime:
    return datetime.combine(end + timedelta(days=1), time(10), tzinfo=zone())
