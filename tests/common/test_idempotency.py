from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from django.db import connection

from domain.common.errors import Refused
from domain.common.idempotency import (
    Answer,
    Call,
    IdempotencyKey,
    KeyReused,
    answer_once,
    forget_old_keys,
)
from tests.factories import NOON

ASKED = {"b": 1, "a": [1, 2]}


class Shop:
    """Makes something each time it is asked, and counts."""

    def __init__(self) -> None:
        self.made = 0
        self.answered = 0

    def make(self) -> int:
        self.made += 1
        return self.made

    def answer(self, subject_id: int) -> tuple[int, str]:
        self.answered += 1
        return 201, f"made {subject_id}, told {self.answered}"


def call(key: str = "k", asked: object = ASKED) -> Call:
    return Call.of("booking", key, asked)


def ask(shop: Shop, what: Call) -> Answer:
    return answer_once(what, make=shop.make, answer=shop.answer, at=NOON)


@pytest.mark.django_db
class TestAnswerOnce:
    def test_makes_once_and_repeats_the_first_answer(self) -> None:
        shop = Shop()
        first, again = ask(shop, call()), ask(shop, call(asked={"a": [1, 2], "b": 1}))
        assert first == again == Answer(1, 201, "made 1, told 1")
        assert (shop.made, shop.answered) == (1, 1)

    def test_refuses_the_key_for_another_request(self) -> None:
        shop = Shop()
        ask(shop, call())
        with pytest.raises(KeyReused):
            ask(shop, call(asked={"b": 2}))
        assert shop.made == 1

    def test_keeps_scopes_apart(self) -> None:
        shop = Shop()
        ask(shop, call())
        ask(shop, Call.of("other", "k", ASKED))
        assert shop.made == 2

    def test_makes_each_time_without_a_key(self) -> None:
        shop = Shop()
        ask(shop, call(key=""))
        ask(shop, call(key=""))
        assert shop.made == 2
        assert not IdempotencyKey.objects.exists()

    def test_keeps_nothing_of_a_refusal(self) -> None:
        def refuse() -> int:
            raise Refused("no")

        shop = Shop()
        with pytest.raises(Refused):
            answer_once(call(), make=refuse, answer=shop.answer, at=NOON)
        assert not IdempotencyKey.objects.exists()
        assert ask(shop, call()).subject_id == 1

    def test_answers_for_what_was_made_when_it_died_before_answering(self) -> None:
        shop, tries = Shop(), count()

        def silent_at_first(subject_id: int) -> tuple[int, str]:
            if next(tries) == 0:
                raise ConnectionError
            return shop.answer(subject_id)

        with pytest.raises(ConnectionError):
            answer_once(call(), make=shop.make, answer=silent_at_first, at=NOON)
        told = answer_once(call(), make=shop.make, answer=silent_at_first, at=NOON)
        assert (told.subject_id, shop.made) == (1, 1)

    def test_gives_its_lock_back(self) -> None:
        ask(Shop(), call())
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                           " AND pid = pg_backend_pid()")  # fmt: skip
            assert cursor.fetchone() == (0,)

    def test_forgets_after_two_days(self) -> None:
        ask(Shop(), call())
        assert forget_old_keys(at=NOON + timedelta(hours=47)) == 0
        assert forget_old_keys(at=NOON + timedelta(hours=49)) == 1
