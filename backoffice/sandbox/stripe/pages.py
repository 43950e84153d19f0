"""Pages for the person at the demo: pay as a guest, and see what Stripe would show."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from backoffice.sandbox.stripe.cards import CARDS
from backoffice.sandbox.stripe.wire import ApiError, Row

if TYPE_CHECKING:
    from backoffice.sandbox.stripe.sandbox import Sandbox

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;
color:#1f2937;background:#fff}h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}
td,th{padding:.4rem .6rem;border-bottom:1px solid #e5e7eb;text-align:left}
td.money{text-align:right;font-variant-numeric:tabular-nums}
button{font:inherit;padding:.45rem .9rem;border:0;border-radius:.4rem;background:#4f46e5;
color:#fff;cursor:pointer}label{display:block;padding:.25rem 0}.note{color:#6b7280}
.problem{color:#b91c1c}
"""


def serve(sandbox: Sandbox, method: str, path: str, asked: Row) -> tuple[int, str]:
    """Answer a page: status and HTML, or 303 and where to go."""
    parts = path.strip("/").split("/")
    with sandbox.store.lock:
        if parts == [""]:
            return 200, _front(sandbox)
        if len(parts) == 2 and parts[0] == "pay":
            return _pay(sandbox, method, parts[1], asked)
        if len(parts) == 2 and parts[0] == "3ds":
            return _authenticate(sandbox, method, parts[1], asked)
        if len(parts) == 2 and parts[0] == "resend" and method == "POST":
            sandbox.sender.send(sandbox.store.get("event", parts[1]))
            return 303, "/"
    return 404, _page("Not found", "<p>There is no such page.</p>")


def _page(title: str, body: str) -> str:
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        f"<meta name=viewport content='width=device-width'><style>{STYLE}</style>"
        f"<h1>{escape(title)}</h1>{body}"
        "<p class=note>A stand-in for Stripe. No real card, no real money.</p></html>"
    )


def _amount(row: Row) -> str:
    major, minor = divmod(int(row["amount"]), 100)
    return f"{row['currency'].upper()} {major:,}.{minor:02d}"


def _front(sandbox: Sandbox) -> str:
    intents = "".join(
        f"<tr><td><a href='/pay/{row['client_secret']}'>{row['id']}</a>"
        f"<td>{escape(row['description'] or '')}<td>{row['status']}"
        f"<td class=money>{_amount(row)}"
        for row in sandbox.store.all("payment_intent")[:50]
    )
    events = "".join(
        f"<tr><td>{row['type']}<td>{row['id']}"
        f"<td><form method=post action='/resend/{row['id']}'><button>Resend</button></form>"
        for row in sandbox.store.all("event")[:50]
    )
    return _page(
        "Stripe stand-in",
        f"<h2>Payments</h2><table>{intents or '<tr><td>None yet.'}</table>"
        f"<h2>Events</h2><table>{events or '<tr><td>None yet.'}</table>",
    )


def _intent(sandbox: Sandbox, secret: str) -> Row | None:
    intents = sandbox.store.all("payment_intent")
    return next((row for row in intents if row["client_secret"] == secret), None)


def _pay(sandbox: Sandbox, method: str, secret: str, asked: Row) -> tuple[int, str]:
    intent = _intent(sandbox, secret)
    if intent is None:
        return 404, _page("Not found", "<p>There is no such payment.</p>")
    problem = ""
    if method == "POST":
        try:
            intent = sandbox.intents.confirm(intent, {"payment_method": asked.get("card", "")})
        except ApiError as error:
            problem = f"<p class=problem>{escape(str(error))}</p>"
        if intent["status"] == "requires_action":
            return 303, f"/3ds/{intent['id']}"
    if intent["status"] == "succeeded":
        return 200, _page("Paid", f"<p>{_amount(intent)} is paid. Thank you.</p>")
    cards = "".join(
        f"<label><input type=radio name=card value={card.number} {'checked' if not n else ''}> "
        f"{card.number} {escape(card.label)}</label>"
        for n, card in enumerate(CARDS)
    )
    title = f"Pay {_amount(intent)}"
    what = escape(intent["description"] or "")
    form = f"<form method=post>{cards}<p><button>{title}</button></p></form>"
    return 200, _page(title, f"<p>{what}</p>{problem}{form}")


def _authenticate(sandbox: Sandbox, method: str, intent_id: str, asked: Row) -> tuple[int, str]:
    intent = sandbox.store.get("payment_intent", intent_id)
    if method == "POST" and intent["status"] == "requires_action":
        intent = sandbox.intents.authenticate(intent, passed="pass" in asked)
        return 303, f"/pay/{intent['client_secret']}"
    form = (
        "<form method=post><button name=pass value=1>Approve</button> "
        "<button name=fail value=1>Refuse</button></form>"
    )
    return 200, _page("Your bank asks: is this you?", f"<p>{_amount(intent)}</p>{form}")
