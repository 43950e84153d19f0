"""The table itself: each screen and each page of the admin, with the letters of who may.

:source: docs/policies/access.md
"""

from __future__ import annotations

from tests.access.table import ALL_STAFF, EVERY_ROLE, NOBODY, Rule, Screen, act, page, post, told

# What the catalog holds is seen by everybody, and changed by who imports it.
CATALOG = Screen(EVERY_ROLE, "LFO", acts={"edit": "O", "new": "O"})


def documents(who: str) -> dict[str, str]:
    return {"documents": who, "document_remove": who}


SCREENS: dict[str, Screen] = {
    "booking": Screen(
        EVERY_ROLE,
        "FO",
        acts={
            "add": "CO",
            "add_vehicle": "CO",
            "step_dispatch": "LO",
            "step_complete": "LO",
            "step_activate": "O",
            "step_deliver": "LO",
            "step_reactivate": "O",
            "step_cancel": "CLO",
            "refund": "CFO",
            "amend": "CO",
            "contact": "CO",
            "access": "CO",
            "assign": "CLO",
            "offline": "CFO",
            "waive": "CFO",
            "rebook": "CO",
        },
        posts={"care": "CO", "quote": "CO", "plan": "CO"},
        pages={
            "customers": "CO",
            "timeline": EVERY_ROLE,
            "totals": EVERY_ROLE,
            "reprice": "CFOA",
            "cancel_preview": "CFOA",
            "refund_preview": "CFO",
            "rebook_preview": "CO",
        },
    ),
    "vehiclestock": Screen(EVERY_ROLE, "FO", acts={"count": "O"}),
    "instalment": Screen("CFOA", "FO", pages={"totals": "CFOA"}),
    "instalmentwaiver": Screen(
        "CFOA", "FO", acts={"step_approve": "FO", "step_deny": "FO", "step_withdraw": "CFO"}
    ),
    "message": Screen(
        "CFOA", "FO", acts={"step_retry": "CO", "step_release": "CO", "step_hold": "CO"}
    ),
    # --- Money ------------------------------------------------------------------------------------
    "payment": Screen(
        "CFOA", "FO", acts={"step_approve": "FO", "step_reject": "FO", "refund": "CFO"}
    ),
    "refund": Screen(
        "CFOA",
        "FO",
        acts={
            "step_approve": "FOA",
            "step_deny": "FOA",
            "step_withdraw": "CFO",
            "step_settle": "FO",
        },
    ),
    "dispute": Screen("FOA", "FO"),
    "moneycase": Screen(
        "FOA",
        "FO",
        acts={
            "take": "F",
            "reactivate": "O",
            "move": "F",
            "move_deposit": "F",
            "refund": "F",
            "deposit": "F",
            "wallet": "F",
            "close": "F",
            "propose": "F",
            "reopen": "F",
        },
    ),
    "entry": Screen("FO", "FO"),
    "manualentry": Screen(
        "FO", "FO", acts={"draft": "F", "step_approve": "O", "step_deny": "O", "lock_month": "F"}
    ),
    # --- Payouts and tax --------------------------------------------------------------------------
    "payout": Screen(
        "CFOA",
        "FO",
        acts={
            "step_approve": "FOA",
            "step_endorse": "FOA",
            "step_reject": "FOA",
            "step_withdraw": "CO",
            "step_resend": "F",
            "ask": "CO",
            "hold": "FO",
            "let_go": "FO",
        },
    ),
    "payoutbatch": Screen(
        "FO",
        "FO",
        acts={"step_make_file": "F", "step_release": "O", "step_discard": "F", "make": "F"},
    ),
    "bankanswer": Screen("FO", "FO", acts={"step_discard": "FO", "apply": "FO"}),
    "taxrecord": Screen("FO", "FO"),
    "taxquarter": Screen("FO", "FO", acts={"step_lock": "F", "file_it": "O", "correct_it": "O"}),
    "challan": Screen("FO", "FO", acts={"step_confirm": "O", "step_discard": "F", "draft": "F"}),
    "lowerdeductioncertificate": Screen(
        "FO",
        "FO",
        acts={"step_verify": "O", "step_deny": "O", "step_withdraw": "O", "enter": "F"},
    ),
    # --- The network ------------------------------------------------------------------------------
    "member": Screen(
        "CFO",
        "FO",
        acts={
            "enrol": "CO",
            "put": "O",
            "correct_sponsor": "CO",
            "agreement": "CO",
            "correct_place": "O",
            "transmit": "CO",
            "release_reserve": "F",
            "step_terminate": "O",
            "step_clear_wallet": "F",
            "step_report_death": "O",
        },
    ),
    "placementcorrection": Screen(
        "CFO", "FO", acts={"step_apply": "O", "step_deny": "O", "step_withdraw": "O"}
    ),
    "transmission": Screen(
        "CFO", "FO", acts={"step_approve": "FO", "step_deny": "FO", "step_withdraw": "CO"}
    ),
    "commissionrun": Screen(
        "CFO",
        "FO",
        acts={
            "new_run": "F",
            "step_compute": "F",
            "step_approve": "O",
            "step_post": "FO",
            "step_void": "F",
        },
        pages={"what_if": "CFO"},
    ),
    "pair": Screen("CFO", "FO"),
    "reserverelease": Screen("CFO", "FO", acts={"step_release": "O", "step_deny": "O"}),
    # --- People and their papers ------------------------------------------------------------------
    "customer": Screen(
        "CFOA",
        "FO",
        acts={
            "new_customer": "CO",
            "edit": "CO",
            "add_address": "CO",
            "begin_kyc": "C",
            "give_pan": "CF",
            "give_account": "CF",
            "give_nominee": "C",
            "erase_person": "CO",
        },
    ),
    "erasure": Screen(
        "CFO", "FO", acts={"step_erase": "FO", "step_deny": "FO", "step_withdraw": "CO"}
    ),
    "kyccase": Screen(
        "CFO",
        "FO",
        acts={"step_submit": "C", "step_resubmit": "C", "step_verify": "F", "step_reject": "F"},
        posts=documents("C"),
        pages={"document": "FO"},
    ),
    "bankaccount": Screen(
        "CFO",
        "FO",
        acts={"step_verify": "FO", "step_reject": "FO", "step_close": "CF", "reveal": "FO"},
        posts=documents("CF"),
        pages={"document": "FO"},
    ),
    "taxidentity": Screen(
        "CFO",
        "FO",
        acts={"step_verify": "FO", "step_reject": "FO", "step_end": "FO", "reveal": "FO"},
    ),
    "compliancedocument": Screen(
        "FOA",
        "FO",
        acts={"register_document": "FO", "step_withdraw": "FO"},
        posts=documents("FO"),
        pages={"document": "FO"},
    ),
    "staff": Screen(
        "OA",
        "O",
        acts={
            "new_colleague": "OA",
            "edit": "OA",
            "change_roles": "OA",
            "give_link": "OA",
            "deactivate": "OA",
            "reactivate": "OA",
        },
    ),
    # The list says all; a line has no page of its own.
    "staffaction": Screen("OA", "O", change=404),
    # --- Catalog ----------------------------------------------------------------------------------
    "minimovepackage": CATALOG,
    "organizingservice": CATALOG,
    "specialtyitem": CATALOG,
    "standarddeliveryconfig": CATALOG,
    "servicezone": CATALOG,
    "surchargerule": CATALOG,
    "taxrate": CATALOG,
    "vehicle": Screen(
        EVERY_ROLE,
        "LFO",
        acts=CATALOG.acts,
        posts={"pictures": "O", "picture": "O"},
    ),
    "changeset": Screen(
        EVERY_ROLE,
        "LFO",
        acts={"step_submit": "O", "step_apply": "O", "step_discard": "O", "revert_change": "O"},
    ),
    # --- System -----------------------------------------------------------------------------------
    "datedsetting": Screen(
        "FOA",
        "FO",
        acts={
            "step_approve": "OA",
            "step_deny": "OA",
            "step_withdraw": "FO",
            "profile": "FO",
            "propose": "FO",
        },
    ),
    "auditentry": Screen("FOA", "FO"),
    "webhookevent": Screen("FOA", "FO", acts={"step_replay": "FA"}),
}

