"""Tables every area rests on: the audit trail, plans, settings, idempotency, staff actions."""

from domain.common.audit.models import AuditDetail, AuditEntry, AuditSeal
from domain.common.idempotency import IdempotencyKey
from domain.common.settings.models import DatedSetting
from domain.common.staff_actions import StaffAction
from domain.common.workflow.models import Plan, PlanRow

__all__ = [
    "AuditDetail",
    "AuditEntry",
    "AuditSeal",
    "DatedSetting",
    "IdempotencyKey",
    "Plan",
    "PlanRow",
    "StaffAction",
]
