"""Who people are and what the business has to have: KYC, PANs, bank accounts, the register."""

from backoffice.admin.compliance import accounts, erasures, identities, kyc, register

__all__ = ["accounts", "erasures", "identities", "kyc", "register"]
