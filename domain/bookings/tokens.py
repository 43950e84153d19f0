"""The guest's key to a booking: 256 bits, derived, so that no table holds it."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import compare_digest
from uuid import UUID

from django.conf import settings

from domain.bookings.models import Booking


def access_token(booking: Booking) -> str:
    text = f"booking:{booking.number}:{booking.access_nonce}"
    return urlsafe_b64encode(_mac(text)).decode().rstrip("=")


def booking_for_token(booking: Booking | None, token: str) -> Booking | None:
    """Return the booking if the token opens it. A missing booking takes the same time."""
    expected = access_token(booking or Booking(number="TT-000000", access_nonce="0" * 32))
    matches = compare_digest(expected.encode(), token.encode())
    return booking if matches and booking is not None else None


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
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), sha256).digest()
