"""Pages for the person at the demo: pay as a guest, and see what Stripe would show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from typing import TYPE_CHECKING

from backoffice.sandbox.stripe.cards import CARDS
from backoffice.sandbox.stripe.wire import ApiError, Row

if TYPE_CHECKING:
    from backoffice.sandbox.stripe.sandbox import Sandbox

SHOWN = 50
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;
color:#1f2937;background:#fff}h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}
td,th{padding:.4rem .6rem;border-bottom:1px solid #e5e7eb;text-align:left}
td.money{text-align:right;font-variant-numeric:tabular-nums}form{display:inline}
button{font:inherit;padding:.45rem .9rem;border:0;border-radius:.4rem;background:#4f46e5;
color:#fff;cursor:pointer}td button{padding:.15rem .6rem;background:#e5e7eb;color:#1f2937}
label{display:block;padding:.25rem 0}.note{color:#6b7280}.problem{color:#b91c1c}
"""

type Page = tuple[int, str]


def serve(sandbox: Sandbox, method: str, path: str, asked: Row) -> Page:
    """Answer a page: status and HTML, or 303 and where to go."""
    name, _, row_id = path.strip("/").partition("/")
    try:
        with sandbox.store.lock:
            if not name:
                return 200, _front(sandbox)
            if method == "POST" and name in ACTIONS:
                ACTIONS[name](sandbox, row_id)
                return 303, "/"
            if name in PAGES:
                return PAGES[name](sandbox, method, row_id, asked)
    except ApiError as error:
        return error.status, _page("That did not work", f"<p>{escape(str(error))}</p>")
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


# --- the front page -------------------------------------------------------------------------


def _front(sandbox: Sandbox) -> str:
    shown = {
        kind: sandbox.store.all(kind)[:SHOWN]
        for kind in ("payment_intent", "refund", "dispute", "event")
    }
    intents = (
        f"<tr><td><a href='/pay/{row['client_secret']}'>{row['id']}</a>"
        f"<td>{escape(row['description'] or '')}<td>{row['status']}"
        f"<td class=money>{_amount(row)}"
        f"<td>{_button('dispute', row, 'Dispute') if row['status'] == 'succeeded' else ''}"
        for row in shown["payment_intent"]
    )
    refunds = (
        f"<tr><td>{row['id']}<td>{row['status']}<td class=money>{_amount(row)}<td>"
        + (_button("settle", row, "Let it arrive") if row["status"] == "pending" else "")
        + (_button("fail", row, "Let it come back") if row["status"] != "failed" else "")
        for row in shown["refund"]
    )
    disputes = (
        f"<tr><td>{row['id']}<td>{row['status']}<td class=money>{_amount(row)}<td>"
        + ("" if row["status"] in {"won", "lost"} else _verdicts(row))
        for row in shown["dispute"]
    )
    events = (
        f"<tr><td>{row['type']}<td>{row['id']}<td>{_button('resend', row, 'Resend')}"
        for row in shown["event"]
    )
    return _page(
        "Stripe stand-in",
        _table("Payments", intents)
        + _table("Refunds", refunds)
        + _table("Disputes", disputes)
        + _table("Events", events),
    )


def _table(title: str, rows: Iterable[str]) -> str:
    return f"<h2>{title}</h2><table>{''.join(rows) or '<tr><td>None yet.'}</table>"


def _button(action: str, row: Row, label: str) -> str:
    where = f"/{action}/{row['id']}"
    return f"<form method=post action='{where}'><button>{label}</button></form> "


def _verdicts(row: Row) -> str:
    return _button("win", row, "We win") + _button("lose", row, "We lose")


# --- paying ---------------------------------------------------------------------------------


def _pay(sandbox: Sandbox, method: str, secret: str, asked: Row) -> Page:
    intents = sandbox.store.all("payment_intent")
    intent = next((row for row in intents if row["client_secret"] == secret), None)
    if intent is None:
        return 404, _page("Not found", "<p>There is no such payment.</p>")
    problem = ""
    if method == "POST":
        try:
            sandbox.intents.confirm(intent, {"payment_method": str(asked.get("card", ""))})
        except ApiError as error:
            problem = f"<p class=problem>{escape(str(error))}</p>"
    if intent["status"] == "requires_action":
        return 303, f"/3ds/{intent['id']}"
    if intent["status"] == "succeeded":
        return 200, _page("Paid", f"<p>{_amount(intent)} is paid. Thank you.</p>")
    if intent["status"] == "canceled":
        return 200, _page("Cancelled", "<p>This payment is cancelled; nothing was charged.</p>")
    cards = "".join(
        f"<label><input type=radio name=card value={card.number} {'checked' if not n else ''}> "
        f"{card.number} {escape(card.label)}</label>"
        for n, card in enumerate(CARDS)
    )
    title = f"Pay {_amount(intent)}"
    what = escape(intent["description"] or "")
    form = f"<form method=post>{cards}<p><button>{title}</button></p></form>"
    return 200, _page(title, f"<p>{what}</p>{problem}{form}")


def _authenticate(sandbox: Sandbox, method: str, intent_id: str, asked: Row) -> Page:
    intent = sandbox.store.get("payment_intent", intent_id)
    if method == "POST" and intent["status"] == "requires_action":
        sandbox.intents.authenticate(intent, passed="pass" in asked)
    if intent["status"] != "requires_action":
        return 303, f"/pay/{intent['client_secret']}"
    form = (
        "<form method=post><button name=pass value=1>Approve</button> "
        "<button name=fail value=1>Refuse</button></form>"
    )
    return 200, _page("Your bank asks: is this you?", f"<p>{_amount(intent)}</p>{form}")


def _resend(sandbox: Sandbox, event_id: str) -> None:
    sandbox.sender.send(dict(sandbox.store.get("event", event_id)))


PAGES: dict[str, Callable[[Sandbox, str, str, Row], Page]] = {"pay": _pay, "3ds": _authenticate}
ACTIONS: dict[str, Callable[[Sandbox, str], object]] = {
    "resend": _resend,
    "dispute": lambda sandbox, row_id: sandbox.dispute(row_id),
    "settle": lambda sandbox, row_id: sandbox.settle_refund(row_id),
    "fail": lambda sandbox, row_id: sandbox.fail_refund(row_id),
    "win": lambda sandbox, row_id: sandbox.close_dispute(row_id, "won"),
    "lose": lambda sandbox, row_id: sandbox.close_dispute(row_id, "lost"),
}
