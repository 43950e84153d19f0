from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from domain.common.actors import Actor, System
from domain.common.transactions import in_transaction
from domain.common.workflow import record
from domain.common.workflow.door import lock
from domain.compliance.guards import require
from domain.compliance.models import BankAccount, Nominee, PrivateDocument
from domain.compliance.operations.files import erase_file

ERASED = "Erased"


@in_transaction
def erase_papers(*, customer_id: int, actor: Actor, at: datetime) -> int:
    """Forget what somebody handed in: files, their names, nominees, account numbers.

    Kept: that it was verified, by whom and when, the last four digits of accounts that money
    went to, and PANs, which the tax office requires for eight years beside the amounts.

    :return: how many files were erased
    """
    if not isinstance(actor, System):
        require(actor, "domain.approve_erasure")
    files = PrivateDocument.objects.filter(
        Q(kyc_case__customer=customer_id)
        | Q(bank_account__customer=customer_id)
        | Q(registered__customer=customer_id),
        erased_at=None,
    )
    erased = list(files.select_for_update(of=("self",)).order_by("pk"))
    for document in erased:
        erase_file(document, at)
    for pk in _ids(BankAccount, customer_id):
        account = lock(BankAccount, pk)
        account.holder, account.number = ERASED, ""
        record(account, "erase", actor=actor, at=at)
    for pk in _ids(Nominee, customer_id):
        nominee = lock(Nominee, pk)
        nominee.full_name, nominee.phone, nominee.born_on = ERASED, "", None
        record(nominee, "erase", actor=actor, at=at)
    return len(erased)


def _ids(model: type[BankAccount | Nominee], customer_id: int) -> list[int]:
    rows = model._default_manager.filter(customer=customer_id).order_by("pk")
    return list(rows.values_list("pk", flat=True))
