from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.common.errors import InvalidInput, NotPermitted
from domain.common.workflow import transit
from domain.compliance import queries
from domain.compliance.models import ComplianceDocument, Gate
from domain.compliance.operations.ageing import age_papers
from domain.compliance.operations.files import add_document
from domain.compliance.operations.register import register_document
from domain.staff.models import Staff
from tests.compliance.factory import (
    DAY,
    TODAY,
    again,
    make_customer,
    paper,
    submitted,
    verified_account,
    verified_kyc,
)
from tests.factories import assert_sound

pytestmark = pytest.mark.django_db
END = date(2027, 3, 20)


def declaration(actor: Staff, **changes: object) -> ComplianceDocument:
    asked = {
        "kind": "declaration",
        "title": "Self-declaration 2026",
        "valid_from": date(2026, 3, 21),
        "valid_until": END,
        "gates": Gate.PAYOUTS,
        "actor": actor,
        "at": DAY,
    } | changes
    return register_document(**asked)  # type: ignore[arg-type]


def missing(customer_id: int, on: date) -> list[str]:
    return [check.sentence for check in queries.payout_gates(customer_id, on) if not check.passed]


class TestAPaper:
    def test_is_reminded_of_and_runs_out_by_itself(self, manager: Staff) -> None:
        held = declaration(manager)

        assert age_papers(at=DAY) == [f"{held} ends soon."]
        assert age_papers(at=DAY + timedelta(days=19)) == []
        assert age_papers(at=DAY + timedelta(days=20)) == [f"{held} has run out."]
        held = again(held)
        assert held.state == "expired"
        assert age_papers(at=DAY + timedelta(days=21)) == []
        assert_sound()

    def test_may_have_no_end(self, manager: Staff) -> None:
        declaration(manager, valid_until=None)

        assert age_papers(at=DAY + timedelta(days=4000)) == []

    def test_says_what_is_wrong_with_each_field(self, manager: Staff) -> None:
        with pytest.raises(InvalidInput) as refusal:
            declaration(manager, kind="x", title=" ", valid_until=date(2020, 1, 1), gates="x")

        assert set(refusal.value.field_errors) == {"kind", "title", "valid_until", "gates"}

    def test_is_entered_by_those_who_keep_the_register(self, clerk: Staff) -> None:
        with pytest.raises(NotPermitted, match="operations manager"):
            declaration(clerk)

    def test_has_its_copy(self, manager: Staff) -> None:
        held = declaration(manager)

        add_document(
            to=held, kind="registered", content=paper(), name="d.pdf", actor=manager, at=DAY
        )

        assert held.files.count() == 1


class TestTheGates:
    def test_name_all_that_is_missing(self, clerk: Staff, manager: Staff) -> None:
        customer = make_customer()
        assert missing(customer.pk, TODAY) == [
            "No KYC has been started.",
            "No bank account is verified.",
        ]
        submitted(clerk, customer)
        declaration(manager, valid_until=date(2027, 2, 1))

        told = missing(customer.pk, TODAY)

        assert told[0] == "The KYC is not verified: waiting for a decision."
        assert "“Self-declaration 2026” ended on 01 Feb 2027" in told[2]

    def test_open_when_all_is_there(self, clerk: Staff, finance: Staff, manager: Staff) -> None:
        customer = make_customer()
        verified_kyc(clerk, finance, customer)
        verified_account(clerk, finance, customer)
        declaration(manager)

        assert missing(customer.pk, TODAY) == []
        assert [check.name for check in queries.payout_gates(customer.pk, TODAY)] == [
            "KYC verified",
            "Bank account verified",
            "Direct-selling self-declaration",
        ]

    def test_close_with_the_last_day_whether_the_job_ran_or_not(self, manager: Staff) -> None:
        declaration(manager)

        def stopped(on: date) -> bool:
            return not all(check.passed for check in queries.gates_of(Gate.PAYOUTS, on))

        assert not stopped(END)
        assert stopped(END + timedelta(days=1))
        age_papers(at=DAY + timedelta(days=30))
        assert stopped(END + timedelta(days=1))
        declaration(manager, title="2027", valid_from=END, valid_until=date(2028, 3, 20), gates="")
        assert not stopped(END + timedelta(days=1))

    def test_open_when_the_paper_is_needed_no_more(self, manager: Staff) -> None:
        held = declaration(manager, valid_until=date(2027, 2, 1))
        transit(ComplianceDocument, held.pk, "withdraw", actor=manager, at=DAY, reason="other law")

        assert queries.gates_of(Gate.PAYOUTS, TODAY) == []

    def test_say_when_a_kyc_has_run_out(self, clerk: Staff, finance: Staff) -> None:
        customer = make_customer()
        verified_kyc(clerk, finance, customer)

        assert missing(customer.pk, date(2029, 3, 1))[0] == "The KYC ran out on 01 Mar 2029."
