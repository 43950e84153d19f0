"""Pictures of the catalog, as guests see them."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from domain.catalog.models.base import bump_generation
from domain.common.pictures import FORMATS


class VehiclePicture(models.Model):
    """One picture of a vehicle, by SKU: it stays while the vehicle's versions come and go.

    The catalog's generation moves with every change here, so that no answer is served stale.
    """

    sku = models.CharField("SKU", max_length=40)
    position = models.PositiveSmallIntegerField()
    is_primary = models.BooleanField(default=False)
    alt_text = models.CharField("in words, for who cannot see it", max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    content_type = models.CharField(
        max_length=20, choices=[(each,) * 2 for each in FORMATS.values()]
    )
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["sku", "position"]
        triggers: ClassVar = [
            bump_generation(pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete)
        ]
        indexes: ClassVar = [models.Index(fields=["sha256"], name="vehicle_picture_sha256")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sku", "position"],
                name="vehicle_picture_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["sku", "sha256"], name="vehicle_picture_once"),
            models.UniqueConstraint(
                fields=["sku"],
                name="vehicle_picture_one_primary",
                condition=models.Q(is_primary=True),
            ),
        ]

    def __str__(self) -> str:
        return self.alt_text
