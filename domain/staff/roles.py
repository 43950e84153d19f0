"""The five roles and what each may do: one table, from which groups, menus, tests and the
permission matrix are made.

:source: docs/policies/access.md
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    CUSTOMER_SERVICE = "customer_service"
    LOGISTICS_COORDINATOR = "logistics_coordinator"
    FINANCE_MANAGER = "finance_manager"
    OPERATIONS_MANAGER = "operations_manager"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ")


CS, LOG, FIN, OPS, ADM = Role


@dataclass(frozen=True, slots=True)
class Right:
    """A permission's codename, who holds it, and what it lets them do, in words."""

    codename: str
    roles: frozenset[Role]
    means: str


def right(codename: str, means: str, *roles: Role) -> Right:
    return Right(codename, frozenset(roles), means)


RIGHTS: tuple[Right, ...] = (
    # Bookings
    right("view_booking", "see bookings", *Role),
    right("view_prices", "see prices and what is due", CS, FIN, OPS, ADM),
    right("view_guestcheckout", "see a guest's contact details", CS, LOG, FIN, OPS, ADM),
    right("create_booking", "book for a caller", CS, OPS),
    right("edit_booking_notes", "edit contact details, notes and follow-ups", CS, OPS),
    right("amend_booking", "add amendment lines", CS, OPS),
    right("assign_booking", "assign bookings to staff", CS, OPS, LOG),
    right("dispatch_booking", "send a booking on its way", LOG, OPS),
    right("complete_booking", "mark a booking delivered", LOG, OPS),
    right("request_cancel_booking", "ask for a cancellation", CS, LOG),
    right("cancel_booking", "cancel bookings", OPS),
    # From a case as well: late money that pays for the booking it came for resolves that case.
    right("reactivate_booking", "reactivate an expired booking", OPS),
    right("rebook_booking", "copy a booking to a new date", CS, OPS),
    # Vehicles
    right("activate_booking", "confirm a paid vehicle booking once one is in stock", OPS),
    right("view_instalment", "see instalments", CS, FIN, OPS, ADM),
    right("view_instalmentwaiver", "see waivers of instalments", CS, FIN, OPS, ADM),
    right("request_waiver", "ask for an instalment to be waived", CS, FIN, OPS),
    right("approve_waiver", "approve or deny a waiver", FIN, OPS),
    right("view_vehiclestock", "see the stock of vehicles", CS, LOG, FIN, OPS, ADM),
    right("count_stock", "count the stock of vehicles", OPS),
    # Customers
    right("view_customer", "see customers", CS, FIN, OPS, ADM),
    right("edit_customer", "create and edit customers", CS, OPS),
    # Payments and refunds
    right("view_payment", "see payments", CS, FIN, OPS, ADM),
    right("view_payment_ids", "see unmasked payment references", FIN, OPS),
    right("record_offline_payment", "record a bank transfer or cash", CS, FIN, OPS),
    right("approve_offline_payment", "approve an offline payment", FIN, OPS),
    right("view_refund", "see refunds", CS, FIN, OPS, ADM),
    right("request_refund", "request a refund", CS, FIN, OPS),
    right("approve_refund", "approve or deny a refund", FIN, OPS, ADM),
    right("approve_large_refund", "approve a refund above the limit", OPS, ADM),
    right("withdraw_refund", "withdraw a refund request", CS, FIN, OPS),
    right("view_dispute", "see disputes", FIN, OPS, ADM),
    right("view_moneycase", "see unapplied money and discrepancies", FIN, OPS, ADM),
    right("resolve_moneycase", "resolve unapplied money and discrepancies", FIN),
    right("view_webhookevent", "see the webhook inbox", FIN, OPS, ADM),
    right("replay_webhookevent", "process a webhook event again", FIN, ADM),
    # Members and the tree
    right("view_member", "see members", CS, FIN, OPS),
    right("enrol_member", "make a customer a member, and correct the sponsor", CS, OPS),
    right("view_node", "see the tree", CS, FIN, OPS),
    right("place_member", "place members from the holding list", OPS),
    right("request_correction", "ask for the correction of a place", OPS),
    right("approve_correction", "approve the correction of a place", OPS),
    right("terminate_member", "terminate a member, or report a death", OPS),
    right("view_placementcorrection", "see corrections of places", CS, FIN, OPS),
    right("view_transmission", "see what goes to nominees", CS, FIN, OPS),
    right("request_transmission", "ask for a dead member's wallet to go to the nominee", CS, OPS),
    right("approve_transmission", "approve what goes to a nominee", FIN, OPS),
    right("clear_member", "clear a terminated member's wallet for payout", FIN),
    # Earnings
    right("view_commissionrun", "see commission runs", CS, FIN, OPS),
    right("compute_run", "compute a commission run, or make it void", FIN),
    right("approve_run", "approve a commission run", OPS),
    right("post_run", "post an approved commission run", FIN, OPS),
    right("view_pair", "see pairs and referral bonuses", CS, FIN, OPS),
    right("view_wallet", "see members' wallets", CS, FIN, OPS),
    right("view_reserverelease", "see releases of EMI reserves", CS, FIN, OPS),
    right("request_reserve_release", "ask to release an EMI reserve", FIN),
    right("approve_reserve_release", "release an EMI reserve", OPS),
    # Ledger and reports
    right("view_ledger", "see the ledger", FIN, OPS),
    right("request_manual_entry", "draft a manual ledger entry", FIN),
    right("approve_manual_entry", "approve a manual ledger entry", OPS),
    right("view_reports", "see financial reports", FIN, OPS, ADM),
    right("lock_period", "lock a ledger month", FIN),
    # Payouts and tax withheld
    right("view_payout", "see payouts", CS, FIN, OPS, ADM),
    right("request_payout", "ask for a payout of a member", CS, OPS),
    right("approve_payout", "approve or reject a payout", FIN, OPS, ADM),
    right("approve_large_payout", "approve a payout above the limit", OPS, ADM),
    right("hold_payout", "put a payout on hold", FIN, OPS),
    right("resend_payout", "send a returned payout again", FIN),
    right("view_payoutbatch", "see payout batches and their files", FIN, OPS),
    right("make_payout_batch", "make payout batches and their files", FIN),
    right("release_payout_batch", "release a payout batch to the bank", OPS),
    right("view_bankanswer", "see the bank's answers", FIN, OPS),
    right("import_bank_answer", "import the bank's answer to a batch", FIN, OPS),
    right("view_taxrecord", "see the register of tax withheld", FIN, OPS),
    right("view_taxquarter", "see tax quarters and statements", FIN, OPS),
    right("lock_tax_quarter", "lock a tax quarter", FIN),
    right("file_tax_quarter", "note a tax quarter as filed", OPS),
    right("view_challan", "see deposits of tax", FIN, OPS),
    right("draft_challan", "draft a deposit of tax", FIN),
    right("confirm_challan", "confirm a deposit of tax", OPS),
    right("view_lowerdeductioncertificate", "see lower-deduction certificates", FIN, OPS),
    right("add_tax_certificate", "enter a lower-deduction certificate", FIN),
    right("verify_tax_certificate", "verify a lower-deduction certificate", OPS),
    # Compliance
    right("view_kyccase", "see KYC cases", CS, FIN, OPS),
    right("upload_kyc", "collect and submit KYC documents and nominees", CS),
    right("decide_kyc", "verify or reject KYC", FIN),
    right("open_private_document", "open private documents", FIN, OPS),
    right("view_bankaccount", "see bank accounts", CS, FIN, OPS),
    right("add_bank_account", "add and close bank accounts", CS, FIN),
    right("verify_bank_account", "verify a bank account that somebody else added", FIN, OPS),
    right("view_taxidentity", "see PANs, masked", CS, FIN, OPS),
    right("record_pan", "record a PAN", CS, FIN),
    right("verify_pan", "verify a PAN that somebody else recorded", FIN, OPS),
    right("unmask_identity", "see PANs and account numbers in full", FIN, OPS),
    right("view_compliancedocument", "see the register of compliance documents", FIN, OPS, ADM),
    right("keep_register", "keep the register of compliance documents", FIN, OPS),
    right("view_erasure", "see erasures of personal data", CS, FIN, OPS),
    right("request_erasure", "ask for a person's data to be erased", CS, OPS),
    right("approve_erasure", "erase a person's data that somebody else asked for", FIN, OPS),
    # Catalog
    right("view_catalog", "see the catalog", *Role),
    right("import_catalog", "prepare and apply catalog changes", OPS),
    right("approve_catalog", "approve a catalog change of somebody else", OPS),
    right("export_catalog", "export the catalog", LOG, FIN, OPS),
    # Messages, exports, system
    right("view_message", "see messages to guests", CS, FIN, OPS, ADM),
    right("resend_message", "send a message again", CS, OPS),
    right("export_data", "export lists with personal or money data", FIN, OPS),
    right("view_auditentry", "see the audit trail", FIN, OPS, ADM),
    right("view_integrity", "see the integrity page", FIN, OPS, ADM),
    right("view_job", "see background jobs", FIN, OPS, ADM),
    right("retry_job", "run a background job again", FIN, ADM),
    right("view_setting", "see business settings", FIN, OPS, ADM),
    right("propose_setting", "propose a business setting", FIN, OPS),
    right("approve_setting", "approve a business setting", OPS, ADM),
    right("view_staff", "see staff", OPS, ADM),
    right("manage_staff", "manage staff and their roles", OPS, ADM),
    right("view_staffaction", "see the staff action log", OPS, ADM),
)

BY_CODENAME = {each.codename: each for each in RIGHTS}


def holders(permission: str) -> list[str]:
    """Name the roles that hold a permission, given with or without its app label."""
    found = BY_CODENAME.get(permission.rpartition(".")[2])
    return [role.label for role in Role if found and role in found.roles]


def meaning(permission: str) -> str:
    found = BY_CODENAME.get(permission.rpartition(".")[2])
    return found.means if found else permission.rpartition(".")[2].replace("_", " ")


def codenames(role: Role) -> set[str]:
    return {each.codename for each in RIGHTS if role in each.roles}
