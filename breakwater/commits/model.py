"""A commit message as a value, with everything in it made to fit what a text can carry."""

from collections.abc import Iterable

from breakwater.commits.grammar import BREAKING, ISSUES, ITEM, NUMBER, TOKEN, kept_lines, plain, starts_footer
from breakwater.records import record


class CommitError(ValueError):
    """A header that cannot be read; the text is one sentence for the author."""


@record(frozen=True, slots=True)
class Problem:
    """One breach of the format: the rule's id, a sentence, the line in the text as given (from 1)."""

    rule: str
    message: str
    line: int


@record(frozen=True, slots=True)
class Footer:
    """`Token: value`, or `Token #value` with the `#` kept in the value.

    The value may span lines; a further line that would start a footer or be a comment gets a space before it.
    """

    token: str
    value: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", plain(self.token).strip())
        object.__setattr__(self, "value", _value(self.value))

    def __str__(self) -> str:
        return f"{self.token}{' ' if self.value.startswith('#') else ': '}{self.value}"


@record(frozen=True, slots=True)
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
            "type": plain(self.type).strip().lower(),
            "summary": plain(self.summary).strip(),
            "scope": plain(self.scope).strip(),
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


# Making texts fit


def _body(text: str) -> str:
    fitted: list[str] = []
    previous = ""
    for _, line in kept_lines(plain(text)):
        hidden = line.startswith("#") or starts_footer(line, anywhere=not previous)
        fitted.append(f" {line}" if hidden else line)
        previous = line
    return "\n".join(fitted)


def _value(text: str) -> str:
    lines = [line for _, line in kept_lines(plain(text))]
    further = (f" {line}" if line.startswith("#") or TOKEN.match(line) else line for line in lines[1:])
    return "\n".join((lines[0].lstrip(" \t"), *further)) if lines else ""


def _breaking_text(given: str | None, footers: Iterable[Footer]) -> str | None:
    texts = [footer.value for footer in footers if footer.token in BREAKING]
    if given is not None:
        texts.insert(0, given)
    return "\n\n".join(texts) if texts else None


def _take_list(text: str | None) -> tuple[str | None, list[str]]:
    """A breaking footer's value as its prose and the paths of its `- Updated` list."""
    if text is None:
        return None, []
    lines = [line for _, line in kept_lines(plain(text))]
    items = [ITEM.fullmatch(line) for line in lines]
    prose = (line for line, item in zip(lines, items, strict=True) if not item)
    return _value("\n".join(prose)), [item["path"] for item in items if item]


def _take_issues(closes: Iterable[str], footers: Iterable[Footer]) -> tuple[tuple[str, ...], tuple[Footer, ...]]:
    """The issues closed and the other footers; one that says more than its issues is both, its issues last."""
    alone = [plain(number).strip().lstrip("#") for number in closes]
    mixed: list[str] = []
    others: list[Footer] = []
    for footer in footers:
        issues, whole = issues_of(footer)
        (alone if whole else mixed).extend(issues)
        if footer.value and not whole and footer.token not in BREAKING:
            others.append(footer)
    first = set(alone) - {"", *mixed}
    return tuple(dict.fromkeys((*filter(first.__contains__, alone), *mixed))), tuple(others)


def _path(text: str) -> str:
    return " ".join(plain(text).split()).strip(" `")


def issues_of(footer: Footer) -> tuple[list[str], bool]:
    """The issues that a `Closes #1, #2` footer starts with, and whether it says nothing else."""
    match = ISSUES.match(footer.value) if footer.token.lower() == "closes" else None
    if match is None:
        return [], False
    return NUMBER.findall(match[0]), footer.value[match.end() :] in ("", ".")
