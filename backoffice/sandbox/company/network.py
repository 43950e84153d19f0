"""How the demo's vehicles were sold: teams of members, bookings, places, three runs.

As everywhere in this story, each thing happens through its own operation on its own day.
"""

from __future__ import annotations

from calendar import monthrange
from collections import deque
from collections.abc import Callable, Sequence
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
TEAMS = 2
# The first member of all, and one for each team.
FOUNDERS = 1 + TEAMS
# How many of the bookings are a guest's with somebody's code.
WITH_CODE = 0.45
EARLY = 30
FEW = 0.08
type Tell = Callable[[str], object]


@dataclass(slots=True)
class Team:
    """Those below one founder, the vehicles they buy, and what is still to happen to them.

    Teams have no member and no vehicle in common, so that none has to look at another.
    """

    company: Company
    number: int
    vehicles: list[Vehicle]
    members: list[int] = field(default_factory=list)
    codes: dict[int, str] = field(default_factory=dict)
    bookings: list[int] = field(default_factory=list)
    people: int = 0
    to_come: deque[Moment] = field(default_factory=deque)

    def joined(self, member: Member) -> None:
        self.members.append(member.pk)
        self.codes[member.pk] = member.code

    def sponsor(self) -> int:
        """Mostly one of the early ones: a few build large teams, most build none."""
        early = self.members[:EARLY] if self.company.happens(0.6) else self.members
        return self.company.rng.choice(early)

    def contact(self) -> dict[str, str]:
        self.people += 1
        return _contact(self.company.rng, FOUNDERS + TEAMS * self.people + self.number)

    def live_until(self, moment: datetime) -> None:
        while self.to_come and self.to_come[0][0] < moment:
            self.company.now, happens = self.to_come.popleft()
            happens(self, self.company.now)


type Moment = tuple[datetime, Callable[[Team, datetime], None]]


def found(company: Company) -> list[Member]:
    """The first member, and below that one a founder of each team."""
    begun = company.today - timedelta(days=DAYS)
    _price_of_a_pair(company, begun)
    founders: list[Member] = []
    for number in range(FOUNDERS):
        sponsor_id = founders[0].pk if founders else None
        contact = _contact(company.rng, number)
        founders.append(_joined(company, contact, sponsor_id, begun + timedelta(minutes=number)))
    return founders[1:]


def team_of(founder: Member, company: Company, *, number: int, members: int, bookings: int) -> Team:
    """A founder's team with its share of all members and bookings, before any of it happened."""
    begun = company.today - timedelta(days=DAYS)
    on_sale = Vehicle.objects.filter(is_active=True).order_by("key")
    team = Team(company, number, list(on_sale)[number::TEAMS])
    team.joined(founder)
    # Nearly half of the bookings bring a member of their own.
    desk = max(members - round(bookings * WITH_CODE) - FOUNDERS, TEAMS)
    events: list[Moment] = [(_some_time(company, begun), _join) for _ in _share(desk, number)]
    events += [(_some_time(company, begun), _buy) for _ in _share(bookings, number)]
    team.to_come.extend(sorted(events, key=lambda each: each[0]))
    return team


def _share(whole: int, number: int) -> range:
    return range(number, whole, TEAMS)


def live(teams: Sequence[Team], *, leads: bool, meet: Callable[[], object], tell: Tell) -> None:
    """Live through three months of members, bookings and runs up to today.

    :param leads: these teams' side computes the runs; ``meet`` waits until all teams are there
    """
    company = teams[0].company
    for end in month_ends(company.today - timedelta(days=DAYS), company.today):
        for team in teams:
            team.live_until(_after(end))
        meet()
        if leads:
            tell(_run(company, _after(end), end))
        meet()
    for team in teams:
        team.live_until(company.today)


def _some_time(company: Company, begun: datetime) -> datetime:
    seconds = (company.today - begun).total_seconds() - 7_200
    return begun + timedelta(seconds=3_600 + seconds * company.rng.random() ** 0.9)


def _contact(rng: Random, number: int) -> dict[str, str]:
    first, last = rng.choice(FIRST.split()), rng.choice(LAST.split())
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}.{number + 1}@example.com".lower(),
        "phone": f"+91 98{number + 1:08d}",
    }


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


def _join(team: Team, at: datetime) -> None:
    team.joined(_joined(team.company, team.contact(), team.sponsor(), at))


def _joined(
    company: Company, contact: dict[str, str], sponsor_id: int | None, at: datetime
) -> Member:
    """Somebody becomes a member at the desk, and gets a place."""
    carla, omar = company.staff["carla"], company.staff["omar"]
    customer = register_customer(contact=contact, actor=carla, at=at)
    member = enrol(customer_id=customer.pk, sponsor_id=sponsor_id, actor=carla, at=at)
    # The newest still wait on the holding list.
    if at < company.today - timedelta(days=1):
        place_member(member_id=member.pk, actor=omar, at=at)
    return member


def _buy(team: Team, at: datetime) -> None:
    """A vehicle is booked, by a member or by a guest with somebody's code, and paid at first."""
    company = team.company
    wish = _wish(team)
    booking = book_vehicle(wish=wish, actor=company.staff["carla"], at=at)
    team.bookings.append(booking.pk)
    if wish.contact is not None:
        team.joined(Member.objects.get(pk=booking.customer_id))
    if company.happens(0.06):
        return  # thinks about it
    pay(company, booking, booking.booking_amount_cents or 0, at)
    if company.happens(0.12):
        fresh = Booking.objects.get(pk=booking.pk)
        pay(company, fresh, fresh.total_cents - (booking.booking_amount_cents or 0), at)
    place_if_due(member_id=booking.customer_id or 0, at=at)


def _wish(team: Team) -> VehicleWish:
    rng, company = team.company.rng, team.company
    vehicle = rng.choice(team.vehicles)
    by_months = company.happens(0.55)
    request = VehicleRequest(
        vehicle_sku=vehicle.key,
        colour=rng.choice(vehicle.colours),
        payment_option=EMI if by_months else FULL,
        emi_months=rng.choice((6, 12, 24)) if by_months else None,
        # A few begin with the least there is, and are confirmed later or never.
        booking_amount_cents=vehicle.minimum_booking_amount_cents
        if company.happens(FEW)
        else ENOUGH_CENTS * rng.randint(1, 4),
    )
    sponsor = team.sponsor()
    if not company.happens(WITH_CODE):
        return VehicleWish(request=request, customer_id=sponsor)
    return VehicleWish(request=request, contact=team.contact(), referral_code=team.codes[sponsor])


def pay(company: Company, booking: Booking, cents: int, at: datetime) -> None:
    """A bank transfer, recorded by one and approved by another."""
    payment = record_offline_payment(
        booking_id=booking.pk,
        method="bank_transfer",
        amount_cents=cents,
        reference=f"NEFT-{company.rng.randrange(10**8):08d}",
        received_on=local_day(at),
        evidence="Seen on the bank statement.",
        actor=company.staff["carla"],
        at=at,
    )
    if at < company.today - timedelta(days=1):
        transit(Payment, payment.pk, "approve", actor=company.staff["fiona"], at=at)


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
