"""What each step of a payout and of its batch does to money, tax and instalments.

:source: docs/policies/payouts.md, docs/policies/ledger.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.bookings.queries import customer_account
from domain.common.actors import System
from domain.common.effects import Change, Effect, Preview
from domain.common.errors import Stale
from domain.common.money import show
from domain.common.workflow import Ask, effects_of, transit
from domain.flows.instalments import Share, fill_oldest, shares_for, take_back
from domain.ledger.effects import Post
from domain.ledger.rules import Leg
from domain.payments.models import Method, Payment
from domain.payouts.effects import CloseBatch, EndItem, TakeBack, Withhold
from domain.payouts.models import Payout, PayoutBatch, PayoutBatchItem, PayoutState
from domain.payouts.operations.batches import free_items
from domain.payouts.queries.days import tax_day
from domain.payouts.queries.returning import return_day, why_tax_stands
from domain.payouts.queries.worksheets import Sheet, worksheet_of
from domain.payouts.rules import journal

SYSTEM = System("payouts")


@effects_of(Payout, "approve")
def approving(payout: Payout, ask: Ask) -> Sequence[Effect]:
    sheet = worksheet_of(payout, ask.at)
    figures = sheet.figures
    shares = _shares(payout, sheet)
    legs = journal.approved(
        payout.member_id,
        tds_cents=figures.tds_cents,
        emi=[(share.account, share.cents) for share in shares],
        bank_cents=figures.bank_cents,
    )
    posted = _post(payout, "approve", "payout.approved", legs, sheet.on)
    # The register first: it says in a sentence when the quarter is locked.
    effects: list[Effect] = [Withhold(payout, sheet), posted]
    if shares:
        effects.append(FillInstalments(payout, sheet, tuple(shares)))
    return effects if figures.bank_cents else [*effects, CompleteAtOnce(payout)]


def _shares(payout: Payout, sheet: Sheet) -> list[Share]:
    cents = sheet.figures.emi_cents
    if not cents:
        return []
    return shares_for(customer_id=payout.member_id, cents=cents, on=sheet.on, scope=sheet.fills)


@dataclass(frozen=True, slots=True)
class FillInstalments(Effect):
    """Put what the worksheet says onto the oldest instalments; the entry credits the bookings."""

    payout: Payout
    sheet: Sheet
    shares: tuple[Share, ...]

    def preview(self) -> Preview:
        amount = show(self.sheet.figures.emi_cents, self.payout.currency)
        return Preview(f"fills {amount} of instalments on {len(self.shares)} bookings")

    def apply(self, change: Change) -> None:
        filled = fill_oldest(
            customer_id=self.payout.member_id,
            cents=self.sheet.figures.emi_cents,
            on=self.sheet.on,
            method=Method.PAYOUT,
            key=f"payout:{self.payout.pk}",
            actor=SYSTEM,
            at=change.at,
            scope=self.sheet.fills,
        )
        if tuple(filled) != self.shares:
            raise Stale("What is due on the member's bookings has just changed. Look again.")


@dataclass(frozen=True, slots=True)
class CompleteAtOnce(Effect):
    """Nothing is left for the bank: the payout is over with its approval."""

    payout: Payout

    def preview(self) -> Preview:
        return Preview("is complete at once: nothing is left for the bank")

    def apply(self, change: Change) -> None:
        transit(Payout, self.payout.pk, "complete", actor=SYSTEM, at=change.at)


@effects_of(Payout, "reject", "withdraw")
def rejecting(payout: Payout, ask: Ask) -> Sequence[Effect]:
    if payout.approved_at is not None:
        return _taken_back(payout, ask, "reject")
    legs = journal.rejected(payout.member_id, payout.amount_cents)
    return [_post(payout, "reject", "payout.rejected", legs, tax_day(ask.at))]


def _taken_back(payout: Payout, ask: Ask, what: str) -> list[Effect]:
    """Tax, instalments and the bank's part go back to the wallet, in the deduction's quarter."""
    day = return_day(payout, ask.at)
    filled = filled_by(payout)
    legs = journal.returned(
        payout.member_id,
        tds_cents=payout.tds_cents or 0,
        # A vehicle handed over since has a receivable in place of the advance.
        emi=[(customer_account(each.booking), each.amount_cents) for each in filled],
        bank_cents=payout.bank_cents or 0,
    )
    posted = _post(payout, what, "payout.returned", legs, day)
    emptied = [EmptyInstalments(payout)] if filled else []
    return [TakeBack(payout, day), posted, *emptied]


def filled_by(payout: Payout) -> list[Payment]:
    """The payments that a payout made on the member's own bookings."""
    made = Payment.objects.filter(
        method=Method.PAYOUT, idempotency_key__startswith=f"payout:{payout.pk}:", state="succeeded"
    )
    return list(made.select_related("booking").order_by("booking_id"))


