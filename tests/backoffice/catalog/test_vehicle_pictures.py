"""Pictures of a vehicle in the admin: added, put in order, taken away, by those who may."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from domain.catalog.models import Vehicle, VehiclePicture
from domain.catalog.pictures import add_picture, pictures_of
from domain.staff.roles import Role
from tests.backoffice.support import Company, browser
from tests.catalog.test_pictures import drawn

SKU = "EV-CITY-1"


def vehicle() -> Vehicle:
    return Vehicle.objects.get(key=SKU)


def send(client: Client, content: bytes, words: str = "From the left") -> object:
    url = reverse("admin:domain_vehicle_pictures", args=[vehicle().pk])
    file = SimpleUploadedFile("city.jpg", content, "image/jpeg")
    return client.post(url, {"file": file, "alt_text": words})


def act(client: Client, picture: VehiclePicture, do: str, **more: str) -> int:
    url = reverse("admin:domain_vehicle_picture", args=[vehicle().pk, picture.pk])
    return client.post(url, {"do": do, **more}).status_code


@pytest.fixture
def two(company: Company) -> list[VehiclePicture]:
    return [
        add_picture(
            sku=SKU,
            content=drawn(colour),
            alt_text=colour,
            actor=company.manager,
            at=timezone.now(),
        )
        for colour in ("red", "blue")
    ]


class TestPictures:
    def test_are_added_and_shown(self, company: Company) -> None:
        client = browser(company.manager)
        send(client, drawn())
        page = client.get(reverse("admin:domain_vehicle_change", args=[vehicle().pk]))
        assert (
            f"/api/public/vehicle-pictures/{pictures_of(SKU)[0].sha256}/" in page.content.decode()
        )
        assert "Add the picture" in page.content.decode()

    def test_that_are_none_are_refused_and_nothing_typed_is_lost(self, company: Company) -> None:
        answer = send(browser(company.manager), b"<svg/>", "Seen from above")
        text = answer.content.decode()  # type: ignore[attr-defined]
        assert "no JPEG or PNG" in text
        assert "Seen from above" in text
        assert not VehiclePicture.objects.exists()

    def test_are_put_in_order(self, company: Company, two: list[VehiclePicture]) -> None:
        client = browser(company.manager)
        assert act(client, two[1], "earlier") == 302
        assert [each.alt_text for each in pictures_of(SKU)] == ["blue", "red"]
        act(client, two[1], "later")
        assert [each.alt_text for each in pictures_of(SKU)] == ["red", "blue"]
        act(client, two[1], "primary")
        assert [each.is_primary for each in pictures_of(SKU)] == [False, True]
        act(client, two[1], "describe", alt_text="azure")
        act(client, two[0], "remove")
        assert [each.alt_text for each in pictures_of(SKU)] == ["azure"]
        assert act(client, two[0], "remove") == 302
        assert act(client, two[1], "paint") == 404

    @pytest.mark.parametrize("other", [Role.FINANCE_MANAGER, Role.CUSTOMER_SERVICE, Role.ADMIN])
    def test_are_changed_only_with_the_right(
        self, company: Company, two: list[VehiclePicture], other: Role
    ) -> None:
        client = browser(company[other])
        assert act(client, two[0], "remove") == 403
        assert send(client, drawn("green")).status_code == 403  # type: ignore[attr-defined]
        assert VehiclePicture.objects.count() == 2
