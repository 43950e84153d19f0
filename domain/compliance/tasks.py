"""Entry points for the schedule. Each may run twice and must not mind."""

from __future__ import annotations

import logging

from django.utils import timezone

from domain.compliance.operations import ageing

logger = logging.getLogger(__name__)


def age_papers() -> None:
    for outcome in ageing.age_papers(at=timezone.now()):
        logger.info(outcome)
