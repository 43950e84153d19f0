"""The catalog's tables."""

from domain.catalog.models.base import CatalogGeneration, CatalogRow, item_id_of
from domain.catalog.models.change_sets import (
    ChangeSet,
    ChangeSetRow,
    ChangeSetState,
    ChangeSource,
)
from domain.catalog.models.delivery import (
    MiniMovePackage,
    OrganizingService,
    ServiceZone,
    SpecialtyItem,
    StandardDeliveryConfig,
    SurchargeRule,
    TaxRate,
)
from domain.catalog.models.pictures import VehiclePicture
from domain.catalog.models.vehicles import Vehicle

__all__ = [
    "CatalogGeneration",
    "CatalogRow",
    "ChangeSet",
    "ChangeSetRow",
    "ChangeSetState",
    "ChangeSource",
    "MiniMovePackage",
    "OrganizingService",
    "ServiceZone",
    "SpecialtyItem",
    "StandardDeliveryConfig",
    "SurchargeRule",
    "TaxRate",
    "Vehicle",
    "VehiclePicture",
    "item_id_of",
]
