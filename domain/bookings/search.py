"""Finding a booking by number, name, e-mail, phone or card: words with prefixes, one index."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet

from domain.bookings.models import Booking
from domain.customers.models import Person

SPACE = re.compile(r"\s+")
# PostgreSQL's parser would cut a lexeme at such a character, so none is ever stored.
NOT_A_WORD = re.compile(r"[\W_]+", re.UNICODE)
# A shorter word is looked up whole: as a prefix it would match half the table.
PREFIX_FROM = 3
# A booking's number without its letters, which is kept without the zeros before it.
BOOKING_DIGITS = re.compile(r"0\d{5}")
PHONE_TAILS = (10, 7, 4)


def search_words(number: str, person: Person, last4: Iterable[str] = ()) -> list[str]:
    """List the words by which a booking is found, lower case, each once.

    An e-mail address is kept whole (``adaexamplecom``) and in parts, so that the whole of
    it, its beginning and a name within it all find the booking.
    """
    digits = person.phone.lstrip("+")
    words = {_compact(number), number.lower().removeprefix("tt-").lstrip("0"), digits}
    words |= {digits[-tail:] for tail in PHONE_TAILS}
    words |= {word for text in (person.full_name(), person.email) for word in _words(text)}
    words |= set(last4)
    return sorted(word for word in words if word)


def _words(text: str) -> set[str]:
    found = {_compact(word) for word in SPACE.split(text)}
    return found | set(NOT_A_WORD.split(text.lower()))


def _compact(word: str) -> str:
    return NOT_A_WORD.sub("", word.lower())


def search_vector(words: Iterable[str]) -> str:
    """What the ``search`` column is written with: each word in quotes, which none contains."""
    return " ".join(f"'{word}'" for word in words)


def find_bookings(bookings: QuerySet[Booking], text: str) -> QuerySet[Booking]:
    """Keep the bookings in which every word of ``text`` is found."""
    if not text.strip():
        return bookings
    terms = [_term(word) for word in _asked(text)]
    if not terms:
        return bookings.none()
    query = SearchQuery(" & ".join(terms), search_type="raw", config="simple")
    return bookings.filter(search=query)


def _asked(text: str) -> list[str]:
    phone = re.sub(r"[\s().-]", "", text)
    if re.fullmatch(r"\+?\d{7,15}", phone):
        return [phone.lstrip("+")]
    words = [word for each in SPACE.split(text) if (word := _compact(each))]
    return [word.lstrip("0") if BOOKING_DIGITS.fullmatch(word) else word for word in words]


def _term(word: str) -> str:
    return f"'{word}':*" if len(word) >= PREFIX_FROM else f"'{word}'"
