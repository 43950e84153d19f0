from domain.compliance.models.accounts import AccountState, BankAccount
from domain.compliance.models.erasures import Erasure, ErasureState
from domain.compliance.models.files import DocumentKind, PrivateDocument
from domain.compliance.models.identity import IdentityState, TaxIdentity
from domain.compliance.models.kyc import KycCase, KycState, Nominee, NomineeState
from domain.compliance.models.register import (
    ComplianceDocument,
    Gate,
    RegisterKind,
    RegisterState,
)

__all__ = [
    "AccountState",
    "BankAccount",
    "ComplianceDocument",
    "DocumentKind",
    "Erasure",
    "ErasureState",
    "Gate",
    "IdentityState",
    "KycCase",
    "KycState",
    "Nominee",
    "NomineeState",
    "PrivateDocument",
    "RegisterKind",
    "RegisterState",
    "TaxIdentity",
]
