"""Commit messages in the process's own format: read, written and judged.

Sources: the process, "Commit Message Format" (a breaking change is marked twice, by `!` and by the
`BREAKING CHANGE:` footer; the footer's value holds the `- Updated path` list; `Closes #N` names the
issue); the rules CM001 to CM007; Conventional Commits 1.0 for the grammar. CM006 and CM008 need a
tree and a comparison, so they live with the callers that have one.

Lines are git's lines: only LF ends one, and only space, tab and CR count as trailing blanks. Every
function is linear in the length of the text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

TYPES = ("feat", "fix", "build", "chore", "ci", "docs", "perf", "refactor", "revert", "style", "test")
SCISSORS = " ------------------------ >8 ------------------------"
SHAPE = "`type(scope)!: summary`"

_Lines = list[tuple[int, str]]  # number in the text as given (from 1), line without trailing blanks
_Found = list[tuple[int, str, list[str]]]  # a footer: line number, token, lines of the value

_BREAKING = ("BREAKING CHANGE", "BREAKING-CHANGE")
_BLANKS = " \t\r"
_ROOT = "//root"
_TYPE = r"[A-Za-z][A-Za-z0-9_-]*+"
_SCOPE = r"(?:\((?P<scope>[^()]*+)\))?"
_HEADER = re.compile(rf"(?P<type>{_TYPE}){_SCOPE}(?P<mark>!)?: (?P<summary>.+)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*+")
_TOKEN = re.compile(
    rf"(?:(?P<breaking>BREAKING[ -]CHANGE)(?::| (?=#))|(?P<name>{_NAME.pattern})(?:: | (?=#)))(?P<value>.*)", re.DOTALL
)
_ITEM = re.compile(r"[ \t]*[-*][ \t]+(?i:updated)[ \t]+(?P<path>\S.*)", re.DOTALL)
_ISSUES = re.compile(r"#[0-9]++(?:[ \t]*,[ \t]*#[0-9]++)*+(?!\w)")
_NUMBER = re.compile(r"[0-9]+")
# What `git commit --fixup`, `git merge` and `git revert` write themselves.
_AUTOSQUASH = re.compile(r"(?:fixup|squash|amend)! ")
_GENERATED = re.compile(r'Merge (?:(?:remote-tracking )?branch(?:es)?|tags?|commits?|pull request) |Re(?:vert|apply) "')
_REASONS = (
    (re.compile(r"\Z"), "the message is empty"),
    (re.compile(rf"{_TYPE}\(\s*+\)"), "the scope between the brackets is empty"),
    (re.compile(rf"{_TYPE}{_SCOPE}!?:\s*+\Z"), "the summary after the colon is missing"),
    (re.compile(rf"{_TYPE}{_SCOPE}!?:\S"), "a space must follow the colon"),
    (re.compile(rf"{_TYPE}{_SCOPE}(?:!?\s++:|\s++!\s*+:)"), "no space may precede the colon"),
    (re.compile(rf"{_TYPE}!\("), "the `!` stands after the scope"),
)


class CommitError(ValueError):
    """A header that cannot be read; the text is one sentence for the author."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One breach of the format: the rule's id, a sentence, the line in the text as given (from 1)."""

    rule: str
    message: str
    line: int


@dataclass(frozen=True, slots=True)
class Footer:
    """`Token: value`, or `Token #value` with the `#` kept in the value.

    The value may span lines; a further line that would start a footer or be a comment gets a space before it.
    """

    token: str
    value: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", _plain(self.token).strip())
        object.__setattr__(self, "value", _value(self.value))

    def __str__(self) -> str:
        return f"{self.token}{' ' if self.value.startswith('#') else ': '}{self.value}"


