from domain.network.earning.models.pairs import Pair, RunMember
from domain.network.earning.models.referral import Holdback, ReferralBonus, ReferralClawback
from domain.network.earning.models.releases import ReleaseState, ReserveRelease
from domain.network.earning.models.returns import PairReturn
from domain.network.earning.models.runs import OPEN_RUNS, CommissionRun, RunState

__all__ = [
    "OPEN_RUNS",
    "CommissionRun",
    "Holdback",
    "Pair",
    "PairReturn",
    "ReferralBonus",
    "ReferralClawback",
    "ReleaseState",
    "ReserveRelease",
    "RunMember",
    "RunState",
]
