"""Making, releasing and closing batches of payouts.

:source: docs/policies/payouts.md, "Batches"
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet

from domain.common.actors import System
from domain.common.errors import InvalidInput, Refused
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, transit
from domain.common.workflow.door import lock
from domain.network.models import MemberState, Transmission, TransmissionState
from domain.network.rights import require_right
from domain.payouts.bank_files import columns_at
from domain.payouts.models import BatchState, Payout, PayoutBatch, PayoutBatchItem, PayoutState
from domain.payouts.queries.gates import why_not_to
from domain.staff.models import Staff

MOST_ITEMS = 5_000
BANK = System("bank")


# Whose wallet may be paid out, and where to: as ``standing_of`` says of one member.
MAY_BE_PAID = (
    Q(member__state=MemberState.ACTIVE)
    | Q(member__state=MemberState.TERMINATED, member__cleared_at__isnull=False)
    | Q(
        member__state=MemberState.DECEASED,
        member__in=Transmission.objects.filter(
            state=TransmissionState.APPROVED, account=OuterRef("bank_account")
        ).values("member"),
    )
)


def ready_to_go() -> QuerySet[Payout]:
    """Approved payouts that go to the bank, are not held and are in no batch, oldest first.

    Those of members who were terminated or died since are left out until it is clear who is paid.
    """
    approved = Payout.objects.filter(
        MAY_BE_PAID, state=PayoutState.APPROVED, on_hold=False, bank_cents__gt=0
    )
    return approved.exclude(batch_items__live=True).order_by("approved_at", "pk")


def in_lock_order(payout_ids: Sequence[int]) -> list[int]:
    """By the hold accounts that are locked first, so that nobody ever waits in a ring."""
    found = Payout.objects.filter(pk__in=payout_ids).order_by("hold_account_id", "pk")
    return list(found.values_list("pk", flat=True))


@in_transaction
def make_batch(
    *,
    actor: Staff,
    at: datetime,
    payout_ids: Sequence[int] = (),
) -> PayoutBatch:
    """Put approved payouts into a new batch: those named, or all that are ready.

    The columns of the bank file are those in force now.

    :raises Refused: one of those named may not go, with the reason
    """
    require_right(actor, "domain.make_payout_batch")
    wanted = list(payout_ids) or list(ready_to_go().values_list("pk", flat=True)[:MOST_ITEMS])
    if not wanted:
        raise InvalidInput("No payout is ready for the bank: none is approved and not held.")
    if len(wanted) > MOST_ITEMS:
        raise InvalidInput(f"A batch has at most {MOST_ITEMS:,} payouts.")
    payouts = [lock(Payout, pk) for pk in in_lock_order(wanted)]
    ready = set(ready_to_go().filter(pk__in=wanted).values_list("pk", flat=True))
    if payout_ids:
        _refuse(payouts, ready)
    payouts = sorted((each for each in payouts if each.pk in ready), key=lambda each: each.pk)
    if not payouts:
        raise Refused("Somebody else has just put them into a batch.")
    total = sum(payout.bank_cents or 0 for payout in payouts)
    batch = PayoutBatch(made_by=actor, made_at=at, columns=columns_at(at), total_cents=total)
    begin(batch, actor=actor, at=at, facts={"payouts": len(payouts), "total_cents": total})
    PayoutBatchItem.objects.bulk_create(_items(batch, payouts))
    return batch


def _refuse(payouts: Sequence[Payout], ready: set[int]) -> None:
    for payout in payouts:
        if payout.pk in ready:
            continue
        item = payout.batch_items.filter(live=True).select_related("batch").first()
        why = (
            f"it is in {item.batch}"
            if item
            else f"it is on hold: {payout.hold_reason}"
            if payout.on_hold
            else why_not_to(payout) or f"it is {payout.state_label().lower()}"
        )
        raise Refused(f"{payout} cannot go: {why.rstrip('.')}.")


def _items(batch: PayoutBatch, payouts: Sequence[Payout]) -> list[PayoutBatchItem]:
    return [
        PayoutBatchItem(
            batch=batch,
            payout=payout,
            number=number,
            reference=f"P{payout.pk}-{payout.batch_items.count() + 1}",
            bank_cents=payout.bank_cents or 0,
        )
        for number, payout in enumerate(payouts, start=1)
    ]


def make_file(
    *, batch_id: int, actor: Staff, at: datetime, seen_version: int | None = None
) -> PayoutBatch:
    """Make the file for the bank, once."""
    done = transit(
        PayoutBatch, batch_id, "make_file", actor=actor, at=at, seen_version=seen_version
    )
    return done.subject


def release_batch(
    *, batch_id: int, actor: Staff, at: datetime, seen_version: int | None = None
) -> PayoutBatch:
    """Say that the file goes to the bank now, as another person than who made it."""
    done = transit(PayoutBatch, batch_id, "release", actor=actor, at=at, seen_version=seen_version)
    return done.subject


def discard_batch(*, batch_id: int, reason: str, actor: Staff, at: datetime) -> PayoutBatch:
    return transit(PayoutBatch, batch_id, "discard", actor=actor, at=at, reason=reason).subject


@in_transaction
def free_items(*, batch_id: int, at: datetime) -> None:
    """Let the payouts of a discarded batch go into another."""
    del at
    PayoutBatchItem.objects.filter(batch=batch_id, live=True).update(live=False)


@in_transaction
def end_item(*, payout_id: int, at: datetime) -> None:
    del at
    PayoutBatchItem.objects.filter(payout=payout_id, live=True).update(live=False)


@in_transaction
def close_when_answered(*, batch_id: int, at: datetime) -> None:
    """Close a released batch when no line of it waits for the bank any more."""
    batch = lock(PayoutBatch, batch_id)
    waiting = batch.items.filter(
        live=True, payout__state__in=[PayoutState.PROCESSING, PayoutState.UNKNOWN]
    )
    if batch.state == BatchState.RELEASED and not waiting.exists():
        transit(PayoutBatch, batch_id, "close", actor=BANK, at=at)
