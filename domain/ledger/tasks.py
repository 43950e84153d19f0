from django.utils import timezone

from domain.ledger import rollup


def roll_up() -> None:
    rollup.roll_up(at=timezone.now())
