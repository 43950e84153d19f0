from __future__ import annotations

import json
import logging

import pytest
from django.core.exceptions import PermissionDenied

from backoffice.logs import JsonFormatter, RedactingFormatter, RequestIdFilter, redact
from domain.common.context import acting


class TestRedact:
    @pytest.mark.parametrize(
        "secret",
        [
            "ada@example.com",
            "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
            "rk_test_1234",
            "whsec_abcdef",
            "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH",
            "+1 (212) 555-0123",
            "+919876543210",
            "212-555-0123",
            "4242 4242 4242 4242",
        ],
    )
    def test_removes(self, secret: str) -> None:
        assert secret not in redact(f"before {secret} after")
        assert redact(f"before {secret} after").startswith("before [")

    @pytest.mark.parametrize(
        "text",
        [
            "Authorization: Bearer abc.def-123",
            "?access_token=abc.def-123&x=1",
            '{"password": "abc.def-123"}',
        ],
    )
    def test_hides_values_by_their_names(self, text: str) -> None:
        assert "abc.def-123" not in redact(text)

    @pytest.mark.parametrize(
        "text",
        [
            "booking MM-2026-000123 for 172500 cents",
            "pi_3MtwBwLkdIwHu7ix28a3tqPa",
            "2026-11-21T05:12:53.123Z 10.0.0.9",
            "transfer 123456789",
        ],
    )
    def test_leaves_what_operators_need(self, text: str) -> None:
        assert redact(text) == text


def record(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("x").makeRecord(
        "x", logging.INFO, __file__, 1, message, arguments, None, extra=extra
    )
    RequestIdFilter().filter(made)
    return made


class TestJsonFormatter:
    def test_writes_one_object_with_the_request_id(self) -> None:
        with acting(request_id="abc123"):
            line = json.loads(JsonFormatter().format(record("paid %s", 7, booking="B-1")))
        assert (line["request_id"], line["message"], line["booking"]) == ("abc123", "paid 7", "B-1")

    def test_redacts_message_extras_and_tracebacks(self) -> None:
        entry = record("to %s", "ada@example.com", contact="ada@example.com")
        try:
            raise ValueError("ada@example.com")
        except ValueError as error:
            entry.exc_info = (type(error), error, error.__traceback__)
        assert "ada@example.com" not in JsonFormatter().format(entry)
        assert "ada@example.com" not in RedactingFormatter().format(entry)


def test_a_refusal_is_one_line_and_a_fault_is_more(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("django.request")
    for raised in (PermissionDenied("no"), ValueError("broken")):
        logger.warning("Told", exc_info=(type(raised), raised, None))
    assert [bool(each.exc_info) for each in caplog.records] == [False, True]
