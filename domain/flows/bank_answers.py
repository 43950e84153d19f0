"""The bank's answer: read into a plan that people review, then applied line by line.

:source: docs/policies/payouts.md, "The bank's answer"
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from domain.common.actors import System
from domain.common.errors import Conflict, DomainError, InvalidInput, Stale
from domain.common.jobs import enqueue
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, transit
from domain.common.workflow.door import lock
from domain.network.rights import require_right
from domain.payouts.models import (
    AnswerState,
    BankAnswer,
    BankAnswerLine,
    Payout,
    PayoutBatchItem,
    PayoutState,
    Planned,
)
from domain.payouts.rules.answers import AnswerRow, Said, UnreadableAnswer, read_answer
from domain.staff.models import Staff

BANK = System("bank")
RUN = "domain.flows.tasks.run_bank_answer"
RUN_AT_ONCE = 25
STEPS = {
    Planned.COMPLETE: "complete",
    Planned.FAIL: "fail",
    Planned.BOUNCE: "bounce",
    Planned.LOSE: "lose",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a line would do to a payout, and the sentence that people read."""

    planned: Planned
    says: str


@in_transaction
def prepare_answer(*, content: bytes, file_name: str, actor: Staff, at: datetime) -> BankAnswer:
    """Read a bank's file and work out what each line would do. Changes no payout.

    :raises InvalidInput: the file cannot be read
    :raises Conflict: the same file is there already
    """
    require_right(actor, "domain.import_bank_answer")
    try:
        rows = read_answer(content)
    except UnreadableAnswer as error:
        raise InvalidInput.of({"file": [str(error)]}) from error
    digest = sha256(content).hexdigest()
    earlier = BankAnswer.objects.filter(sha256=digest).exclude(state=AnswerState.DISCARDED)
    if known := earlier.first():
        raise Conflict(f"This very file is {known}; it is not read twice.")
    answer = BankAnswer(file_name=file_name[:120], sha256=digest, uploaded_by=actor, uploaded_at=at)
    lines = _planned(rows)
    answer.digest = _digest(lines)
    begin(answer, actor=actor, at=at, facts={"lines": len(lines)})
    for line in lines:
        line.answer = answer
    BankAnswerLine.objects.bulk_create(lines)
    return answer


def _planned(rows: Sequence[AnswerRow]) -> list[BankAnswerLine]:
    items = PayoutBatchItem.objects.filter(reference__in={row.reference for row in rows})
    by_reference = {item.reference: item for item in items.select_related("payout", "batch")}
    known_utrs = dict(
        Payout.objects.filter(utr__in={row.utr for row in rows if row.utr}).values_list("utr", "pk")
    )
    seen: set[str] = set()
    used: set[str] = set()
    lines = []
    for row in rows:
        item = by_reference.get(row.reference)
        meaning = _problem(row, item, seen, used, known_utrs) or _meaning(row, item)
        seen.add(row.reference)
        used |= {row.utr} if row.utr and meaning.planned == Planned.COMPLETE else set()
        lines.append(_line(row, item, meaning))
    return lines


def _line(row: AnswerRow, item: PayoutBatchItem | None, meaning: Meaning) -> BankAnswerLine:
    return BankAnswerLine(
        number=row.number,
        reference=row.reference[:60],
        utr=row.utr[:40],
        status=row.status[:40],
        reason=row.reason,
        item=item,
        seen_version=item.payout.version if item else 0,
        planned=meaning.planned,
        says=meaning.says[:400],
    )


def _problem(
    row: AnswerRow,
    item: PayoutBatchItem | None,
    seen: set[str],
    used: set[str],
    known: dict[str | None, int],
) -> Meaning | None:
    """Why a line cannot be applied, whatever it says."""
    if item is None:
        return Meaning(Planned.PROBLEM, f"No payout was sent as “{row.reference}”.")
    elsewhere = row.utr and known.get(row.utr) not in {None, item.payout_id}
    wrong = (
        (row.reference in seen, "An earlier line of the file speaks of it already."),
        (not item.live, f"{item.payout} is no longer on its way as {item.reference}."),
        (row.said == Said.UNREADABLE, f"“{row.status}” is no status that is understood."),
        (len(row.utr) > 40, "The bank reference is longer than 40 characters."),
        (elsewhere, f"The reference {row.utr} belongs to payout {known.get(row.utr)}."),
        (row.utr in used, f"The reference {row.utr} stands on two lines."),
        (row.said == Said.PAID and not row.utr, "Paid, but without the bank's reference."),
    )
    return next((Meaning(Planned.PROBLEM, says) for found, says in wrong if found), None)


