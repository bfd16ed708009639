"""The outcome of a check, written for people and for programs. Each format is a module with `write(outcome) -> str`."""

import importlib

from breakwater.checking import Report
from breakwater.records import record

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")


@record(frozen=True, slots=True)
class Outcome:
    """A report, the command that made it, and what it looked at ("what is staged", "main...HEAD")."""

    tool: str
    subject: str
    report: Report


def written(outcome: Outcome, form: str) -> str:
    """The outcome in that format, with a line's end, or "" where there is nothing to say."""
    text: str = importlib.import_module(f"breakwater.output.{form}").write(outcome)
    return text


def printable(text: str) -> str:
    """Lone surrogates, which no output can carry, as escapes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def readable(text: str) -> str:
    """As a terminal may show it: what would steer it, or turn letters about, as escapes; line ends stay."""
    if text.isprintable():
        return text
    return "".join(c if _is_harmless(c) else c.encode("unicode_escape").decode() for c in printable(text))


def _is_harmless(character: str) -> bool:
    return character.isprintable() or character == "\n" or (character.isspace() and "\xa0" <= character < "\u2028")
