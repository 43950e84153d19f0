"""The demo's company, small: every thing in it happened through its own operation."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from backoffice.sandbox.company.drawings import draw_vehicle
from domain.bookings.models import Booking, Line
from domain.catalog.models import Vehicle, VehiclePicture
from domain.flows.integrity import all_breaches
from domain.network.earning.models import CommissionRun, RunState
from domain.network.models import Member
from domain.notifications.models import Message, MessageState
from domain.payouts.models import Payout


@pytest.mark.torture
@pytest.mark.django_db
def test_is_grown_and_sound() -> None:
    call_command("seed_demo", bookings=3, members=60, vehicles=40, verbosity=0)

    assert Vehicle.objects.count() == 40
    assert VehiclePicture.objects.values("sku").distinct().count() == 40
    assert Booking.objects.filter(line=Line.VEHICLE).count() == 40
    assert Member.objects.count() >= 45
    assert CommissionRun.objects.filter(state=RunState.POSTED).count() >= 2
    assert Payout.objects.exists()
    assert not Message.objects.filter(state=MessageState.QUEUED).exists()
    assert [str(breach) for breach in all_breaches(timezone.now())] == []


def test_pictures_are_the_same_every_time_and_small() -> None:
    for category in ("scooter", "motorcycle", "three-wheeler"):
        drawn = draw_vehicle(category, (200, 48, 52), accent=(64, 133, 190))
        assert drawn == draw_vehicle(category, (200, 48, 52), accent=(64, 133, 190))
        assert len(drawn) < 60_000
        assert Image.open(BytesIO(drawn)).size == (720, 480)
