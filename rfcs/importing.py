"""An edited BREAKING_CHANGE_JUSTIFICATION.md comes back: what it says, what it would change, what it drops.

Reads only; governance/moves.py takes a proposal. The Approval section is never imported, for sign-offs are made in the
portal; what the document does not hold (scenario, flags, the assessment of a package that stays) is kept. A file that
was exported from an older revision changes only what it says differently from that revision.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from breakwater.justification import (
    Justification,
    PackageChange,
    ParseError,
    Timeline,
    outline,
    parse,
    problems,
    template,
)
from rfcs import limits
from rfcs.comparison import Change, compare
from rfcs.content import LABELS, TEXTS, Content, Package, changed_fields
from rfcs.digests import sha256
from rfcs.errors import Reason, Refused, not_ready
from rfcs.models import RFC, Revision
from rfcs.paths import normal_path
from rfcs.scenarios import LABELS as ASKED
from rfcs.scenarios import SLUGS

MOST_BYTES = 2 * 1024 * 1024
LONGEST_QUOTE = 120
REFERENCE = re.compile(r"(RFC-\d{1,18})(?:, (?:revision (\d{1,9})|draft))?", re.IGNORECASE)
SECTIONS = {name: name.lower().replace(" ", "_") for name in template.SECTIONS if name != template.APPROVAL}
"""The template's sections, and what `empty` calls them; the Approval section is not imported."""
_SLOTS = (*template.PROSE, *template.BULLETS, *template.ANSWERS)
_HOLDS = {section: tuple(slot.field for slot in _SLOTS if slot.section == section) for section in template.SECTIONS} | {
    template.PACKAGES: ("affected_packages",),
    template.TIMELINE: ("timeline",),
}
NOTHING: tuple[object, ...] = ("", (), Timeline())


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the working copy would say after an import. `digest` binds the answer of a person to what was shown."""

    before: Content
    after: Content
    version: int
    kept: tuple[str, ...]
    """Fields that the file left as they were in its revision and that the portal has changed since."""
    emptied: tuple[str, ...]
    source: str
    """SHA-256 of the text."""

    @property
    def changes(self) -> tuple[Change, ...]:
        return compare(self.before, self.after)

    @property
    def changed(self) -> tuple[str, ...]:
        return changed_fields(self.before, self.after)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What the document then still lacks, as sentences."""
        return tuple(problem.message for problem in problems(self.after.document()))

    @property
    def digest(self) -> str:
        return sha256({"version": self.version, "before": self.before.json(), "after": self.after.json()})


class Dropped(Refused):
    """The text drops sections or packages; each reason's `field` is the name to give in `empty` if that is meant."""


