from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from hashlib import sha256

from django.db import models, transaction

from domain.common.actors import Actor
from domain.common.errors import DomainError, InvalidInput, NotFound, Refused
from domain.common.staff_actions import log_action
from domain.common.transactions import in_transaction
from domain.common.workflow import record
from domain.common.workflow.door import lock
from domain.compliance.days import day_of
from domain.compliance.files import accept, delete_stored, kept, read_stored
from domain.compliance.guards import require
from domain.compliance.models import (
    AccountState,
    BankAccount,
    ComplianceDocument,
    DocumentKind,
    KycCase,
    KycState,
    PrivateDocument,
    RegisterState,
)

OPEN_RIGHT = "domain.open_private_document"
VIEWED = "viewed document"
MOST_FILES = 20


class DocumentGone(DomainError):
    """The file was erased, or what is stored is not what was kept."""

    code = "document_gone"


@dataclass(frozen=True, slots=True)
class _Owner:
    """To what a document may be added: the field it fills, the right, and while in which state."""

    field: str
    right: str
    states: tuple[str, ...]


OWNERS: Mapping[type[models.Model], _Owner] = {
    KycCase: _Owner("kyc_case", "domain.upload_kyc", (KycState.DRAFT, KycState.REJECTED)),
    BankAccount: _Owner("bank_account", "domain.add_bank_account", (AccountState.ADDED,)),
    ComplianceDocument: _Owner("registered", "domain.keep_register", (RegisterState.VALID,)),
}


@in_transaction
def add_document(
    *,
    to: KycCase | BankAccount | ComplianceDocument,
    kind: str,
    content: bytes,
    name: str,
    valid_until: date | None = None,
    actor: Actor,
    at: datetime,
) -> PrivateDocument:
    """Check a file, make it anew and keep it in private.

    :raises InvalidInput: the file is refused, or the record takes no documents now
    :raises NotPermitted: the actor may not add documents to such a record
    """
    owner = OWNERS[type(to)]
    staff = require(actor, owner.right)
    if kind not in DocumentKind.values:
        raise InvalidInput.of({"kind": ["Choose what the document is."]})
    if valid_until is not None and valid_until < day_of(at):
        raise InvalidInput.of({"valid_until": ["This document has run out already."]})
    accepted = accept(content, name=name)
    subject = lock(type(to), to.pk)
    if subject.state not in owner.states:
        sentence = f"{subject} is {subject.state_label().lower()} and takes no documents now."
        raise Refused(sentence)
    others = PrivateDocument.objects.filter(**{owner.field: subject}, erased_at=None)
    if others.filter(original_sha256=accepted.original_sha256).exists():
        raise InvalidInput.of({"file": ["This file is there already."]})
    if others.count() >= MOST_FILES:
        raise InvalidInput.of({"file": [f"At most {MOST_FILES} files; remove one first."]})
    made = PrivateDocument(
        **{owner.field: subject},
        kind=kind,
        name=accepted.name,
        media_type=accepted.media_type,
        size_bytes=len(accepted.content),
        sha256=accepted.sha256,
        original_sha256=accepted.original_sha256,
        valid_until=valid_until,
        uploaded_by=staff,
        uploaded_at=at,
    )
    with kept(accepted.content) as made.key:
        made.save()
        record(subject, "add_document", actor=actor, at=at, facts=_facts(made))
    return made


@in_transaction
def remove_document(
    *, document_id: int, reason: str, actor: Actor, at: datetime
) -> PrivateDocument:
    """Erase a file that was added by mistake, while its record is still being collected."""
    document = _document(document_id)
    owner = OWNERS[type(document.subject)]
    require(actor, owner.right)
    if not reason.strip():
        raise InvalidInput.of({"reason": ["Say why."]})
    subject = lock(type(document.subject), document.subject.pk)
    if subject.state not in owner.states:
        sentence = f"{subject} is {subject.state_label().lower()}; its documents stay."
        raise Refused(sentence)
    erase_file(document, at)
    facts = _facts(document)
    record(subject, "remove_document", actor=actor, at=at, reason=reason, facts=facts)
    return document


@in_transaction
def open_document(*, document_id: int, actor: Actor, at: datetime) -> tuple[PrivateDocument, bytes]:
    """Return a document with its bytes, and note who looked at it.

    :raises NotPermitted: the actor may not open private documents
    :raises DocumentGone: it was erased, or its file is missing or not the one that was kept
    """
    staff = require(actor, OPEN_RIGHT)
    document = _document(document_id)
    if document.erased_at:
        raise DocumentGone(f"This document was erased on {document.erased_at:%d %b %Y}.")
    log_action(
        action=VIEWED,
        staff=staff,
        at=at,
        subject=log_subject(document.pk),
        facts={"kind": document.kind, "of": f"{document.subject._meta.model_name}"},
    )
    try:
        content = read_stored(document.key)
    except FileNotFoundError as missing:
        raise DocumentGone("The file is missing from the private folder.") from missing
    if sha256(content).hexdigest() != document.sha256:
        raise DocumentGone("The stored file is not the one that was kept; it is not shown.")
    return document, content


def log_subject(document_id: int) -> str:
    """What the log of staff calls a document."""
    return f"document {document_id}"


def erase_file(document: PrivateDocument, at: datetime) -> None:
    """Forget a document's name now and its bytes with the commit."""
    document.name, document.erased_at = "", at
    document.save(update_fields=["name", "erased_at"])
    transaction.on_commit(partial(delete_stored, document.key))


def _document(document_id: int) -> PrivateDocument:
    rows = PrivateDocument.objects.select_related("kyc_case", "bank_account", "registered")
    document = rows.filter(pk=document_id).first()
    if document is None:
        raise NotFound(f"There is no document {document_id}.")
    return document


def _facts(document: PrivateDocument) -> dict[str, str | int]:
    return {"document": document.pk, "kind": document.kind, "sha256": document.sha256}
