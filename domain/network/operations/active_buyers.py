from __future__ import annotations

from datetime import datetime

from domain.common.money import show
from domain.common.rows import find
from domain.common.settings.queries import setting_at
from domain.common.transactions import in_transaction
from domain.common.workflow.door import lock
from domain.compliance.days import day_of
from domain.network.models import ActiveBuyerPeriod, Member
from domain.network.operations.units import BUYER_SOURCE, add_units, reverse_unit
from domain.network.queries.members import net_paid_of
from domain.network.rules.buying import is_active_buyer

THRESHOLD = "member.active_buyer_threshold"


@in_transaction
def work_out_active_buyer(*, member_id: int, because: str, at: datetime) -> bool:
    """Begin or end a member's time as Active Buyer by what was paid; whether they are one now.

    Worked out anew from the books each time, so that it may be repeated.
    """
    lock(Member, member_id)
    net, threshold = net_paid_of(member_id), setting_at(THRESHOLD, at)
    period = find(ActiveBuyerPeriod, "member_id = %s AND ended_on IS NULL", [member_id])
    active = is_active_buyer(net, threshold)
    if active and period is None:
        ActiveBuyerPeriod.objects.create(
            member_id=member_id,
            started_on=day_of(at),
            reason=because[:120],
            net_paid_cents=net,
            threshold_cents=threshold,
        )
        add_units(member_id=member_id, at=at)
    elif period is not None and not active:
        _end(period, f"{because}; {show(net, 'INR')} is left", at)
    return active


def _end(period: ActiveBuyerPeriod, because: str, at: datetime) -> None:
    period.ended_on = max(day_of(at), period.started_on)
    period.end_reason = because[:120]
    period.save(update_fields=["ended_on", "end_reason"])
    reverse_unit(source_type=BUYER_SOURCE, source_id=period.pk, at=at)
