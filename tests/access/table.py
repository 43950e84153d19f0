"""Who may open what, as docs/policies/access.md says it: what the crawl compares the admin with.

One letter a role: C for customer service, L for logistics coordinator, F for finance manager,
O for operations manager, A for admin; N is staff without a role and S a superuser. Nothing here is
asked of the code that is tested: a right given there by mistake differs from this table.
An address that nothing here describes fails the crawl, by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tests.access.addresses import Address

EVERY_ROLE, NOBODY = "CLFOA", ""
ALL_STAFF = EVERY_ROLE + "N"


@dataclass(frozen=True, slots=True)
class Rule:
    """``acts``: a POST does something; ``shows``: a GET shows something. ``got`` is what those
    let in get on GET, where it is no page; ``refusals`` is what the others get.
    """

    who: str
    shows: bool = True
    acts: bool = False
    got: int = 200
    refusals: frozenset[int] = frozenset({403, 404})

    def lets_in(self, visitor: str) -> bool:
        return bool(self.who) if visitor == "S" else visitor in self.who


@dataclass(frozen=True, slots=True)
class Screen:
    """A table's screen: who sees it and who exports it; then what else it has, each with who may.

    ``acts`` show a dialog and act on POST, ``posts`` take a POST only, ``pages`` only show.
    """

    sees: str
    exports: str
    acts: dict[str, str] = field(default_factory=dict)
    posts: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    change: int = 200


def page(who: str, got: int = 200) -> Rule:
    return Rule(who, got=got)


def act(who: str, got: int = 200) -> Rule:
    return Rule(who, acts=True, got=got)


def post(who: str) -> Rule:
    return Rule(who, shows=False, acts=True, got=405)


def told(rule: Rule) -> Rule:
    """Who is refused is led back, and told why there."""
    return replace(rule, refusals=frozenset({302, 403, 404}))


def rule_of(address: Address) -> Rule | None:
    """The rule for an address, or None when nobody has said who may open it."""
    from tests.access.pages import PAGES
    from tests.access.screens import SCREENS

    if address.name in PAGES:
        return PAGES[address.name]
    screen = SCREENS.get(address.table)
    return _of_a_screen(screen, address.page) if screen is not None else None


def _of_a_screen(screen: Screen, name: str) -> Rule | None:
    if name in screen.acts:
        return act(screen.acts[name])
    if name in screen.posts:
        return post(screen.posts[name])
    if name in screen.pages:
        return page(screen.pages[name])
    has_steps = any(act.startswith("step_") for act in screen.acts)
    return {
        "changelist": page(screen.sees),
        "change": page(screen.sees, screen.change),
        "history": page(screen.sees),
        "why_not": page(screen.sees, 200 if has_steps else 404),
        # Nobody adds or deletes rows by hand, whatever their roles.
        "add": act(NOBODY),
        "delete": act(NOBODY),
        "export": post(screen.exports),
    }.get(name)
