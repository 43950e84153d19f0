"""Files from outside: believed by their content alone, made anew, and kept in private.

:source: docs/policies/compliance.md
"""

from domain.compliance.files.accepting import LARGEST_FILE, Accepted, accept
from domain.compliance.files.storing import delete_stored, keep, kept, read_stored

__all__ = ["LARGEST_FILE", "Accepted", "accept", "delete_stored", "keep", "kept", "read_stored"]