@dataclass(frozen=True, slots=True)
class Message:
    """One commit message.

    `breaking` is the header's `!` alone; `breaking_change` is the footer's prose, None without a footer and ""
    where it says nothing; `updated` holds the paths as written; `closes` the issues' digits; `footers` the rest.

    What a text cannot carry is made to fit on construction, so that `parse(compose(m)) == m`: NUL and trailing
    blanks go; blank lines collapse; a line that would be read as a footer or a comment gets a space before it;
    `- Updated` lines move out of the prose, `BREAKING CHANGE` and `Closes #N` out of `footers`.
    """

    type: str
    summary: str
    scope: str = ""
    breaking: bool = False
    body: str = ""
    breaking_change: str | None = None
    updated: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    footers: tuple[Footer, ...] = ()

    def __post_init__(self) -> None:
        prose, listed = _take_list(_breaking_text(self.breaking_change, self.footers))
        closes, footers = _take_issues(self.closes, self.footers)
        fields = {
            "type": _plain(self.type).strip().lower(),
            "summary": _plain(self.summary).strip(),
            "scope": _plain(self.scope).strip(),
            "body": _body(self.body),
            "breaking_change": prose,
            "updated": tuple(filter(None, map(_path, (*self.updated, *listed)))),
            "closes": closes,
            "footers": footers,
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def is_breaking(self) -> bool:
        """Marked by the `!`, by the footer, or by both."""
        return self.breaking or self.breaking_change is not None


# Reading


def clean(text: str, comment: str = "#") -> str:
    """The message that git makes of an edited file: one LF at the end, or "" where nothing is left.

    Drops what follows the scissors line, comment lines, trailing blanks (so CRLF too) and surplus blank
    lines. `comment` is `core.commentString`; "" keeps comments and scissors (`--cleanup=whitespace`).
    """
    return "".join(f"{line}\n" for _, line in _kept(text, comment))


def parse(text: str) -> Message:
    """Read a stored message by the grammar of Conventional Commits; any type will do.

    Comment lines are content here: pass what an editor left through `clean` first. A `BREAKING CHANGE:` line
    is a footer even where the blank line before it is missing: release tools read it so.
    Raises CommitError for an unreadable header.
    """
    lines = _kept(_plain(text))
    head = _head(lines[0][1] if lines else "")
    return _message(head, *_sections(lines[1:]))


def breaks(text: str) -> bool:
    """Whether a stored message is marked breaking, by `!` or footer, whatever its header; never by its prose."""
    header = _HEADER.match(text.lstrip().partition("\n")[0])
    if header is not None and header["mark"]:
        return True
    return "BREAKING" in text and _footer_line(_sections(_kept(text)[1:])[1]) is not None


def _kept(text: str, comment: str = "") -> _Lines:
    """The lines that `git stripspace` keeps, with their numbers."""
    kept: _Lines = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip(_BLANKS)
        if comment and raw.startswith(comment):
            if line == comment + SCISSORS:
                break
        elif line or (kept and kept[-1][1]):
            kept.append((number, line))
    return kept[:-1] if kept and not kept[-1][1] else kept


def _head(header: str) -> Message:
    match = _HEADER.fullmatch(header)
    scope = match["scope"] if match else None
    if match is None or not match["summary"].strip() or (scope is not None and not scope.strip()):
        raise CommitError(_unreadable(header))
    return Message(match["type"], match["summary"], scope or "", match["mark"] is not None)


def _unreadable(header: str) -> str:
    reason = next((reason for pattern, reason in _REASONS if pattern.match(header)), f"it must read {SHAPE}")
    shown = header if len(header) <= 72 else header[:71] + "…"
    return f"The header {shown!r} cannot be read: {reason}."


def _sections(lines: _Lines) -> tuple[list[str], _Found]:
    """What follows the header, as the body's lines and the footers; a value runs to the next token."""
    body: list[str] = []
    found: _Found = []
    previous = ""
    for number, line in lines:
        match = _starts_footer(line, anywhere=bool(found) or not previous)
        if match:
            found.append((number, match["breaking"] or match["name"], [match["value"]]))
        else:
            (found[-1][2] if found else body).append(line)
        previous = line
    return body, found


def _starts_footer(line: str, *, anywhere: bool) -> re.Match[str] | None:
    """The footer that this line starts; `anywhere` is false inside a paragraph of the body."""
    match = _TOKEN.match(line)
    return match if match and (anywhere or match["breaking"]) else None


def _footer_line(found: _Found) -> int | None:
    return next((number for number, token, _ in found if token in _BREAKING), None)


def _message(head: Message, body: list[str], found: _Found) -> Message:
    if not body and not found:
        return head
    footers = tuple(Footer(token, "\n".join(value)) for _, token, value in found)
    return replace(head, body="\n".join(body), footers=footers)


# Making texts fit


def _plain(text: str) -> str:
    """Without what a UTF-8 commit message cannot hold: NUL goes, a lone surrogate becomes `?`."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\0", "")


def _body(text: str) -> str:
    fitted: list[str] = []
    previous = ""
    for _, line in _kept(_plain(text)):
        hidden = line.startswith("#") or _starts_footer(line, anywhere=not previous)
        fitted.append(f" {line}" if hidden else line)
        previous = line
    return "\n".join(fitted)


def _value(text: str) -> str:
    lines = [line for _, line in _kept(_plain(text))]
    further = (f" {line}" if line.startswith("#") or _TOKEN.match(line) else line for line in lines[1:])
    return "\n".join((lines[0].lstrip(" \t"), *further)) if lines else ""


def _breaking_text(given: str | None, footers: Iterable[Footer]) -> str | None:
    texts = [footer.value for footer in footers if footer.token in _BREAKING]
    if given is not None:
        texts.insert(0, given)
    return "\n\n".join(texts) if texts else None


def _take_list(text: str | None) -> tuple[str | None, list[str]]:
    """A breaking footer's value as its prose and the paths of its `- Updated` list."""
    if text is None:
        return None, []
    lines = [line for _, line in _kept(_plain(text))]
    items = [_ITEM.fullmatch(line) for line in lines]
    prose = (line for line, item in zip(lines, items, strict=True) if not item)
    return _value("\n".join(prose)), [item["path"] for item in items if item]


def _take_issues(closes: Iterable[str], footers: Iterable[Footer]) -> tuple[tuple[str, ...], tuple[Footer, ...]]:
    """The issues closed and the other footers; one that says more than its issues is both, its issues last."""
    alone = [_plain(number).strip().lstrip("#") for number in closes]
    mixed: list[str] = []
    others: list[Footer] = []
    for footer in footers:
        issues, whole = _issues(footer)
        (alone if whole else mixed).extend(issues)
        if footer.value and not whole and footer.token not in _BREAKING:
            others.append(footer)
    first = set(alone) - {"", *mixed}
    return tuple(dict.fromkeys((*filter(first.__contains__, alone), *mixed))), tuple(others)


def _issues(footer: Footer) -> tuple[list[str], bool]:
    """The issues that a `Closes #1, #2` footer starts with, and whether it says nothing else."""
    match = _ISSUES.match(footer.value) if footer.token.lower() == "closes" else None
    if match is None:
        return [], False
    return _NUMBER.findall(match[0]), footer.value[match.end() :] in ("", ".")


def _path(text: str) -> str:
    return " ".join(_plain(text).split()).strip(" `")


# Writing


def compose(message: Message) -> str:
    """The text of a message, ready for git, with one LF at the end.

    Raises ValueError, a sentence each, for what would not be read back: an empty summary or one of several
    lines, an unknown type, a scope, issue or footer token out of shape, a list without the footer that holds it.
    """
    for reason in _refusals(message):
        raise ValueError(reason)
    return "\n\n".join(filter(None, (_header_text(message), message.body, *_footer_texts(message)))) + "\n"


def _refusals(message: Message) -> Iterator[str]:
    if not message.summary:
        yield "The summary is empty."
    if len(message.summary.splitlines()) > 1:
        yield "The summary must be a single line."
    if message.type not in TYPES:
        yield _unknown(message.type)
    if len(message.scope.splitlines()) > 1 or set("()") & set(message.scope):
        yield "The scope must be a single line without brackets."
    yield from _footer_refusals(message)


def _footer_refusals(message: Message) -> Iterator[str]:
    if message.updated and message.breaking_change is None:
        yield "The `- Updated` list stands inside the `BREAKING CHANGE:` footer, and there is none."
    for number in message.closes:
        if not _NUMBER.fullmatch(number):
            yield f"An issue is named by its number, not {number!r}."
    for footer in message.footers:
        if not _NAME.fullmatch(footer.token):
            yield f"A footer's token is one word of letters, digits and hyphens, not {footer.token!r}."


def _unknown(kind: str) -> str:
    return f"The type {kind!r} is unknown: use one of {', '.join(TYPES)}."


def _header_text(message: Message) -> str:
    scope = f"({message.scope})" if message.scope else ""
    return f"{message.type}{scope}{'!' if message.breaking else ''}: {message.summary}"


def _footer_texts(message: Message) -> Iterator[str]:
    if message.breaking_change is not None:
        yield f"BREAKING CHANGE: {message.breaking_change}".rstrip(_BLANKS)
    yield "\n".join(f"- Updated {path}" for path in message.updated)
    said = {number for footer in message.footers for number in _issues(footer)[0]}
    alone = (f"Closes #{number}" for number in message.closes if number not in said)
    yield "\n".join((*alone, *map(str, message.footers)))


# Judging


def problems(text: str, *, touched: frozenset[str] | None = None) -> tuple[Problem, ...]:
    """What the process's format finds wrong with a message as the commit-msg hook gets it, comments and all.

    `touched` are the packages of the change (`//root` is no package); None or empty where nothing is
    known to compare with. Messages that git writes itself (merge, revert, autosquash) may keep their headers.
    """
    lines = _kept(_plain(text), "#")
    first, header = lines[0] if lines else (1, "")
    if _AUTOSQUASH.match(header):
        return ()
    try:
        head = Message("chore", header) if _GENERATED.match(header) else _head(header)
    except CommitError as error:
        return (Problem("CM004", str(error), first),)
    return tuple(_judge(head, lines, touched or frozenset()))


def _judge(head: Message, lines: _Lines, touched: frozenset[str]) -> Iterator[Problem]:
    body, found = _sections(lines[1:])
    message = _message(head, body, found)
    first = lines[0][0]
    where = _footer_line(found) or first
    yield from _mark_problems(message, first, where)
    yield from _header_problems(message, lines)
    if message.breaking_change is not None:
        for sentence in _list_problems(message, touched, lines):
            yield Problem("CM005", sentence, where)
    if message.is_breaking and not message.closes:
        yield Problem("CM007", "A breaking change names the issue it closes: add a footer `Closes #N`.", first)


def _mark_problems(message: Message, first: int, where: int) -> Iterator[Problem]:
    if message.breaking_change is None and message.breaking:
        yield Problem("CM001", "The header is marked `!`, but no `BREAKING CHANGE:` footer says what breaks.", first)
    if message.breaking_change is not None and not message.breaking:
        yield Problem("CM002", "There is a `BREAKING CHANGE:` footer, but the header is not marked `!`.", where)
    if message.breaking_change == "":
        yield Problem("CM003", "The `BREAKING CHANGE:` footer does not say what breaks.", where)


def _header_problems(message: Message, lines: _Lines) -> Iterator[Problem]:
    if message.type not in TYPES:
        yield Problem("CM004", _unknown(message.type), lines[0][0])
    if len(lines) > 1 and lines[1][1]:
        yield Problem("CM004", "A blank line must follow the header: git joins this line to it.", lines[1][0])


def _list_problems(message: Message, touched: frozenset[str], lines: _Lines) -> Iterator[str]:
    if touched:
        yield from _differences(_names(message.updated), _names(touched))
    elif not message.updated and any(_ITEM.fullmatch(line) for _, line in lines):
        yield "The `- Updated` list must stand inside the `BREAKING CHANGE:` footer, before the next footer."
    elif not message.updated:
        yield "The `BREAKING CHANGE:` footer lists no package: add a line `- Updated path` for each."


def _names(paths: Iterable[str]) -> set[str]:
    return {path.strip().removeprefix("./").rstrip("/") for path in paths if path != _ROOT}


def _differences(listed: set[str], touched: set[str]) -> Iterator[str]:
    missing = ", ".join(sorted(touched - listed))
    surplus = ", ".join(sorted(listed - touched))
    parts = (missing and f"it leaves out {missing}", surplus and f"it names {surplus}, untouched")
    if missing or surplus:
        yield f"The `- Updated` list differs from this change: {'; '.join(filter(None, parts))}."
