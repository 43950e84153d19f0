"""What every catalog table shares: each is its own version history.

:source: docs/decisions/0010-catalog-tables-are-their-own-history.md
"""

from __future__ import annotations

from typing import ClassVar
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import pgtrigger
from django.conf import settings
from django.db import models

from domain.catalog.rules.words import Kind
from domain.common.protect import append_only

ITEMS = uuid5(NAMESPACE_URL, "catalog")


def item_id_of(kind: Kind, key: str) -> UUID:
    """The public id of a catalog item: the same for every version, on every installation."""
    return uuid5(ITEMS, f"{kind}/{key}")


class CatalogGeneration(models.Model):
    """One row that changes with every write to the catalog, in the same transaction.

    ``token`` is never the same twice, not even after a write that was rolled back, so a
    process may keep what it read under it for as long as the token stands.
    """

    number = models.BigIntegerField(default=0)
    token = models.UUIDField(default=uuid4)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(name="cataloggeneration_one_row", condition=models.Q(pk=1))
        ]

    def __str__(self) -> str:
        return f"generation {self.number}"


def bump_generation(operation: pgtrigger.Operation = pgtrigger.Insert) -> pgtrigger.Trigger:
    """The database itself moves the generation on, so that no road of writing forgets it."""
    return pgtrigger.Trigger(
        name="bump_generation",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        func="""
            INSERT INTO domain_cataloggeneration AS g (id, number, token)
            VALUES (1, 1, gen_random_uuid())
            ON CONFLICT (id) DO UPDATE SET number = g.number + 1, token = gen_random_uuid();
            RETURN NULL;
        """,
    )


class CatalogRow(models.Model):
    """One version of one catalog item, never changed once written.

    In force at a moment is, for each key, the version with the newest ``effective_from``
    up to it; of two with the same, the one written last. Only then does ``is_active`` count.
    """

    kind: ClassVar[Kind]

    item_id = models.UUIDField(editable=False)
    key = models.CharField("natural key", max_length=120)
    effective_from = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    change_set = models.ForeignKey("domain.ChangeSet", models.PROTECT, related_name="+")
    is_active = models.BooleanField()

    class Meta:
        abstract = True
        default_permissions = ()
        triggers: ClassVar = [*append_only(), bump_generation()]
        indexes: ClassVar = [
            models.Index(fields=["key", "-effective_from", "-id"], name="%(class)s_force"),
            models.Index(fields=["effective_from"], name="%(class)s_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.key} from {self.effective_from:%Y-%m-%d}"
