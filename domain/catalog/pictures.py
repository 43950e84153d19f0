"""The pictures of vehicles: added, put in order, described, taken away.

Every change stands in the staff's action log; a picture is no price and needs no second person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import F, QuerySet

from domain.catalog.models import Vehicle, VehiclePicture
from domain.catalog.tables import lock_for_writing
from domain.common.actors import Actor, may
from domain.common.errors import InvalidInput, NotFound, NotPermitted
from domain.common.pictures import redraw
from domain.common.staff_actions import log_action
from domain.common.transactions import in_transaction
from domain.staff.models import Staff

RIGHT = "domain.import_catalog"
MOST_PICTURES = 20
LONGEST_SIDE = 1_600


def pictures_by_sku() -> dict[str, list[VehiclePicture]]:
    """Every vehicle's pictures in their order, without their bytes."""
    found: dict[str, list[VehiclePicture]] = defaultdict(list)
    for each in VehiclePicture.objects.defer("content").order_by("sku", "position"):
        found[each.sku].append(each)
    return found


def primary_of(skus: Collection[str]) -> dict[str, VehiclePicture]:
    """The picture that is shown where only one is, of each vehicle that has any."""
    found = VehiclePicture.objects.filter(sku__in=skus, is_primary=True).defer("content")
    return {each.sku: each for each in found}


def address_of(picture: VehiclePicture) -> str:
    """Where it is served; what the address names never changes."""
    return f"/api/public/vehicle-pictures/{picture.sha256}/"


def picture_named(sha256: str) -> VehiclePicture | None:
    return VehiclePicture.objects.filter(sha256=sha256).first()


def pictures_of(sku: str) -> QuerySet[VehiclePicture]:
    """A vehicle's pictures in their order, without their bytes."""
    return VehiclePicture.objects.filter(sku=sku).defer("content").order_by("position")


@in_transaction
def add_picture(
    *, sku: str, content: bytes, alt_text: str, actor: Actor, at: datetime
) -> VehiclePicture:
    """Keep a picture at the end of a vehicle's; its first becomes the primary one.

    :raises InvalidInput: it is no picture, is there already, lacks words, or is one too many
    """
    staff = _allowed(actor)
    lock_for_writing()
    if not Vehicle.objects.filter(key=sku).exists():
        raise NotFound(f"There is no vehicle {sku}.")
    picture = redraw(content, longest_side=LONGEST_SIDE)
    others = list(pictures_of(sku))
    problems: dict[str, list[str]] = {}
    if not alt_text.strip():
        problems["alt_text"] = ["Say in words what the picture shows."]
    if len(others) >= MOST_PICTURES:
        problems["file"] = [f"A vehicle has at most {MOST_PICTURES} pictures."]
    if any(each.sha256 == picture.sha256 for each in others):
        problems["file"] = ["This picture is there already."]
    if problems:
        raise InvalidInput.of(problems)
    made = VehiclePicture.objects.create(
        sku=sku,
        position=max((each.position for each in others), default=0) + 1,
        is_primary=not others,
        alt_text=alt_text.strip()[:200],
        sha256=picture.sha256,
        content=picture.content,
        content_type=picture.content_type,
        width=picture.width,
        height=picture.height,
        added_by=staff,
        added_at=at,
    )
    _log("picture added", made, staff, at)
    return made


@in_transaction
def describe_picture(
    *, picture_id: int, alt_text: str, actor: Actor, at: datetime
) -> VehiclePicture:
    staff = _allowed(actor)
    picture = _picture(picture_id)
    if not alt_text.strip():
        raise InvalidInput.of({"alt_text": ["Say in words what the picture shows."]})
    picture.alt_text = alt_text.strip()[:200]
    picture.save(update_fields=["alt_text"])
    _log("picture described", picture, staff, at)
    return picture


@in_transaction
def choose_primary(*, picture_id: int, actor: Actor, at: datetime) -> VehiclePicture:
    """Show this picture first wherever only one is shown."""
    staff = _allowed(actor)
    picture = _picture(picture_id)
    pictures_of(picture.sku).filter(is_primary=True).update(is_primary=False)
    VehiclePicture.objects.filter(pk=picture.pk).update(is_primary=True)
    _log("primary picture chosen", picture, staff, at)
    return _picture(picture_id)


@in_transaction
def move_picture(*, picture_id: int, to: int, actor: Actor, at: datetime) -> None:
    """Put a picture at another place, counted from 1; the others close up."""
    staff = _allowed(actor)
    picture = _picture(picture_id)
    order = [each.pk for each in pictures_of(picture.sku) if each.pk != picture.pk]
    order.insert(max(0, min(to - 1, len(order))), picture.pk)
    _renumber(order)
    _log("picture moved", picture, staff, at)


@in_transaction
def remove_picture(*, picture_id: int, actor: Actor, at: datetime) -> None:
    """Take a picture away; the next becomes the primary one when it was that."""
    staff = _allowed(actor)
    picture = _picture(picture_id)
    VehiclePicture.objects.filter(pk=picture.pk).delete()
    rest = list(pictures_of(picture.sku))
    _renumber([each.pk for each in rest])
    if picture.is_primary and rest:
        VehiclePicture.objects.filter(pk=rest[0].pk).update(is_primary=True)
    _log("picture removed", picture, staff, at)


def _renumber(order: Sequence[int]) -> None:
    # Out of the way first: an update in place would meet the positions it has not reached yet.
    VehiclePicture.objects.filter(pk__in=order).update(position=F("position") + 1_000)
    for position, pk in enumerate(order, start=1):
        VehiclePicture.objects.filter(pk=pk).update(position=position)


def _picture(picture_id: int) -> VehiclePicture:
    lock_for_writing()
    picture = VehiclePicture.objects.defer("content").filter(pk=picture_id).first()
    if picture is None:
        raise NotFound("This picture has been removed meanwhile.")
    return picture


def _allowed(actor: Actor) -> Staff | None:
    if not isinstance(actor, Staff):
        return None
    if not may(actor, RIGHT):
        raise NotPermitted("You may not change the catalog.")
    return actor


def _log(action: str, picture: VehiclePicture, staff: Staff | None, at: datetime) -> None:
    facts = {"sku": picture.sku, "alt_text": picture.alt_text, "sha256": picture.sha256}
    log_action(action=action, staff=staff, at=at, subject=f"vehicle {picture.sku}", facts=facts)
