from django.utils import timezone

from domain.common.workflow import plans


def run_plan(plan_id: int) -> None:
    plans.run_rows(plan_id=plan_id, at=timezone.now())