# The plan of the house is the operations manager's, to cancel bookings; it is shown to who prepared
# it, to who may decide it, and to who reads the audit trail.
PLAN_SEEN = "FOA"
PAGES: dict[str, Rule] = {
    "index": page(ALL_STAFF),
    "home_panels": page(ALL_STAFF),
    "access": page(ALL_STAFF),
    "find": page(ALL_STAFF),
    "search": page(ALL_STAFF),
    "jsi18n": page(ALL_STAFF),
    "password_change": act(ALL_STAFF),
    "password_change_done": page(ALL_STAFF),
    "login": page(ALL_STAFF, 302),
    "logout": Rule(ALL_STAFF, shows=False, acts=True, got=405),
    "set_password": page(ALL_STAFF, 410),
    "view_on_site": page(ALL_STAFF, 404),
    "autocomplete": page(NOBODY),
    "catalog": page(EVERY_ROLE),
    "catalog_import": act("O"),
    "catalog_remarks": page("O", 404),
    "catalog_export": post("LFO"),
    "integrity": page("FOA"),
    "integrity_run": post("FOA"),
    "integrity_check": post("FOA"),
    "jobs": page("FOA"),
    "job_retry": post("FA"),
    "ledger": page("FO"),
    "ledger_account": page("FO"),
    "ledger_export": post("FO"),
    "ledger_account_export": post("FO"),
    "reports": page("FOA"),
    "report": page("FOA"),
    "report_owed": page("FOA"),
    "report_entries": page("FOA", 404),
    "report_export": post("FO"),
    # Of members and what is theirs, a report's figures are open and its rows are not.
    "report_rows": page("FO"),
    "report_register": page("FO"),
    "report_register_export": post("FO"),
    "wallet": page("CFO"),
    "wallet_statement": page("CFO"),
    "member_month": page("CFO"),
    "settings": page("FOA"),
    "audit_replay": page("FOA"),
    "refund_queue": page("CFOA"),
    "refund_live": page("CFOA"),
    "payment_live": page("CFOA"),
    "case_queue": page("FOA", 302),
    "case_sides": page("FOA"),
    "holding_list": page("CFO"),
    "tree": page("CFO"),
    "tree_search": page("CFO"),
    "tree_branch": page("CFO"),
    "tree_card": page("CFO"),
    "kyc_queue": page("CFO", 302),
    "payout_queue": page("CFOA"),
    "payout_batch_file": page("FO"),
    "bank_answer_import": act("FO"),
    "certificate_import": act("F"),
    "tax_year": act("FO"),
    "tax_statement": page("FO"),
    "tax_quarter_statement": page("FO"),
    "tax_quarter_filed": page("FO"),
    "plan_prepare": post("CLO"),
    "plan_run": post("O"),
    "plan_request": told(post("O")),
    "plan_deny": post("O"),
    "plan_withdraw": told(post("O")),
    "plan_undo": told(post("O")),
    "plan_export": post("FO"),
    "plan_progress": page(PLAN_SEEN),
    "domain_plan_changelist": page(EVERY_ROLE),
    "domain_plan_add": act(NOBODY),
    "domain_plan_delete": act(NOBODY),
    "domain_plan_change": page(PLAN_SEEN),
    "domain_plan_history": told(page(PLAN_SEEN)),
    "domain_plan_why_not": page(PLAN_SEEN),
    "domain_plan_export": post("FO"),
    "domain_plan_step_request": act("O"),
    "domain_plan_step_run": act("O"),
    "domain_plan_step_deny": act("O"),
    "domain_plan_step_withdraw": act("O"),
}
