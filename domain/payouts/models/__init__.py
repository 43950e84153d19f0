from domain.payouts.models.answers import AnswerState, BankAnswer, BankAnswerLine, Planned
from domain.payouts.models.batches import BatchState, PayoutBatch, PayoutBatchItem
from domain.payouts.models.certificates import CertificateState, LowerDeductionCertificate
from domain.payouts.models.challans import Challan, ChallanAllocation, ChallanState
from domain.payouts.models.payouts import Payout, PayoutState
from domain.payouts.models.quarters import QuarterState, TaxQuarter, TaxStatement
from domain.payouts.models.records import TaxRecord

__all__ = [
    "AnswerState",
    "BankAnswer",
    "BankAnswerLine",
    "BatchState",
    "CertificateState",
    "Challan",
    "ChallanAllocation",
    "ChallanState",
    "LowerDeductionCertificate",
    "Payout",
    "PayoutBatch",
    "PayoutBatchItem",
    "PayoutState",
    "Planned",
    "QuarterState",
    "TaxQuarter",
    "TaxRecord",
    "TaxStatement",
]
