"""Commit messages written."""

from collections.abc import Iterator

from breakwater.commits.grammar import BLANKS, NAME, NUMBER, TYPES, unknown_type
from breakwater.commits.model import Message, issues_of


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
        yield unknown_type(message.type)
    if len(message.scope.splitlines()) > 1 or set("()") & set(message.scope):
        yield "The scope must be a single line without brackets."
    yield from _footer_refusals(message)


def _footer_refusals(message: Message) -> Iterator[str]:
    if message.updated and message.breaking_change is None:
        yield "The `- Updated` list stands inside the `BREAKING CHANGE:` footer, and there is none."
    for number in message.closes:
        if not NUMBER.fullmatch(number):
            yield f"An issue is named by its number, not {number!r}."
    for footer in message.footers:
        if not NAME.fullmatch(footer.token):
            yield f"A footer's token is one word of letters, digits and hyphens, not {footer.token!r}."


def _header_text(message: Message) -> str:
    scope = f"({message.scope})" if message.scope else ""
    return f"{message.type}{scope}{'!' if message.breaking else ''}: {message.summary}"


def _footer_texts(message: Message) -> Iterator[str]:
    if message.breaking_change is not None:
        yield f"BREAKING CHANGE: {message.breaking_change}".rstrip(BLANKS)
    yield "\n".join(f"- Updated {path}" for path in message.updated)
    said = {number for footer in message.footers for number in issues_of(footer)[0]}
    alone = (f"Closes #{number}" for number in message.closes if number not in said)
    yield "\n".join((*alone, *map(str, message.footers)))
