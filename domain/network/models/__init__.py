from domain.network.models.active_buyers import ActiveBuyerPeriod
from domain.network.models.corrections import CorrectionState, PlacementCorrection
from domain.network.models.members import Member, MemberState
from domain.network.models.transmissions import Transmission, TransmissionState
from domain.network.models.tree import LegCount, Node, Side, UncountedNode
from domain.network.models.units import UnitEvent

__all__ = [
    "ActiveBuyerPeriod",
    "CorrectionState",
    "LegCount",
    "Member",
    "MemberState",
    "Node",
    "PlacementCorrection",
    "Side",
    "Transmission",
    "TransmissionState",
    "UncountedNode",
    "UnitEvent",
]
