"""Names of uploaded files: kept to be read by people, never used as an address.

:source: docs/policies/compliance.md
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 100
# Control and formatting characters, such as the one that turns the reading direction round.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean_name(name: str, *, suffix: str) -> str:
    """A name without folders, unseen characters and foreign endings, ending in ``suffix``.

    :param suffix: the ending that fits the content as it was found, such as ``.pdf``
    """
    normal = unicodedata.normalize("NFKC", name)
    seen = "".join(each for each in normal if unicodedata.category(each) not in UNSEEN)
    last = re.split(r"[\\/]", seen)[-1]
    stem = last.split(".")[0] if "." in last else last
    plain = re.sub(r"[^\w ()+-]", "_", stem).strip(" _-")
    return f"{plain[: LONGEST - len(suffix)] or 'document'}{suffix}"
