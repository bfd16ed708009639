"""The lines of a message and what they may be: header, footer, item of the `- Updated` list."""

import re

TYPES = ("feat", "fix", "build", "chore", "ci", "docs", "perf", "refactor", "revert", "style", "test")
SCISSORS = " ------------------------ >8 ------------------------"
SHAPE = "`type(scope)!: summary`"

Lines = list[tuple[int, str]]  # number in the text as given (from 1), line without trailing blanks
Found = list[tuple[int, str, list[str]]]  # a footer: line number, token, lines of the value

BREAKING = ("BREAKING CHANGE", "BREAKING-CHANGE", "BREAKING CHANGES", "BREAKING-CHANGES")
"""The two that Conventional Commits knows, and the plurals that people write and few tools see (CM010)."""
PLURALS = BREAKING[2:]
BLANKS = " \t\r"
TYPE = r"[A-Za-z][A-Za-z0-9_-]*+"
SCOPE = r"(?:\((?P<scope>[^()]*+)\))?"
HEADER = re.compile(rf"(?P<type>{TYPE}){SCOPE}(?P<mark>!)?: (?P<summary>.+)", re.DOTALL)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*+")
TOKEN = re.compile(
    rf"(?:(?P<breaking>BREAKING[ -]CHANGES?)(?::| (?=#))|(?P<name>{NAME.pattern})(?:: | (?=#)))(?P<value>.*)", re.DOTALL
)
ITEM = re.compile(r"[ \t]*[-*][ \t]+(?i:updated)[ \t]+(?P<path>\S.*)", re.DOTALL)
ISSUES = re.compile(r"#[0-9]++(?:[ \t]*,[ \t]*#[0-9]++)*+(?!\w)")
NUMBER = re.compile(r"[0-9]+")


def kept_lines(text: str, comment: str = "") -> Lines:
    """The lines that `git stripspace` keeps, with their numbers."""
    kept: Lines = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip(BLANKS)
        if comment and raw.startswith(comment):
            if line == comment + SCISSORS:
                break
        elif line or (kept and kept[-1][1]):
            kept.append((number, line))
    return kept[:-1] if kept and not kept[-1][1] else kept


def plain(text: str) -> str:
    """Without what a UTF-8 commit message cannot hold: NUL goes, a lone surrogate becomes `?`."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\0", "")


def starts_footer(line: str, *, anywhere: bool) -> re.Match[str] | None:
    """The footer that this line starts; `anywhere` is false inside a paragraph of the body."""
    match = TOKEN.match(line)
    return match if match and (anywhere or match["breaking"]) else None


def unknown_type(kind: str) -> str:
    return f"The type {kind!r} is unknown: use one of {', '.join(TYPES)}."
