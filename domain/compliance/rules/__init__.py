"""Pure checks of what people hand in: identifiers, account numbers, names of files.

:source: docs/policies/compliance.md
"""

from domain.compliance.rules.accounts import account_errors, mask_number, normal_ifsc, normal_number
from domain.compliance.rules.names import clean_name
from domain.compliance.rules.pan import (
    HOLDERS,
    SURNAME_DIFFERS,
    PanCheck,
    PanStatus,
    check_pan,
    mask_pan,
)

__all__ = [
    "HOLDERS",
    "SURNAME_DIFFERS",
    "PanCheck",
    "PanStatus",
    "account_errors",
    "check_pan",
    "clean_name",
    "mask_number",
    "mask_pan",
    "normal_ifsc",
    "normal_number",
]