def decoded(data: bytes, *, size: int | None = None) -> str:
    """The text of a file. Raises Refused for what is too large, no text, or another encoding than UTF-8.

    `size`: of the whole file in bytes, where `data` is its beginning alone.
    """
    size = len(data) if size is None else size
    if size > MOST_BYTES:
        size_in_mb = f"{size / 1024 / 1024:.2f}"
        raise _unreadable(
            "too_large", f"The file has {size_in_mb} MB; a justification has at most 2. Link to what is large."
        )
    if b"\0" in data:
        raise _unreadable("not_text", "This is no text file; give the markdown of BREAKING_CHANGE_JUSTIFICATION.md.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"Line {line} holds the byte 0x{data[error.start]:02X}, which is not UTF-8; save the file as UTF-8."
        raise _unreadable("not_utf8", message) from None


def propose(rfc: RFC, text: str, *, empty: Collection[str] = ()) -> Proposal:
    """What importing this text would make of the working copy of `rfc`.

    `empty` names the sections, fields and packages that may go. Raises Refused with every reason: a text that is no
    justification, one of another RFC, one that drops something unnamed (Dropped), one that cannot be stored.
    """
    said, present = _read(text)
    _require_own(rfc, said)
    copy = rfc.working_copy
    working, base = copy.content.tidied(), _base(rfc, said)
    losses = tuple(_losses(working, said, base, present))
    left = [loss for loss in losses if loss.field not in empty]
    if left:
        raise Dropped(*left)
    after, kept = _merged(working, said, base)
    _require_storable(after)
    emptied = tuple(loss.field for loss in losses)
    return Proposal(working, after.tidied(), copy.version, kept, emptied, hashlib.sha256(text.encode()).hexdigest())


def _read(text: str) -> tuple[Justification, frozenset[str]]:
    if len(text) > MOST_BYTES or limits.unstorable(text):
        raise _unreadable("not_text", "This is too large, or no text; paste the markdown of the justification.")
    if not text.strip():
        raise _unreadable("empty_file", "There is nothing to import; choose the file, or paste its text.")
    try:
        said, present = parse(text), frozenset(outline(text))
    except ParseError as error:
        raise _unreadable("unreadable", f"{error}{_quoted(text, error.line)}") from None
    if not present:
        message = f"No heading of the template is in this text; the first is “## {template.SUMMARY}”."
        raise _unreadable("no_justification", message)
    return said, present


def _quoted(text: str, number: int) -> str:
    """The line that the error speaks of, shortened."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    shown = line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"
    return f" The line reads: {shown}" if shown else ""


def _unreadable(code: str, message: str) -> Refused:
    return Refused(not_ready(code, message, field="markdown", who="you"))


def _require_own(rfc: RFC, said: Justification) -> None:
    found = REFERENCE.fullmatch(said.reference)
    if found and int(found[1][4:]) != rfc.pk:
        message = f"The file says that it is {found[1].upper()}; import it there, or change its second line."
        raise Refused(not_ready("other_rfc", message, field="reference", who="you"))


def _base(rfc: RFC, said: Justification) -> Justification | None:
    """The document that was exported, where the reference names a revision of this RFC."""
    found = REFERENCE.fullmatch(said.reference)
    if not found or not found[2]:
        return None
    revision = Revision.objects.filter(rfc=rfc, number=int(found[2])).first()
    return revision.content.document() if revision else None


def _losses(
    working: Content, said: Justification, base: Justification | None, present: Collection[str]
) -> Iterator[Reason]:
    """Every section without a heading, every field that would lose its text, every package that would go."""
    mine = working.document()
    for section, key in SECTIONS.items():
        if section not in present:
            yield _loss("section_missing", key, f"The section “{section}” is missing in the file.")
            continue
        for name in _HOLDS[section]:
            is_kept = base is not None and getattr(said, name) == getattr(base, name)
            if getattr(mine, name) not in NOTHING and getattr(said, name) in NOTHING and not is_kept:
                yield _loss("section_emptied", name, f"{_label(name)} has text in the portal and none in the file.")
    if said.affected_packages:
        for path in _gone(working, said, base):
            yield _loss("package_removed", f"package:{path}", f"The package {path} is missing in the file.")


def _gone(working: Content, said: Justification, base: Justification | None) -> list[str]:
    """Packages that the file takes out; those that the portal has added since the file's revision are not its own."""
    stay = set(_by_path(said))
    return [path for path in working.paths if path not in stay and (base is None or path in _by_path(base))]


def _by_path(document: Justification) -> dict[str, PackageChange]:
    return {normal_path(change.path): change for change in document.affected_packages}


def _loss(code: str, key: str, what: str) -> Reason:
    return not_ready(code, f"{what} Put it back, or say that it may go.", field=key, who="you")


def _label(name: str) -> str:
    return LABELS.get("packages" if name == "affected_packages" else name) or ASKED.get(name, name)


def _merged(working: Content, said: Justification, base: Justification | None) -> tuple[Content, tuple[str, ...]]:
    """The working copy with what the file says differently; and what was kept because only the portal changed it."""
    mine = working.document()
    names = [*TEXTS, *SLUGS, "timeline", "affected_packages", *(["title"] if said.title else [])]
    differ = [name for name in names if getattr(said, name) != getattr(mine, name)]
    kept = [name for name in differ if base and getattr(said, name) == getattr(base, name)]
    taken = {name: getattr(said, name) for name in differ if name not in kept}
    answers = {name: taken.pop(name) for name in SLUGS if name in taken}
    if answers:
        taken["answers"] = {**working.answers, **answers}
    if "affected_packages" in taken:
        taken["packages"] = tuple(_packages(working, taken.pop("affected_packages"), base))
    return working.with_(**taken), tuple("packages" if name == "affected_packages" else name for name in kept)


def _packages(working: Content, said: tuple[PackageChange, ...], base: Justification | None) -> Iterator[Package]:
    """The file's packages, then those that the portal added since; one that stays keeps its assessment."""
    mine = {package.path: package for package in working.packages}
    old = _by_path(base) if base else {}
    for change in said:
        path = normal_path(change.path)
        is_untouched = old.get(path) == change
        if path in mine:
            yield mine.pop(path) if is_untouched else _described(mine.pop(path), change)
        elif not is_untouched:
            yield Package(path, change.description)
    yield from (package for path, package in mine.items() if base and path not in old)


def _described(mine: Package, change: PackageChange) -> Package:
    is_same = PackageChange(mine.path, mine.description).description == change.description
    return mine if is_same else replace(mine, description=change.description)


def _require_storable(content: Content) -> None:
    reasons = limits.excesses(content)
    if reasons:
        raise Refused(*reasons)
