"""Pictures of vehicles: believed by their content alone, in an order, one of them first."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from domain.catalog.models import VehiclePicture
from domain.catalog.pictures import (
    add_picture,
    choose_primary,
    describe_picture,
    move_picture,
    pictures_of,
    remove_picture,
)
from domain.catalog.queries import generation
from domain.common.errors import InvalidInput, NotFound, NotPermitted
from domain.common.pictures import redraw
from domain.common.staff_actions import StaffAction
from domain.staff.models import Staff
from tests.factories import NOON

SKU = "EV-CITY-1"
SCRIPT = b"<script>alert(1)</script>"


def drawn(colour: str = "navy", kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    kept = BytesIO()
    Image.new("RGB", size, colour).save(kept, kind)
    return kept.getvalue()


def add(actor: Staff, colour: str = "navy", words: str = "From the left") -> VehiclePicture:
    return add_picture(sku=SKU, content=drawn(colour), alt_text=words, actor=actor, at=NOON)


def order() -> list[tuple[str, int, bool]]:
    rows = pictures_of(SKU)
    return [(each.alt_text, each.position, each.is_primary) for each in rows]


class TestRedrawing:
    def test_keeps_the_picture_and_nothing_else(self) -> None:
        exif = Image.Exif()
        exif[0x010E] = "a secret place"
        kept = BytesIO()
        Image.new("RGB", (64, 48), "red").save(kept, "JPEG", exif=exif)
        picture = redraw(kept.getvalue() + SCRIPT)
        assert (picture.width, picture.height, picture.content_type) == (64, 48, "image/jpeg")
        assert SCRIPT not in picture.content
        assert b"a secret place" not in picture.content

    def test_makes_large_ones_smaller(self) -> None:
        picture = redraw(drawn(kind="PNG", size=(4_000, 100)), longest_side=1_000)
        assert (picture.width, picture.height, picture.content_type) == (1_000, 25, "image/png")

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"GIF89a" + bytes(40),
            b"\xff\xd8\xff" + SCRIPT,
            drawn(kind="GIF"),
            drawn(kind="WEBP"),
            drawn()[:200],
            b"PK\x03\x04" + bytes(60),
        ],
    )
    def test_refuses_what_is_no_picture(self, content: bytes) -> None:
        with pytest.raises(InvalidInput, match="no JPEG or PNG") as refusal:
            redraw(content)
        assert "file" in refusal.value.field_errors

    def test_refuses_what_is_too_large(self) -> None:
        with pytest.raises(InvalidInput, match="10 MiB"):
            redraw(bytes(10 * 1024 * 1024 + 1))
        with pytest.raises(InvalidInput, match="million pixels"):
            redraw(drawn(kind="PNG", size=(8_000, 6_000)))


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
class TestPictures:
    def test_are_kept_in_order_the_first_of_them_primary(self, manager: Staff) -> None:
        add(manager)
        add(manager, "red", "From behind")
        assert order() == [("From the left", 1, True), ("From behind", 2, False)]

    def test_change_the_catalog_s_generation(self, manager: Staff) -> None:
        seen = {generation()}
        picture = add(manager)
        seen.add(generation())
        describe_picture(picture_id=picture.pk, alt_text="x", actor=manager, at=NOON)
        seen.add(generation())
        remove_picture(picture_id=picture.pk, actor=manager, at=NOON)
        seen.add(generation())
        assert len(seen) == 4

    def test_move_and_close_up(self, manager: Staff) -> None:
        pictures = [add(manager, colour, colour) for colour in ("red", "green", "blue")]
        move_picture(picture_id=pictures[2].pk, to=1, actor=manager, at=NOON)
        assert [each[:2] for each in order()] == [("blue", 1), ("red", 2), ("green", 3)]
        move_picture(picture_id=pictures[2].pk, to=99, actor=manager, at=NOON)
        assert [each[0] for each in order()] == ["red", "green", "blue"]
        remove_picture(picture_id=pictures[0].pk, actor=manager, at=NOON)
        assert order() == [("green", 1, True), ("blue", 2, False)]
        choose_primary(picture_id=pictures[2].pk, actor=manager, at=NOON)
        assert order() == [("green", 1, False), ("blue", 2, True)]

    def test_are_refused_with_every_reason(self, manager: Staff, clerk: Staff) -> None:
        add(manager)
        with pytest.raises(InvalidInput) as refusal:
            add(manager, words=" ")
        assert set(refusal.value.field_errors) == {"file", "alt_text"}
        with pytest.raises(NotFound, match="EV-NONE"):
            add_picture(sku="EV-NONE", content=drawn(), alt_text="x", actor=manager, at=NOON)
        with pytest.raises(NotPermitted):
            add(clerk, "red")
        with pytest.raises(NotFound, match="removed meanwhile"):
            remove_picture(picture_id=0, actor=manager, at=NOON)

    def test_leave_a_trace_of_who_did_it(self, manager: Staff) -> None:
        add(manager)
        logged = StaffAction.objects.get(action="picture added")
        assert (logged.staff, logged.facts["sku"]) == (manager, SKU)
