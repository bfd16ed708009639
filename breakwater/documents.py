"""The justification documents that a change brings, or that its commits name."""

import re
from collections.abc import Iterator

from breakwater.changes import ChangeSet
from breakwater.config import Config
from breakwater.justification import Justification, ParseError, parse, render
from breakwater.records import record, replace
from breakwater.sides import INDEX

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}##[ \t]+(.*?)[ \t]*#*[ \t]*\r?\Z")


@record(frozen=True, slots=True)
class Document:
    """One document: where it lies, its text, and its value or why it has none.

    `before` is what it said before the change, None where it is new. A new one that was taken from another has in
    `original` where that lay before the change, and what it said in `before`. `is_awaited` says that it justifies what
    is staged only if the message, which nobody has written yet, names it.
    """

    path: str
    text: str
    value: Justification | None
    error: ParseError | None = None
    before: Justification | None = None
    original: str = ""
    is_awaited: bool = False

    @property
    def reference(self) -> str:
        return self.value.reference if self.value else ""

    @property
    def packages(self) -> frozenset[str]:
        """The packages that it names, as folders without a slash at the end."""
        changes = self.value.affected_packages if self.value else ()
        return frozenset(change.path.removeprefix("./") for change in changes if change.path)


def read(path: str, text: str, before: str | None = None, original: str = "") -> Document:
    try:
        return Document(path, text, parse(text), before=_value(before), original=original)
    except ParseError as error:
        return Document(path, text, None, error)


def _value(text: str | None) -> Justification | None:
    try:
        return parse(text) if text is not None else None
    except ParseError:
        return None


def is_document(path: str, config: Config) -> bool:
    return path.rpartition("/")[2] == config.document


def in_change(change_set: ChangeSet, config: Config) -> Iterator[Document]:
    """The documents that the change adds, or whose words it alters; other white space is no other document."""
    for change in change_set.changes:
        if change.new_path is None or not is_document(change.new_path, config):
            continue
        text = change_set.new_text(change.new_path)
        was_one = change.old_path is not None and is_document(change.old_path, config)
        before = change_set.old_text(change.old_path or "") if was_one else None
        if text is not None and before is None:
            yield read(change.new_path, text, *_taken_from(text, change_set, config))
        elif text is not None and before is not None and words(before) != words(text):
            yield read(change.new_path, text, before)


def _taken_from(text: str, change_set: ChangeSet, config: Config) -> tuple[str | None, str]:
    """The text and the path of the document of before that a new one was taken from; None and "" for one of its own.

    Only those that the same people signed are looked at closely: others lend it no signature.
    """
    value = None if change_set.whole else _value(text)
    signers = {signature.signer for signature in value.approvals if signature.signer} if value else ()
    earlier = [
        (old, path) for path, old in (_earlier(change_set, config) if signers else ()) if any(s in old for s in signers)
    ]
    for alike in (words, _about, _prose):
        mine = alike(text)
        found = next((one for one in earlier if mine and alike(one[0]) == mine), None)
        if found:
            return found
    return None, ""


def _earlier(change_set: ChangeSet, config: Config) -> Iterator[tuple[str, str]]:
    """Path and text of every document that was there before the change."""
    own = {change.new_path for change in change_set.changes}
    for path in change_set.named(config.document):
        if path not in own and (text := change_set.new_text(path)) is not None:
            yield path, text
    for change in change_set.changes:
        if change.old_path and is_document(change.old_path, config):
            text = change_set.old_text(change.old_path)
            if text is not None:
                yield change.old_path, text


def _about(text: str) -> str:
    """The RFC that the document is about; "" where it names none."""
    value = _value(text)
    return value.reference if value else ""


def _prose(text: str) -> list[str]:
    """What it says, whatever it is about and whoever signed: not its title, its packages and its approval."""
    value = _value(text)
    return render(replace(value, title="", reference="", affected_packages=(), approvals=())).split() if value else []


def words(text: str) -> list[str]:
    """What the document says, however it is laid out."""
    value = _value(text)
    return (text if value is None else render(value)).split()


def named(change_set: ChangeSet, config: Config) -> Iterator[Document]:
    """Documents of the new side that lay there before and that a message of the change names (`RFC-0042`)."""
    if messages := _messages(change_set):
        yield from (document for document in _before(change_set, config) if names(messages, document.reference))


def is_named(document: Document, change_set: ChangeSet) -> bool:
    """Whether a message of the change names it."""
    return names(_messages(change_set), document.reference)


def _messages(change_set: ChangeSet) -> str:
    return change_set.message or "\n".join(text for _, text in change_set.commits)


def awaited(change_set: ChangeSet, config: Config) -> Iterator[Document]:
    """Documents that lay there before and that the message of what is staged may yet name."""
    if change_set.new.root == INDEX and change_set.message is None and not change_set.whole:
        for document in _before(change_set, config):
            yield replace(document, is_awaited=True)


def _before(change_set: ChangeSet, config: Config) -> Iterator[Document]:
    """Documents of the new side that have a reference and whose words the change leaves as they were."""
    paths = change_set.named(config.document)
    own = {document.path for document in in_change(change_set, config)} if paths else set()
    for path in paths:
        text = change_set.new_text(path) if path not in own else None
        document = read(path, text) if text is not None else None
        if document and document.reference:
            yield document


def names(text: str, reference: str) -> bool:
    """Whether the text names the reference as a word of its own."""
    return bool(reference) and re.search(rf"(?<![\w-]){re.escape(reference)}(?![\w-])", text) is not None


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
