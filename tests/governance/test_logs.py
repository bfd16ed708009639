"""What a log line may hold (test plan, rows 22 and 35)."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.stdlib import ProcessorFormatter

from governance import logs

HOSTILE = "a\r\n2031-01-01 [info] approved\x1b[2J\x9b31m\u2028\u202e<script>alert(1)</script>"
KEY = "3-dxx4k1-0123456789abcdef0123456789abcdef"


def line(message: Any, *, production: bool, exception: Exception | None = None) -> str:
    facts = logs.formatter(production=production)
    formatter = ProcessorFormatter(foreign_pre_chain=facts["foreign_pre_chain"], processors=facts["processors"])
    trace = None
    if exception is not None:
        try:
            raise exception
        except Exception:
            trace = sys.exc_info()
    record = logging.LogRecord("library", logging.ERROR, __file__, 1, message, (), trace)
    if isinstance(message, dict):
        record.__dict__ |= {"_logger": logging.getLogger("ours"), "_name": "error"}
    return formatter.format(record)


@given(st.text())
@example(HOSTILE)
def test_production_line_is_one_line_of_plain_json_whatever_is_logged(text: str) -> None:
    for message in ({"event": text, "path": text, text or "key": [text]}, text):
        printed = line(message, production=True)

        assert printed.isascii()
        assert printed.isprintable()
        assert not set("<>") & set(printed)
        assert logs.redacted(text) == json.loads(printed)["event"]


@given(st.text())
@example(HOSTILE)
def test_console_line_is_one_line_without_steering_characters(text: str) -> None:
    for message in ({"event": text, "path": text, "more": [text]}, text):
        printed = line(message, production=False)

        values = printed
        for colour in ("\x1b[0m", "\x1b[1m", "\x1b[2m"):
            values = values.replace(colour, "")
        values = "".join(part.partition("m")[2] if n else part for n, part in enumerate(values.split("\x1b[3")))
        assert "\n" not in values
        assert not [char for char in values if char in "\r\x1b\x9b\u2028\u202e"]
        assert "<script" not in values


@pytest.mark.parametrize("production", [True, False])
def test_exception_cannot_forge_a_line(production: bool) -> None:
    printed = line("Internal Server Error", production=production, exception=ValueError(HOSTILE))

    first, *more = printed.split("\n")
    assert "Internal Server Error" in first
    assert [trace for trace in more if not trace.startswith("  | ")] == []
    assert "ValueError" in printed
    assert "\x1b[2J" not in printed
    assert "<script" not in printed


@pytest.mark.parametrize("production", [True, False])
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"GET /login/reset/{KEY}/", "dxx4k1"),
        ("Authorization: Token 0123456789abcdef0123456789abcdef", "0123456789abcdef"),
        ("GET /login/provider/back/?code=hunter22&state=x", "hunter22"),
        ("cannot reach postgresql://breakwater:hunter22@db/breakwater", "hunter22"),
    ],
)
def test_secret_in_a_text_is_hidden(text: str, secret: str, production: bool) -> None:
    for message in ({"event": "request_started", "request": text}, text):
        printed = line(message, production=production, exception=ValueError(text))

        assert secret not in printed
        assert "hidden" in printed


@pytest.mark.parametrize("name", ["password", "SECRET_KEY", "signing_key", "Authorization", "session_key", "token"])
def test_value_that_is_named_a_secret_is_hidden(name: str) -> None:
    printed = json.loads(line({"event": "x", "deep": {name: "hunter22"}, name: "hunter22"}, production=True))

    assert (printed["deep"], printed[name]) == ({name: "[hidden]"}, "[hidden]")


def test_address_of_the_page_behind_the_link_stays_readable() -> None:
    assert logs.redacted("GET /login/reset/3-set-password/") == "GET /login/reset/3-set-password/"
