"""What the menu offers, by daily work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Item:
    """``permission`` "" is for everybody; ``queue`` names whose count is shown; ``query`` is
    what a list is narrowed to."""

    title: str
    icon: str
    address: str
    permission: str = ""
    queue: str = ""
    urgent: bool = False
    query: str = ""

    def url(self) -> str:
        return _address(self.address) + (f"?{self.query}" if self.query else "")


@cache
def _address(name: str) -> str:
    """Every page shows the whole menu, and its addresses never change."""
    return reverse(f"admin:{name}")


MENU: tuple[tuple[str, tuple[Item, ...]], ...] = (
    ("Today", (Item("Home", "home", "index"),)),
    (
        "Bookings",
        (
            Item("Bookings", "local_shipping", "domain_booking_changelist", "domain.view_booking"),
            Item("New booking", "add_circle", "domain_booking_add", "domain.create_booking"),
            Item(
                "Batches", "checklist", "domain_plan_changelist", "domain.view_booking", "batches"
            ),
            Item(
                "Messages", "mail", "domain_message_changelist", "domain.view_message", "messages"
            ),
        ),
    ),
    (
        "Vehicles",
        (
            Item(
                "Vehicle bookings",
                "two_wheeler",
                "domain_booking_changelist",
                "domain.view_booking",
                "to_hand_over",
                query="line__exact=vehicle",
            ),
            Item(
                "Book a vehicle",
                "add_circle",
                "domain_booking_add_vehicle",
                "domain.create_booking",
            ),
            Item(
                "Instalments to pay",
                "event_upcoming",
                "domain_instalment_changelist",
                "domain.view_instalment",
                "instalments",
            ),
            Item(
                "Waivers",
                "money_off",
                "domain_instalmentwaiver_changelist",
                "domain.view_instalmentwaiver",
                "waivers",
            ),
            Item("Vehicles on offer", "sell", "domain_vehicle_changelist", "domain.view_catalog"),
            Item(
                "Stock", "warehouse", "domain_vehiclestock_changelist", "domain.view_vehiclestock"
            ),
        ),
    ),
    (
        "Money",
        (
            Item(
                "Payments",
                "credit_card",
                "domain_payment_changelist",
                "domain.view_payment",
                "offline",
            ),
            Item("Refunds", "undo", "domain_refund_changelist", "domain.view_refund", "refunds"),
            Item(
                "Money cases",
                "troubleshoot",
                "domain_moneycase_changelist",
                "domain.view_moneycase",
                "cases",
                urgent=True,
            ),
            Item("Disputes", "gavel", "domain_dispute_changelist", "domain.view_dispute"),
            Item("Ledger", "menu_book", "ledger", "domain.view_ledger"),
            Item("Reports", "bar_chart", "reports", "domain.view_reports"),
        ),
    ),
    (
        "Payouts and tax",
        (
            Item(
                "Payouts", "payments", "domain_payout_changelist", "domain.view_payout", "payouts"
            ),
            Item(
                "Payout batches",
                "account_balance",
                "domain_payoutbatch_changelist",
                "domain.view_payoutbatch",
                "payout_batches",
            ),
            Item(
                "Bank answers",
                "quick_reference_all",
                "domain_bankanswer_changelist",
                "domain.view_bankanswer",
                "bank_answers",
            ),
            Item(
                "Tax withheld",
                "receipt_long",
                "domain_taxrecord_changelist",
                "domain.view_taxrecord",
            ),
            Item(
                "Tax quarters",
                "calendar_month",
                "domain_taxquarter_changelist",
                "domain.view_taxquarter",
            ),
            Item(
                "Challans",
                "savings",
                "domain_challan_changelist",
                "domain.view_challan",
                "challans",
            ),
            Item(
                "Tax certificates",
                "verified_user",
                "domain_lowerdeductioncertificate_changelist",
                "domain.view_lowerdeductioncertificate",
                "tax_certificates",
            ),
        ),
    ),
    (
        "Catalog",
        (
            Item("Prices and rules", "sell", "catalog", "domain.view_catalog"),
            Item(
                "Catalog changes",
                "price_change",
                "domain_changeset_changelist",
                "domain.view_catalog",
                "catalog",
            ),
            Item("Import a workbook", "upload_file", "catalog_import", "domain.import_catalog"),
        ),
    ),
    (
        "Network",
        (
            Item("Members", "groups", "domain_member_changelist", "domain.view_member"),
            Item("Holding list", "hourglass_top", "holding_list", "domain.view_member", "holding"),
            Item(
                "Commission",
                "calculate",
                "domain_commissionrun_changelist",
                "domain.view_commissionrun",
                "runs",
            ),
            Item("Pairs", "link", "domain_pair_changelist", "domain.view_pair"),
            Item("Tree", "account_tree", "tree", "domain.view_node"),
            Item(
                "Corrections of places",
                "swap_horiz",
                "domain_placementcorrection_changelist",
                "domain.view_placementcorrection",
                "corrections",
            ),
            Item(
                "Transmissions to nominees",
                "volunteer_activism",
                "domain_transmission_changelist",
                "domain.view_transmission",
                "transmissions",
            ),
            Item(
                "Releases of reserves",
                "lock_open",
                "domain_reserverelease_changelist",
                "domain.view_reserverelease",
                "releases",
            ),
        ),
    ),
    (
        "People",
        (
            Item("Customers", "group", "domain_customer_changelist", "domain.view_customer"),
            Item("Staff", "badge", "domain_staff_changelist", "domain.view_staff"),
            Item(
                "Staff actions",
                "history",
                "domain_staffaction_changelist",
                "domain.view_staffaction",
            ),
            Item("Who may do what", "key", "access"),
            Item(
                "Erasures",
                "person_remove",
                "domain_erasure_changelist",
                "domain.view_erasure",
                "erasures",
            ),
        ),
    ),
    (
        "Compliance",
        (
            Item("KYC", "badge", "domain_kyccase_changelist", "domain.view_kyccase", "kyc"),
            Item(
                "PANs",
                "fingerprint",
                "domain_taxidentity_changelist",
                "domain.view_taxidentity",
                "pans",
            ),
            Item(
                "Bank accounts",
                "account_balance",
                "domain_bankaccount_changelist",
                "domain.view_bankaccount",
                "accounts",
            ),
            Item(
                "Document register",
                "gavel",
                "domain_compliancedocument_changelist",
                "domain.view_compliancedocument",
                "papers",
            ),
        ),
    ),
    (
        "System",
        (
            Item("Settings", "tune", "settings", "domain.view_setting", "settings"),
            Item("Audit trail", "policy", "domain_auditentry_changelist", "domain.view_auditentry"),
            Item(
                "Webhook inbox",
                "webhook",
                "domain_webhookevent_changelist",
                "domain.view_webhookevent",
                "dead_events",
                urgent=True,
            ),
            Item("Jobs", "engineering", "jobs", "domain.view_job", "jobs", urgent=True),
            Item("Integrity", "verified", "integrity", "domain.view_integrity"),
        ),
    ),
)


@cache
def titles() -> dict[str, str]:
    """What a whole list is called in the menu, by its address: its page is called the same."""
    return {item.url(): item.title for _, items in MENU for item in items if not item.query}
