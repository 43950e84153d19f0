"""Changes of the shipped catalog, as tests make them."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.catalog.models import ChangeSet
from domain.catalog.operations import (
    apply_change_set,
    change_row,
    prepare_import,
)
from domain.catalog.queries import catalog_at
from domain.catalog.rules import Kind
from domain.common.actors import Actor
from tests.catalog.support import OPENING

NOON = OPENING + timedelta(hours=3)
LATER = NOON + timedelta(days=30)


def reprice(
    actor: Actor,
    amount: object,
    *,
    key: str = "petite",
    at: datetime = NOON,
    effective_from: datetime | None = None,
) -> ChangeSet:
    return change_row(
        kind=Kind.PACKAGES,
        key=key,
        values={"base_price": amount},
        effective_from=effective_from,
        reason="new season",
        actor=actor,
        at=at,
    )


def upload(actor: Actor, content: bytes, at: datetime = NOON) -> ChangeSet:
    return prepare_import(
        content=content, file_name="prices.xlsx", effective_from=None, actor=actor, at=at
    )


def apply(change_set: ChangeSet, actor: Actor, at: datetime = NOON) -> ChangeSet:
    return apply_change_set(
        change_set_id=change_set.pk, digest=change_set.digest, actor=actor, at=at
    )


def price_of(package: str, at: datetime) -> int:
    return catalog_at(at).packages[package].base_price_cents
