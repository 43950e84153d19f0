"""Vehicles in the admin: booked for a caller, looked at, waived, handed over, counted."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from domain.bookings.models import Booking, Instalment, InstalmentWaiver, VehicleStock
from domain.bookings.vehicles.stock import count_in
from domain.catalog.models import Vehicle
from domain.catalog.pictures import add_picture
from domain.common.money import show
from domain.staff.models import Staff
from tests.backoffice.money import send
from tests.backoffice.support import browser
from tests.catalog.test_pictures import drawn
from tests.vehicles.factory import SKU, active, rows

WANTED = {
    "first_name": "Asha",
    "last_name": "Rao",
    "email": "asha@example.com",
    "phone": "098450 12345",
    "vehicle_sku": SKU,
    "colour": "Slate",
    "payment_option": "emi",
    "emi_months": "12",
    "booking_amount": "5,000",
}
ADD = "/admin/domain/booking/add/vehicle/"


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


@pytest.fixture
def booking(client: Client, manager: Staff) -> Booking:
    """Active, as from now."""
    return active(at=timezone.now())


def test_the_plan_shows_as_one_types(manager: Staff) -> None:
    ops = browser(manager)
    assert "New vehicle booking" in text(ops, ADD)
    shown = ops.post(f"{ADD}plan/", WANTED).content.decode()
    assert "12 instalments without interest" in shown
    assert "₹7,791.00" in shown
    shown = ops.post(f"{ADD}plan/", WANTED | {"emi_months": ""}).content.decode()
    assert "Choose one of: 3, 6, 12, 24." in shown


def test_a_vehicle_is_booked_once_for_a_caller(manager: Staff) -> None:
    ops = browser(manager)
    typed = WANTED | {"form_key": str(uuid4())}
    for _ in range(2):
        answer = ops.post(ADD, typed)
        assert answer.status_code == 302, answer.content.decode()[:3000]
    booking = Booking.objects.get()
    page = text(ops, answer["Location"])
    assert "City One" in page
    assert "more confirms it" in page
    assert booking.number in text(ops, "/admin/domain/booking/?line__exact=vehicle")


def test_what_is_wrong_keeps_what_was_typed(manager: Staff) -> None:
    typed = WANTED | {"form_key": str(uuid4()), "referral_code": "NOBODYS2"}
    answer = browser(manager).post(ADD, typed)
    assert answer.status_code == 422
    assert "This referral code is not valid." in answer.content.decode()
    assert not Booking.objects.exists()


def test_its_page_has_its_own_steps(booking: Booking, manager: Staff) -> None:
    seen = {"content": drawn(), "alt_text": "A grey scooter"}
    add_picture(sku=SKU, actor=manager, at=timezone.now(), **seen)
    page = text(browser(manager), f"/admin/domain/booking/{booking.pk}/change/")
    assert "Hand over" in page
    assert "Dispatch" not in page
    assert "From → To" not in page
    assert "0 of 12 settled" in page
    assert 'alt="A grey scooter"' in page


def test_a_waiver_is_asked_for_and_approved_by_another(
    booking: Booking, finance: Staff, manager: Staff
) -> None:
    url = f"/admin/domain/booking/{booking.pk}/do/waive/"
    first = str(rows(booking)[0].pk)
    send(browser(finance), url, instalment=first, reason="goodwill")
    waiver = InstalmentWaiver.objects.get()
    page = text(browser(manager), f"/admin/domain/instalmentwaiver/{waiver.pk}/change/")
    assert "Approve" in page
    assert "goodwill" in text(browser(manager), "/admin/domain/instalmentwaiver/")
    assert "Waivers to approve" in text(browser(manager), "/admin/")


def test_who_is_late_is_listed_with_a_phone_number(
    client: Client, manager: Staff, finance: Staff
) -> None:
    now = timezone.now()
    late, paying = active(at=now), active(at=now)
    first = Instalment.objects.filter(booking=late, number=1)
    first.update(due_on=timezone.localdate() - timedelta(days=9))
    page = text(browser(finance), "/admin/domain/instalment/?when=late")
    assert late.number in page
    assert "days late" in page
    assert f"tel:{late.contact().phone}" in page
    assert paying.number not in page
    totals = text(browser(finance), "/admin/domain/instalment/totals/?when=late")
    assert "<strong>1</strong> instalment, " in totals
    home = text(browser(manager), "/admin/")
    assert "Instalments overdue" in home
    assert show(first.get().amount_cents, "INR") in home.partition("Instalments overdue")[2][:300]
    assert "overdue" in text(browser(manager), "/admin/domain/booking/?line__exact=vehicle")


def test_the_catalog_shows_what_is_free_and_sells_it(manager: Staff) -> None:
    ops = browser(manager)
    vehicle = Vehicle.objects.get(key=SKU)
    seen = {"content": drawn(), "alt_text": "A grey scooter"}
    add_picture(sku=SKU, actor=manager, at=timezone.now(), **seen)
    assert 'alt="A grey scooter"' in text(ops, "/admin/domain/vehicle/?category=scooter")
    page = text(ops, f"/admin/domain/vehicle/{vehicle.pk}/change/")
    assert "Promised to buyers" in page
    assert f"{ADD}?vehicle={SKU}" in page


def test_the_stock_is_counted_with_a_reason(booking: Booking, manager: Staff) -> None:
    count_in(sku=SKU, at=timezone.now())
    stock = VehicleStock.objects.get(sku=SKU)
    ops = browser(manager)
    assert "City One" in text(ops, "/admin/domain/vehiclestock/")
    url = f"/admin/domain/vehiclestock/{stock.pk}/do/count/"
    send(ops, url, on_hand=77, reason="a lorry came")
    assert VehicleStock.objects.get(sku=SKU).on_hand == 77
    page = text(ops, f"/admin/domain/vehiclestock/{stock.pk}/change/")
    assert "a lorry came" in page
    assert booking.number in page
