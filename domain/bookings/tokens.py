"""The guest's key to a booking: 256 bits, derived, so that no table holds it."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from secrets import compare_digest
from uuid import UUID

from django.conf import settings

from domain.bookings.models import Booking

# Number and nonce that a missing booking is compared with, so that it takes the same time.
NOBODY = ("TT-000000", "0" * 32)


def access_token(booking: Booking) -> str:
    return _token(booking.number, booking.access_nonce)


def booking_for_token(booking: Booking | None, token: str) -> Booking | None:
    """Return the booking if the token opens it. A missing booking takes the same time."""
    held = (booking.number, booking.access_nonce) if booking else NOBODY
    matches = compare_digest(_token(*held).encode(), token.encode())
    return booking if matches and booking is not None else None


def opened_by(number: str, token: str) -> int | None:
    """Key of the booking of that number if the token opens it.

    A wrong number does what a wrong token does: one look-up of three plain values, one comparison.
    """
    asked = number if number.isascii() and "\0" not in number else ""
    found = Booking.objects.filter(number=asked).values_list("pk", "number", "access_nonce")
    pk, *held = found.first() or (None, *NOBODY)
    return pk if compare_digest(_token(*held).encode(), token.encode()) else None


def _token(number: str, nonce: str) -> str:
    return urlsafe_b64encode(_mac(f"booking:{number}:{nonce}")).decode().rstrip("=")


def public_id(booking: Booking) -> UUID:
    """Name a booking to the outside: always the same, telling neither its row nor how many.

    The row's number, masked by a tag that only we can make; the tag proves it on the way back.
    """
    tag = _mac(f"booking id:{booking.pk}")[:8]
    mask = _mac(f"booking mask:{_plain_tag(tag).hex()}")[:6]
    masked = bytes(a ^ b for a, b in zip(booking.pk.to_bytes(6), mask, strict=True))
    return UUID(bytes=masked + bytes(2) + tag, version=4)


def booking_pk(given: UUID) -> int | None:
    """Read back what ``public_id`` wrote; None for any other id."""
    mask = _mac(f"booking mask:{_plain_tag(given.bytes[8:]).hex()}")[:6]
    pk = int.from_bytes(bytes(a ^ b for a, b in zip(given.bytes[:6], mask, strict=True)))
    return pk if compare_digest(public_id(Booking(pk=pk)).bytes, given.bytes) else None


def _plain_tag(tag: bytes) -> bytes:
    """Leave out the two bits that say which kind of UUID it is."""
    return bytes([tag[0] & 0x3F]) + tag[1:]


def _mac(text: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), "sha256")
