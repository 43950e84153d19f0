from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from domain.bookings.models import Booking
from domain.common.actors import System
from domain.common.audit import sealing
from domain.common.audit.models import AuditDetail, AuditEntry, AuditSeal
from domain.common.audit.replay import all_replay_breaches, replay_breaches
from domain.common.audit.rows import new_entry
from domain.common.audit.sealing import chain_breaches, detail_breaches, seal_audit
from domain.staff.models import Staff
from tests.conftest import triggers_off
from tests.factories import NOON, cancelled, make_booking

ROBOT = System("test")
NOBODY = """
INSERT INTO domain_auditentry (at, subject_type, subject_id, version, step, from_state, to_state,
                               system, role, request_id, money, facts, detail_digest)
VALUES (now(), 'x', 1, 1, 's', '', 'n', '', 'r', '', '{}', '{}', '')
"""


def write(number: int) -> AuditEntry:
    entry, detail = new_entry(
        subject_type="thing",
        subject_id=number,
        version=1,
        step="begin",
        from_state="",
        to_state="new",
        actor=ROBOT,
        at=NOON,
        reason=f"because {number}",
        facts={"number": number},
    )
    entry.save()
    AuditDetail.objects.create(entry=entry, **detail)
    return entry


def execute(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.django_db
def test_what_waited_for_long_is_sealed_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after days without a sealer, or in a company that was grown in its past."""
    monkeypatch.setattr(sealing, "BATCH", 2)
    for number in range(5):
        write(number)
    at = NOON + timedelta(days=30)
    assert [seal_audit(at=at) for _ in range(4)] == [2, 2, 1, 0]
    assert list(chain_breaches(at=at)) == []


@pytest.mark.django_db
class TestTheTrail:
    @pytest.mark.parametrize("table", ["domain_auditentry", "domain_auditseal"])
    @pytest.mark.parametrize(
        "sql", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
    )
    def test_is_append_only_for_raw_sql(self, table: str, sql: str) -> None:
        write(1)
        seal_audit(at=NOON)
        column = "step" if table == "domain_auditentry" else "digest"
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
            execute(sql.format(table, column, "'changed'"))
        assert AuditEntry.objects.filter(step="begin").count() == 1

    def test_takes_one_row_a_version(self) -> None:
        write(1)
        with pytest.raises(DatabaseError), transaction.atomic():
            write(1)

    def test_takes_no_row_of_nobody(self) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            execute(NOBODY)

    def test_holds_no_text_that_people_wrote(self) -> None:
        write(7)
        row = AuditEntry.objects.filter(subject_id=7).values().get()
        assert "because" not in str(row)


@pytest.mark.django_db
class TestTheChain:
    def test_seals_each_entry_once(self) -> None:
        for number in range(5):
            write(number)
        assert seal_audit(at=NOON) == 5
        assert seal_audit(at=NOON) == 0
        assert list(AuditSeal.objects.order_by("sequence").values_list("sequence", flat=True)) == [
            1,
            2,
            3,
            4,
            5,
        ]
        assert list(chain_breaches(at=NOON)) == []

    def test_names_what_was_not_sealed_in_time(self) -> None:
        entry = write(1)
        (breach,) = chain_breaches(at=NOON + timedelta(minutes=16))
        assert breach.subject == f"audit entry {entry.pk}"
        assert not list(chain_breaches(at=NOON + timedelta(minutes=14)))

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("step", "'other'"),
            ("to_state", "'other'"),
            ("from_state", "'other'"),
            ("subject_id", "subject_id + 1000"),
            ("version", "version + 1"),
            ("at", "at + interval '1 second'"),
            ("system", "'somebody else'"),
            ("role", "'admin'"),
            ("request_id", "'x'"),
            ("money", """'{"cash_out_cents": 1}'"""),
            ("facts", "'{}'"),
            ("detail_digest", "'x'"),
        ],
    )
    def test_finds_a_changed_row(self, column: str, value: str) -> None:
        entries = [write(number) for number in range(6)]
        seal_audit(at=NOON)
        with triggers_off():
            execute(f"UPDATE domain_auditentry SET {column} = {value} WHERE id = %s", entries[3].pk)
        assert [each.subject for each in chain_breaches(at=NOON)] == [
            f"audit entry {entries[3].pk}"
        ]

    def test_finds_a_row_taken_out_together_with_its_seal(self) -> None:
        entries = [write(number) for number in range(4)]
        seal_audit(at=NOON)
        with triggers_off():
            execute("DELETE FROM domain_auditseal WHERE entry_id = %s", entries[1].pk)
            execute("DELETE FROM domain_auditdetail WHERE entry_id = %s", entries[1].pk)
            execute("DELETE FROM domain_auditentry WHERE id = %s", entries[1].pk)
        (breach,) = chain_breaches(at=NOON)
        assert (breach.subject, breach.invariant) == (f"audit entry {entries[2].pk}", "A2")

    def test_finds_two_rows_swapped(self) -> None:
        entries = [write(number) for number in range(4)]
        seal_audit(at=NOON)
        first, second = entries[1].pk, entries[2].pk
        with triggers_off():
            execute("UPDATE domain_auditseal SET entry_id = -1 WHERE entry_id = %s", first)
            execute("UPDATE domain_auditseal SET entry_id = %s WHERE entry_id = %s", first, second)
            execute("UPDATE domain_auditseal SET entry_id = %s WHERE entry_id = -1", second)
        (breach,) = chain_breaches(at=NOON)
        assert breach.subject == f"audit entry {second}"

    def test_finds_200_of_200_random_changes_at_the_right_row(self) -> None:
        """The chain is walked from the front, so each change is put back before the next."""
        chance = random.Random(7)
        entries = [write(number) for number in range(40)]
        seal_audit(at=NOON)
        columns = ["step", "to_state", "from_state", "role", "request_id", "detail_digest"]
        found = 0
        with triggers_off():
            for _ in range(200):
                entry, column = chance.choice(entries), chance.choice(columns)
                change = f"UPDATE domain_auditentry SET {column} = %s WHERE id = %s"
                execute(change, f"{getattr(entry, column)[:20]}x", entry.pk)
                subjects = [each.subject for each in chain_breaches(at=NOON)]
                found += subjects == [f"audit entry {entry.pk}"]
                execute(change, getattr(entry, column), entry.pk)
        assert found == 200
        assert list(chain_breaches(at=NOON)) == []


@pytest.mark.django_db
class TestReasons:
    def test_are_compared_with_their_digest(self) -> None:
        entries = [write(number) for number in range(3)]
        assert list(detail_breaches()) == []
        AuditDetail.objects.filter(entry=entries[1]).update(reason="because I say so")
        assert [each.subject for each in detail_breaches()] == [f"audit entry {entries[1].pk}"]

    def test_can_be_erased_without_breaking_the_chain(self) -> None:
        entry = write(1)
        seal_audit(at=NOON)
        AuditDetail.objects.filter(entry=entry).update(reason="", client_ip=None, salt="erased")
        assert list(detail_breaches()) == list(chain_breaches(at=NOON)) == []


@pytest.mark.usefixtures("shop")
class TestReplay:
    def test_gives_the_current_state_of_every_record(self, manager: Staff) -> None:
        cancelled(make_booking(), manager)
        assert list(all_replay_breaches()) == []

    @pytest.mark.parametrize(
        ("sql", "sentence"),
        [
            ("UPDATE domain_booking SET state = 'paid'", "its state is paid but its audit says"),
            ("UPDATE domain_booking SET version = 9", "its version is 9 but its audit says 2"),
            ("DELETE FROM domain_auditentry WHERE step = 'begin'", "do not follow each other"),
            ("DELETE FROM domain_auditentry", "it has no audit row"),
        ],
    )
    def test_names_the_record_that_does_not_follow(
        self, manager: Staff, sql: str, sentence: str
    ) -> None:
        booking = cancelled(make_booking(), manager)
        with triggers_off():
            execute("DELETE FROM domain_auditdetail")
            execute(sql)
        breaches = list(replay_breaches(Booking))
        assert breaches
        assert {breach.subject for breach in breaches} == {f"booking {booking.pk}"}
        assert sentence in str(breaches[0])
