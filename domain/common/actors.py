"""Who acts: a member of staff, or the system under a name. Never nobody."""

from __future__ import annotations

from dataclasses import dataclass

from domain.staff.models import Staff


@dataclass(frozen=True, slots=True)
class System:
    """Work done by no member of staff: ``webhook``, ``guest``, ``job:expire_bookings``."""

    name: str

    def __str__(self) -> str:
        return f"System ({self.name.replace('_', ' ').replace(':', ': ')})"


type Actor = Staff | System


def actor_label(actor: Actor) -> str:
    return str(actor) if isinstance(actor, System) else actor.display_name()


def role_of(actor: Actor) -> str:
    """Name the role under which the actor acts, as the audit trail keeps it."""
    if isinstance(actor, System):
        return "system"
    return ", ".join(actor.role_names()) or ("superuser" if actor.is_superuser else "no role")


def staff_id(actor: Actor) -> int | None:
    return actor.pk if isinstance(actor, Staff) else None


def may(actor: Actor, permission: str) -> bool:
    return isinstance(actor, Staff) and actor.is_active and actor.has_perm(permission)
