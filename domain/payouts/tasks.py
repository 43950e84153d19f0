"""Entry points for the schedule. Each may run twice and must not mind."""

from __future__ import annotations

import logging

from django.utils import timezone

from domain.payouts.operations import alarms

logger = logging.getLogger(__name__)


def remind_deposits() -> None:
    for outcome in alarms.remind_deposits(at=timezone.now()):
        logger.debug(outcome)
