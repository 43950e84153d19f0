"""The table of screens: each table of the admin, with the letters of who may do what there.

:source: docs/policies/access.md
"""

from __future__ import annotations

from tests.access.table import EVERY_ROLE, Screen

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
