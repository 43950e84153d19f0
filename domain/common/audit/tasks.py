from django.utils import timezone

from domain.common.audit.sealing import seal_audit


def seal() -> None:
    while seal_audit(at=timezone.now()):
        continue