def _meaning(row: AnswerRow, item: PayoutBatchItem | None) -> Meaning:
    assert item is not None  # ``_problem`` comes first
    payout, amount = item.payout, show(item.bank_cents, item.payout.currency)
    waits = payout.state in {PayoutState.PROCESSING, PayoutState.UNKNOWN}
    if row.said == Said.PAID:
        return _paid(row, payout, amount, waits=waits)
    why = row.reason or "the bank gave no reason"
    if row.said == Said.UNKNOWN:
        if payout.state == PayoutState.PROCESSING:
            return Meaning(Planned.LOSE, f"The bank does not know yet what became of {amount}.")
        return Meaning(Planned.NOTHING, f"{payout} is {payout.state_label().lower()} as it is.")
    if waits:
        return Meaning(Planned.FAIL, f"{amount} did not arrive: {why}.")
    if payout.state == PayoutState.COMPLETED:
        return Meaning(Planned.BOUNCE, f"{amount} had arrived and came back: {why}.")
    return Meaning(Planned.PROBLEM, f"{payout} is {payout.state_label().lower()}.")


def _paid(row: AnswerRow, payout: Payout, amount: str, *, waits: bool) -> Meaning:
    if waits:
        return Meaning(Planned.COMPLETE, f"{amount} arrived.")
    if payout.state == PayoutState.COMPLETED and payout.utr == row.utr:
        return Meaning(Planned.NOTHING, f"{payout} is completed already.")
    if payout.state == PayoutState.COMPLETED:
        says = f"{payout} was completed with the reference {payout.utr}, not {row.utr}."
        return Meaning(Planned.PROBLEM, says)
    return Meaning(Planned.PROBLEM, f"{payout} is {payout.state_label().lower()}.")


def _digest(lines: Sequence[BankAnswerLine]) -> str:
    shown = [[line.reference, line.utr, line.planned, line.seen_version] for line in lines]
    return sha256(json.dumps(shown).encode()).hexdigest()


def apply_answer(*, answer_id: int, digest: str, actor: Staff, at: datetime) -> BankAnswer:
    """Apply a bank's answer as it was shown, each line by itself. Few at once, many as a job.

    :raises Stale: the digest is not that of the stored answer
    """
    with transaction.atomic():
        answer = lock(BankAnswer, answer_id)
        if answer.digest != digest:
            raise Stale("This is not what you looked at. Open it again.")
        answer = transit(BankAnswer, answer_id, "run", actor=actor, at=at).subject
        if answer.lines.filter(done=False).count() > RUN_AT_ONCE:
            enqueue(RUN, answer_id)
            return answer
    return run_lines(answer_id=answer_id, at=at)


def cut_off() -> list[int]:
    """Answers whose lines are not all applied yet; called again, they go on."""
    return list(BankAnswer.objects.filter(state=AnswerState.RUNNING).values_list("pk", flat=True))


def run_lines(*, answer_id: int, at: datetime) -> BankAnswer:
    """Take each waiting line of a running answer; cut off, it is simply called again."""
    answer = BankAnswer.objects.get(pk=answer_id)
    if answer.state != AnswerState.RUNNING:
        return answer
    waiting = answer.lines.filter(done=False).order_by("number")
    for line_id in list(waiting.values_list("pk", flat=True)):
        _run_line(line_id, at=at)
    with transaction.atomic():
        answer = lock(BankAnswer, answer_id)
        if answer.state == AnswerState.RUNNING:
            answer = transit(BankAnswer, answer_id, "finish", actor=BANK, at=at).subject
    return answer


def _run_line(line_id: int, *, at: datetime) -> None:
    with transaction.atomic():
        found = BankAnswerLine.objects.select_for_update(of=("self",)).filter(pk=line_id)
        line = found.select_related("item").get()
        if line.done:
            return
        step = STEPS.get(Planned(line.planned))
        if step and line.item is not None:
            line.result = _applied(line, step, line.item.payout_id, at=at)
        line.done = True
        line.save(update_fields=["result", "done"])


def _applied(line: BankAnswerLine, step: str, payout_id: int, *, at: datetime) -> str:
    params = {"utr": line.utr, "failure": line.reason or f"The bank says {line.status}."}
    try:
        with transaction.atomic():
            done = transit(
                Payout,
                payout_id,
                step,
                actor=BANK,
                at=at,
                params=params,
                seen_version=line.seen_version,
                facts={"bank_answer": line.answer_id, "line": line.number},
            )
    except DomainError as refusal:
        return f"Not applied: {refusal}"[:400]
    return f"{done.subject} is {done.subject.state_label().lower()}."


@in_transaction
def discard_answer(*, answer_id: int, actor: Staff, at: datetime) -> BankAnswer:
    return transit(BankAnswer, answer_id, "discard", actor=actor, at=at).subject
