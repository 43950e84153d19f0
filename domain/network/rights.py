from __future__ import annotations

from domain.common.actors import Actor, System, may
from domain.common.errors import NotPermitted
from domain.staff.roles import holders, meaning


def require_right(actor: Actor, right: str) -> None:
    """:raises NotPermitted: a member of staff without the right; the system may"""
    if not isinstance(actor, System) and not may(actor, right):
        who = " or ".join(holders(right))
        raise NotPermitted(f"You may not {meaning(right)}; {who} may.")