@dataclass(frozen=True, slots=True)
class EmptyInstalments(Effect):
    payout: Payout

    def preview(self) -> Preview:
        amount = show(self.payout.emi_cents or 0, self.payout.currency)
        return Preview(f"takes {amount} back from the instalments")

    def apply(self, change: Change) -> None:
        take_back(key=f"payout:{self.payout.pk}", actor=SYSTEM, at=change.at)


@effects_of(Payout, "complete")
def completing(payout: Payout, ask: Ask) -> Sequence[Effect]:
    if payout.state == PayoutState.APPROVED:
        return []
    legs, day = journal.completed(payout.bank_cents or 0), tax_day(ask.at)
    posted = _post(payout, f"complete:{_turn(payout)}", "payout.completed", legs, day, out=True)
    return [posted, *_closing(payout)]


@effects_of(Payout, "fail")
def failing(payout: Payout, ask: Ask) -> Sequence[Effect]:
    return _came_back(payout, ask)


@effects_of(Payout, "bounce")
def bouncing(payout: Payout, ask: Ask) -> Sequence[Effect]:
    legs, day = journal.came_back(payout.bank_cents or 0), tax_day(ask.at)
    back = _post(payout, f"bounce:{_turn(payout)}", "payout.bounced", legs, day)
    return [back, *_came_back(payout, ask)]


def _came_back(payout: Payout, ask: Ask) -> list[Effect]:
    closing = _closing(payout)
    if not why_tax_stands(payout, ask.at):
        return [*_taken_back(payout, ask, "return"), EndItem(payout), *closing]
    legs = journal.back_to_hold(payout.member_id, payout.bank_cents or 0)
    key = f"back:{_turn(payout)}"
    held = _post(payout, key, "payout.back_to_hold", legs, tax_day(ask.at))
    return [held, EndItem(payout), *closing]


@effects_of(Payout, "resend")
def sending_again(payout: Payout, ask: Ask) -> Sequence[Effect]:
    legs = journal.sent_again(payout.member_id, payout.bank_cents or 0)
    return [_post(payout, f"again:{_turn(payout)}", "payout.resent", legs, tax_day(ask.at))]


def _turn(payout: Payout) -> int:
    """How many times it was put into a batch: each time moves the bank's part anew."""
    return payout.batch_items.count()


def _closing(payout: Payout) -> list[Effect]:
    item = payout.batch_items.filter(live=True).first()
    return [CloseBatch(item.batch_id)] if item else []


def _post(
    payout: Payout,
    what: str,
    event: str,
    legs: Sequence[Leg],
    day: date,
    *,
    out: bool = False,
) -> Post:
    return Post(
        key=f"payout:{payout.pk}:{what}",
        event=event,
        legs=tuple(legs),
        currency=payout.currency,
        effective_on=day,
        source=("payout", payout.pk),
        cash_out_cents=(payout.bank_cents or 0) if out else 0,
    )


@dataclass(frozen=True, slots=True)
class Send(Effect):
    """One payout of a released batch is on its way."""

    item: PayoutBatchItem

    def preview(self) -> Preview:
        amount = show(self.item.bank_cents, self.item.payout.currency)
        return Preview(f"sends {amount} as {self.item.reference}")

    def apply(self, change: Change) -> None:
        transit(Payout, self.item.payout_id, "send", actor=SYSTEM, at=change.at)


@effects_of(PayoutBatch, "release")
def releasing(batch: PayoutBatch, ask: Ask) -> Sequence[Effect]:
    # In the order in which the payouts are locked, everywhere.
    items = batch.items.filter(live=True).select_related("payout")
    return [Send(item) for item in items.order_by("payout__hold_account_id", "payout_id")]


@dataclass(frozen=True, slots=True)
class FreeItems(Effect):
    batch: PayoutBatch

    def preview(self) -> Preview:
        return Preview("frees its payouts for another batch")

    def apply(self, change: Change) -> None:
        free_items(batch_id=self.batch.pk, at=change.at)


@effects_of(PayoutBatch, "discard")
def discarding(batch: PayoutBatch, ask: Ask) -> Sequence[Effect]:
    return [FreeItems(batch)]
