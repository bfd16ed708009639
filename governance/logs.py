"""Log lines that can be trusted: one record is one line, nothing in it acts on a terminal or a page, no secret.

The values are other people's: an address somebody asked for, a browser's name, the text of an exception.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
RESET = re.compile(r"(login/reset/)[0-9A-Za-z]+-(?!set-password\b)[0-9A-Za-z-]+")
"""The link that sets a new password. What allauth redirects to holds no key."""
SIGN_ON = re.compile(r"(login/provider/back/\?)[^\s\"']+")
"""What the provider of single sign-on sends back: a code, and the state that it belongs to."""
FEED = re.compile(r"(calendar/feed/)[^/\s?]+(?=\.ics)")
"""The address of somebody's calendar: whoever knows it reads it."""
TOKEN = re.compile(r"(?i)(\btoken\s+)[0-9a-z]{20,}")
URL_PASSWORD = re.compile(r"(\w+://[^\s:/@]*:)[^\s/@]+(?=@)")
SECRET_NAMES = re.compile(r"(?i)pass(word|phrase)|secret|token|cookie|authorization|api_?key|signing_?key|session_?key")
ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that steer instead of being read: line breaks, escapes, directions of writing."""
FOR_JSON = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def redacted(value: Any) -> Any:
    """The same without secrets: by the shape of the text, and by the name under which a value stands."""
    if isinstance(value, Mapping):
        return {key: HIDDEN if _is_secret(key, inner) else redacted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(inner) for inner in value]
    if not isinstance(value, str):
        return value
    text = value
    for pattern in (RESET, SIGN_ON, FEED):
        text = pattern.sub(rf"\1{HIDDEN}", text)
    return URL_PASSWORD.sub(rf"\1{HIDDEN}", TOKEN.sub(rf"\1{HIDDEN}", text))


def _is_secret(key: Any, value: Any) -> bool:
    return isinstance(value, str | bytes) and SECRET_NAMES.search(str(key)) is not None


def spelled(text: str) -> str:
    """What steers a terminal or opens a tag is written out: `\\n`, `\\x1b`, `\\x3c`."""
    return "".join(_spelled(char) for char in text)


def _spelled(char: str) -> str:
    if char in "<>":
        return f"\\x{ord(char):02x}"
    return char.encode("unicode_escape").decode() if unicodedata.category(char) in ACTING else char


def without_secrets(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    clean: EventDict = redacted(event)
    return clean


def on_one_line(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """For the console, which prints texts as they are. A traceback keeps its lines, each of them marked."""
    trace = event.pop("exception", None)
    lines: EventDict = {spelled(str(key)): _told(value) for key, value in event.items()}
    if trace is not None:
        lines["exception"] = "\n".join(f"  | {spelled(line)}" for line in str(trace).split("\n"))
    return lines


def _told(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | None) else spelled(str(value))


def as_json(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """One line of ASCII: JSON escapes what steers, and no line holds a tag, whatever shows it later."""
    line = structlog.processors.JSONRenderer()(logger, name, event)
    return str(line, "utf-8").translate(FOR_JSON) if isinstance(line, bytes) else line.translate(FOR_JSON)


TOLD: tuple[Processor, ...] = (
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)
"""What every record gets, also those of libraries that know only `logging`."""


def formatter(*, production: bool) -> dict[str, Any]:
    """The formatter of all handlers, for LOGGING."""
    last: tuple[Processor, ...] = (as_json,)
    if not production:
        console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        last = (on_one_line, console)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    chain = [remove, without_secrets, *last]
    return {"()": "structlog.stdlib.ProcessorFormatter", "foreign_pre_chain": list(TOLD), "processors": chain}
