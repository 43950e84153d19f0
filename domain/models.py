"""Every table of the product, on one screen."""

from domain.bookings.models import (
    Booking,
    BookingAddress,
    BookingLine,
    CancellationPolicy,
    Instalment,
    InstalmentWaiver,
    StockMove,
    VehicleStock,
)
from domain.catalog.models import *
from domain.common.models import (
    AuditDetail,
    AuditEntry,
    AuditSeal,
    DatedSetting,
    IdempotencyKey,
    Plan,
    PlanRow,
    StaffAction,
)
from domain.compliance.models import (
    BankAccount,
    ComplianceDocument,
    Erasure,
    KycCase,
    Nominee,
    PrivateDocument,
    TaxIdentity,
)
from domain.customers.models import Customer, GuestCheckout, SavedAddress
from domain.ledger.kept_sums import *
from domain.ledger.models import *
from domain.network.earning.models import (
    CommissionRun,
    Holdback,
    Pair,
    PairReturn,
    ReferralBonus,
    ReferralClawback,
    ReserveRelease,
    RunMember,
)
from domain.network.models import (
    ActiveBuyerPeriod,
    LegCount,
    Member,
    Node,
    PlacementCorrection,
    Transmission,
    UncountedNode,
    UnitEvent,
)
from domain.notifications.models import Message
from domain.payments.models import Dispute, MoneyCase, Payment, Refund, RefundPart, WebhookEvent
from domain.payouts.models import (
    BankAnswer,
    BankAnswerLine,
    Challan,
    ChallanAllocation,
    LowerDeductionCertificate,
    Payout,
    PayoutBatch,
    PayoutBatchItem,
    TaxQuarter,
    TaxRecord,
    TaxStatement,
)
from domain.staff.models import Staff
