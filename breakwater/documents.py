"""The justification documents that a change brings, or that its commits name."""

import re
from collections.abc import Iterator

from breakwater.changes import ChangeSet
from breakwater.config import Config
from breakwater.justification import Justification, ParseError, parse
from breakwater.records import record

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}##[ \t]+(.*?)[ \t]*#*[ \t]*\r?\Z")


@record(frozen=True, slots=True)
class Document:
    """One document: where it lies, its text, and its value or why it has none."""

    path: str
    text: str
    value: Justification | None
    error: ParseError | None = None

    @property
    def packages(self) -> frozenset[str]:
        """The packages that it names, as folders without a slash at the end."""
        changes = self.value.affected_packages if self.value else ()
        return frozenset(change.path.removeprefix("./") for change in changes if change.path)


def read(path: str, text: str) -> Document:
    try:
        return Document(path, text, parse(text))
    except ParseError as error:
        return Document(path, text, None, error)


def is_document(path: str, config: Config) -> bool:
    return path.rpartition("/")[2] == config.document


def in_change(change_set: ChangeSet, config: Config) -> Iterator[Document]:
    """The documents that the change adds or edits."""
    for change in change_set.changes:
        if change.new_path is not None and is_document(change.new_path, config):
            text = change_set.new_text(change.new_path)
            if text is not None:
                yield read(change.new_path, text)


def named(change_set: ChangeSet, config: Config) -> Iterator[Document]:
    """Documents of the head's tree that a commit of the range names by their reference (`RFC-0042`)."""
    messages = "\n".join(text for _, text in change_set.commits)
    if not messages:
        return
    for path in change_set.new_tree:
        if is_document(path, config) and path not in change_set.paths:
            document = read(path, change_set.new_text(path) or "")
            if document.value and _names(messages, document.value.reference):
                yield document


def _names(messages: str, reference: str) -> bool:
    return bool(reference) and re.search(rf"(?<![\w-]){re.escape(reference)}(?![\w-])", messages) is not None


def headings(text: str) -> list[tuple[int, str]]:
    """The level-2 headings outside code, each with its line."""
    found: list[tuple[int, str]] = []
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and (heading := _HEADING.match(line)):
            found.append((number, " ".join(heading[1].split())))
    return found
