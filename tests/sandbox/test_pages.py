from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from backoffice.sandbox.stripe import Sandbox
from tests.sandbox.receiver import Receiver


@pytest.fixture
def visit(sandbox: Sandbox) -> Callable[..., tuple[int, str]]:
    """Visit a page: status and body, or where it leads to. Fields make it a POST."""

    def go(path: str, **fields: str) -> tuple[int, str]:
        link = HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port or 0, timeout=5)
        link.request("POST" if fields else "GET", path, urlencode(fields))
        answer = link.getresponse()
        body = answer.read().decode()
        link.close()
        return answer.status, answer.getheader("Location") or body

    return go


class TestCheckout:
    def test_takes_a_payment(self, visit: Any, client: Any, new_intent: Callable[..., Any]) -> None:
        intent = new_intent(17_250, description="Booking <TT-1>")
        page = f"/pay/{intent.client_secret}"
        status, body = visit(page)
        assert status == 200
        assert "Pay USD 172.50" in body
        assert "Booking &lt;TT-1&gt;" in body

        assert "is paid" in visit(page, card="4242424242424242")[1]
        assert client.payment_intents.retrieve(intent.id).status == "succeeded"
        assert "is paid" in visit(page)[1]

    def test_says_when_a_card_is_declined(self, visit: Any, new_intent: Callable[..., Any]) -> None:
        page = f"/pay/{new_intent().client_secret}"
        assert "insufficient funds." in visit(page, card="4000000000009995")[1]
        assert "No such PaymentMethod" in visit(page, card="1234")[1]
        assert "is paid" in visit(page, card="5555555555554444")[1]

    @pytest.mark.parametrize(("answer", "shown"), [("pass", "is paid"), ("fail", "Pay USD")])
    def test_asks_the_bank(
        self, visit: Any, new_intent: Callable[..., Any], answer: str, shown: str
    ) -> None:
        intent = new_intent()
        page = f"/pay/{intent.client_secret}"
        assert visit(page, card="4000002760003184") == (303, f"/3ds/{intent.id}")
        assert "is this you?" in visit(f"/3ds/{intent.id}")[1]
        assert visit(f"/3ds/{intent.id}", **{answer: "1"}) == (303, page)
        assert shown in visit(page)[1]

    def test_takes_nothing_for_a_cancelled_payment(
        self, visit: Any, client: Any, new_intent: Callable[..., Any]
    ) -> None:
        intent = new_intent()
        client.payment_intents.cancel(intent.id)
        assert "cancelled" in visit(f"/pay/{intent.client_secret}")[1]

    @pytest.mark.parametrize("path", ["/pay/none", "/3ds/none", "/nowhere", "/resend/none"])
    def test_knows_only_its_own(self, visit: Any, path: str) -> None:
        assert visit(path)[0] == 404


class TestFrontPage:
    def test_shows_everything_with_its_buttons(
        self, visit: Any, client: Any, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        assert "None yet." in visit("/")[1]
        refund = client.refunds.create({"payment_intent": paid(card="pm_card_pendingRefund")})
        intent_id = paid()

        assert visit(f"/dispute/{intent_id}", go="1") == (303, "/")
        [dispute] = sandbox.made("dispute")
        body = visit("/")[1]
        for shown in (intent_id, refund.id, dispute["id"], "Let it arrive", "We lose", "Resend"):
            assert shown in body

        assert visit(f"/settle/{refund.id}", go="1") == (303, "/")
        assert visit(f"/win/{dispute['id']}", go="1") == (303, "/")
        assert sandbox.made("refund")[0]["status"] == "succeeded"
        assert sandbox.made("dispute")[0]["status"] == "won"
        assert visit(f"/lose/{dispute['id']}", go="1")[0] == 400

    def test_sends_an_event_again(
        self, visit: Any, receiver: Receiver, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        new_intent()
        receiver.wait_for(1)
        assert visit(f"/resend/{sandbox.events[0]['id']}", go="1") == (303, "/")
        first, second = receiver.wait_for(2)
        assert first == second


class TestLimits:
    def test_refuse_what_is_too_large_or_malformed(self, sandbox: Sandbox) -> None:
        def post(body: str, **headers: str) -> int:
            link = HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port or 0, timeout=5)
            link.request(
                "POST", "/v1/refunds", body, {"Authorization": "Bearer sk_test_1"} | headers
            )
            status = link.getresponse().status
            link.close()
            return status

        assert post("", **{"Content-Length": "9999999"}) == 413
        assert post("", **{"Content-Length": "x"}) == 413
        assert post("a=1&a[b]=2") == 400
        assert post("[]=1&metadata=x") == 400
