from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import pytest
from django.core import mail
from pytest_django import Settings

from domain.common.errors import NotPermitted, Refused
from domain.notifications import gateway, tasks
from domain.notifications.models import Message, MessageState
from domain.notifications.operations import (
    new_message,
    queue_message,
    release_message,
    retry_message,
    undelivered,
)
from domain.notifications.rules import WORDINGS, compose, masked
from domain.staff.models import Staff
from tests.factories import GUEST, NOON, assert_sound, make_booking
from tests.jobs import run_jobs, waiting_jobs

pytestmark = pytest.mark.django_db


def queue(key: str = "received:1", *, hold: bool = False) -> Message:
    message = new_message(
        kind="received",
        recipient="ada@example.com",
        subject="We have your booking",
        body="Hello Ada",
        dedupe_key=key,
        at=NOON,
        hold=hold,
    )
    return queue_message(message=message, actor=GUEST, at=NOON)


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


class TestQueueing:
    def test_writes_a_message_once_a_key(self) -> None:
        assert queue() == queue()
        assert waiting_jobs() == ["domain.notifications.tasks.deliver"]

    def test_rings_for_nothing_that_is_held(self, clerk: Staff) -> None:
        held = queue(hold=True)
        assert (held.state, waiting_jobs()) == (MessageState.HELD, [])
        run_jobs()
        assert mail.outbox == []

        release_message(message_id=held.pk, actor=clerk, at=NOON)
        run_jobs()
        assert [each.to for each in mail.outbox] == [["ada@example.com"]]

    def test_of_a_booking_that_was_not_made_is_undone_with_it(self, shop: None) -> None:
        from django.db import transaction

        with transaction.atomic():
            make_booking()
            transaction.set_rollback(True)
        assert not Message.objects.exists()
        assert waiting_jobs() == []


class TestDelivering:
    def test_sends_once(self) -> None:
        message = queue()
        run_jobs()
        tasks.deliver(message.dedupe_key)

        (sent,) = mail.outbox
        assert (sent.subject, sent.body) == (message.subject, message.body)
        assert sent.extra_headers["Message-ID"] == "<received.1@backoffice>"
        assert fresh(message).state == MessageState.SENT
        assert_sound()

    def test_notes_a_failure_and_can_be_tried_again(
        self, monkeypatch: pytest.MonkeyPatch, clerk: Staff, finance: Staff
    ) -> None:
        message = queue()
        send = gateway.send_email

        def refuse(**given: str) -> None:
            raise ConnectionRefusedError("mail server is away")

        monkeypatch.setattr(gateway, "send_email", refuse)
        run_jobs()
        failed = fresh(message)
        assert (failed.state, failed.attempts) == (MessageState.FAILED, 1)
        assert "mail server is away" in failed.failure

        with pytest.raises(NotPermitted):
            retry_message(message_id=message.pk, actor=finance, at=NOON)
        monkeypatch.setattr(gateway, "send_email", send)
        retry_message(message_id=message.pk, actor=clerk, at=NOON)
        run_jobs()
        assert fresh(message).state == MessageState.SENT
        assert len(mail.outbox) == 1
        assert_sound()

    def test_rings_again_for_what_still_waits(self) -> None:
        message = queue()
        soon, later = NOON + timedelta(minutes=4), NOON + timedelta(minutes=6)
        five = timedelta(minutes=5)
        assert undelivered(at=soon, older_than=five) == []
        assert undelivered(at=later, older_than=five) == [message.dedupe_key]

    def test_is_not_undone_by_release_or_retry(self, clerk: Staff) -> None:
        message = queue()
        run_jobs()
        for again in (release_message, retry_message):
            with pytest.raises(Refused):
                again(message_id=message.pk, actor=clerk, at=NOON)
        assert len(mail.outbox) == 1


class TestWords:
    FACTS: ClassVar = {
        "number": "TT-001234",
        "first_name": "Ada",
        "what": "mini move on Wednesday 24 March 2027",
        "rest": "Everything is paid.",
        "to_confirm": "$10.00",
        "instalment": "3",
        "due_on": "5 April 2027",
        "total": "$1,725.00",
        "deadline": "2 March, 12:00",
        "status_url": "https://example.com/status",
        "amount": "$10.00",
        "terms": "Free.",
        "source": "Visa card •••• 4242",
        "month": "March 2027",
        "when": "is due on 30 April",
    }

    @pytest.mark.parametrize("kind", list(WORDINGS))
    def test_of_every_kind_are_whole(self, kind: str) -> None:
        told = compose(kind, self.FACTS)  # type: ignore[arg-type]
        # Guests are told of a booking, finance of a month.
        assert ("March 2027" if kind == "tax_due" else "TT-001234") in told.subject
        assert "$" not in told.body.replace("$1,725.00", "").replace("$10.00", "")

    def test_need_every_fact(self) -> None:
        with pytest.raises(KeyError):
            compose(next(iter(WORDINGS)), {"number": "TT-1"})

    def test_show_an_address_only_in_part(self) -> None:
        assert masked("ada@example.com") == "ada@…"


class TestTheMailServer:
    def test_is_told_who_sends(self, settings: Settings) -> None:
        queue()
        run_jobs()
        assert mail.outbox[0].from_email == settings.DEFAULT_FROM_EMAIL
