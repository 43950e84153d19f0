"""The posting that a difference with Stripe proposes."""

from __future__ import annotations

from typing import Any

import pytest

from domain.common.actors import System
from domain.common.errors import NotPermitted, Refused
from domain.common.workflow import transit
from domain.flows.cases import close_case
from domain.flows.proposals import draft_proposal, proposal_of
from domain.ledger.models import LedgerPeriod, ManualEntry
from domain.ledger.queries import balance
from domain.payments.models import CaseKind, MoneyCase
from domain.payments.operations.cases import open_case
from domain.staff.models import Staff
from tests.factories import NOON, assert_sound, fresh, make_booking

pytestmark = pytest.mark.usefixtures("shop")
RECONCILER = System("job:reconcile_stripe")


def case(kind: CaseKind, cents: int = 320, **more: Any) -> MoneyCase:
    return open_case(
        kind=kind,
        dedupe_key=f"test:{kind}:{cents}",
        sentence="A difference.",
        amount_cents=cents,
        currency="USD",
        facts={"happened_on": "2026-02-27"},
        actor=RECONCILER,
        at=NOON,
        **({"booking_id": None, "payment_id": None} | more),
    )


def draft(one: MoneyCase, actor: Staff) -> ManualEntry:
    return draft_proposal(case_id=one.pk, reason="as Stripe says", actor=actor, at=NOON)


class TestProposal:
    @pytest.mark.parametrize(
        ("kind", "cents", "said"),
        [
            (CaseKind.FEE, 320, "5020 → 1010 $3.20"),
            (CaseKind.FEE, -320, "1010 → 5020 $3.20"),
            (CaseKind.UNKNOWN_CHARGE, 320, "1010 → 2310 $3.20"),
            (CaseKind.UNKNOWN_REFUND, 320, "2310 → 1010 $3.20"),
            (CaseKind.DISPUTE, 320, "5030 → 1010 $3.20"),
        ],
    )
    def test_says_what_our_books_lack(self, kind: CaseKind, cents: int, said: str) -> None:
        assert str(proposal_of(case(kind, cents))) == said

    @pytest.mark.parametrize(
        "kind", [CaseKind.AMOUNT_DIFFERS, CaseKind.MISSING_EVENT, CaseKind.LATE]
    )
    def test_is_none_where_an_event_is_missing(self, kind: CaseKind) -> None:
        assert proposal_of(case(kind)) is None

    def test_is_none_for_a_dispute_of_ours(self) -> None:
        ours = case(CaseKind.DISPUTE, booking_id=make_booking().pk)
        assert proposal_of(ours) is None


class TestDraft:
    def test_is_posted_by_another_person_on_the_day_it_happened(
        self, finance: Staff, manager: Staff
    ) -> None:
        one = case(CaseKind.FEE)
        manual = draft(one, finance)
        assert (fresh(one).state, manual.effective_on.isoformat()) == ("open", "2026-02-27")
        transit(ManualEntry, manual.pk, "approve", actor=manager, at=NOON)
        assert balance("5020", "USD") == 320
        close_case(case_id=one.pk, reason="posted", actor=finance, at=NOON)
        assert_sound()

    def test_is_dated_today_once_the_month_is_locked(self, finance: Staff) -> None:
        LedgerPeriod.objects.create(month="2026-02-01", locked_at=NOON, locked_by=finance)
        assert draft(case(CaseKind.FEE), finance).effective_on == NOON.date()

    def test_is_made_once_unless_denied(self, finance: Staff, manager: Staff) -> None:
        one = case(CaseKind.FEE)
        first = draft(one, finance)
        with pytest.raises(Refused, match="drafted for this case already"):
            draft(one, finance)
        transit(ManualEntry, first.pk, "deny", actor=manager, at=NOON, reason="wrong day")
        assert draft(one, finance).pk != first.pk

    def test_is_refused_where_nothing_is_proposed(self, finance: Staff) -> None:
        with pytest.raises(Refused, match="No posting is proposed"):
            draft(case(CaseKind.AMOUNT_DIFFERS), finance)

    def test_needs_the_right(self, clerk: Staff) -> None:
        with pytest.raises(NotPermitted):
            draft(case(CaseKind.FEE), clerk)
