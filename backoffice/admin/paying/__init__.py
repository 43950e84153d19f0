"""Payouts, their batches, the bank's answers, and the tax withheld from them."""

from backoffice.admin.paying import answers, batches, certificates, challans, payouts, quarters, tax

__all__ = ["answers", "batches", "certificates", "challans", "payouts", "quarters", "tax"]
