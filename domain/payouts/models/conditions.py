"""When a payout may take a step; each says in a sentence why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.common.actors import may, staff_id
from domain.common.money import show
from domain.common.settings.queries import setting_at
from domain.common.workflow import Ask, condition
from domain.common.workflow.four_eyes import another_person

if TYPE_CHECKING:
    from domain.payouts.models.payouts import Payout


not_the_requester = another_person("You asked for this payout; somebody else has to decide it.")


@condition("Not the editor of the bank details")
def not_the_editor_of_the_account(payout: Payout, ask: Ask) -> str:
    if staff_id(ask.actor) == payout.bank_account.added_by_id:
        return "You entered the bank account; somebody else has to approve a payout to it."
    return ""


@condition("A second approver above the limit")
def second_approver(payout: Payout, ask: Ask) -> str:
    limit = setting_at("payout.second_approval", ask.at)
    if payout.amount_cents <= limit:
        return ""
    above = f"{show(payout.amount_cents, payout.currency)} is above {show(limit, payout.currency)}"
    if payout.first_approved_by_id is None:
        return f"{above}: it needs a first approval before this one."
    if staff_id(ask.actor) == payout.first_approved_by_id:
        return f"{above}: you gave the first approval; another person gives the second."
    if not may(ask.actor, "domain.approve_large_payout"):
        return f"{above}: an operations manager or admin gives the second approval."
    return ""


@condition("Above the limit of one approver")
def needs_two(payout: Payout, ask: Ask) -> str:
    limit = setting_at("payout.second_approval", ask.at)
    if payout.amount_cents <= limit:
        return f"Up to {show(limit, payout.currency)} one approval is enough: approve it."
    if payout.first_approved_by_id is not None:
        return "The first approval is there; the second comes next."
    return ""


@condition("Not on hold")
def not_on_hold(payout: Payout, ask: Ask) -> str:
    if payout.on_hold:
        return f"It is on hold: {payout.hold_reason}"
    return ""


@condition("May be paid out to")
def gates_open(payout: Payout, ask: Ask) -> str:
    from domain.payouts.queries.gates import closed_gates  # noqa: PLC0415  # queries rest on models

    return " ".join(check.sentence for check in closed_gates(payout, ask.at))


@condition("Member may be paid")
def may_leave(payout: Payout, ask: Ask) -> str:
    from domain.payouts.queries.gates import why_not_to  # noqa: PLC0415  # as above

    del ask
    return why_not_to(payout)


@condition("In no batch")
def in_no_batch(payout: Payout, ask: Ask) -> str:
    item = payout.batch_items.filter(live=True).select_related("batch").first()
    return f"It is in {item.batch}; take it out of that first." if item else ""


@condition("Tax can be taken back")
def tax_not_settled(payout: Payout, ask: Ask) -> str:
    from domain.payouts.queries.returning import why_tax_stands  # noqa: PLC0415  # as above

    if payout.approved_at is None:
        return ""
    return why_tax_stands(payout, ask.at)


@condition("Nothing goes to the bank")
def nothing_for_the_bank(payout: Payout, ask: Ask) -> str:
    if payout.state == "approved" and payout.bank_cents:
        return f"{show(payout.bank_cents, payout.currency)} has to go through the bank first."
    return ""


@condition("Part of a released batch")
def in_released_batch(payout: Payout, ask: Ask) -> str:
    if payout.batch_items.filter(live=True, batch__state="released").exists():
        return ""
    return "It is in no batch that was released."


@condition("The bank's part waits on the hold")
def bank_part_waits(payout: Payout, ask: Ask) -> str:
    if payout.bank_part_held:
        return ""
    return "All of it went back to the wallet; the member asks for a new payout."


@condition("Bank reference is new")
def reference_is_new(payout: Payout, ask: Ask) -> str:
    utr = ask.params.get("utr")
    if not utr:
        return ""
    other = type(payout).objects.filter(utr=utr).exclude(pk=payout.pk).first()
    return f"The bank gave the reference {utr} to {other} already." if other else ""


@condition("Not the editor of the bank details")
def not_the_editor_of_the_new_account(payout: Payout, ask: Ask) -> str:
    from domain.payouts.queries.gates import pays_to  # noqa: PLC0415  # as above

    account = pays_to(payout.member)
    if account is not None and staff_id(ask.actor) == account.added_by_id:
        return "You entered the bank account; somebody else has to send a payout to it."
    return ""
