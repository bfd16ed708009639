"""Commit messages in the process's own format (CM001 to CM010).

Source: the process, "Commit Message Format". The grammar and the judgement of one text live in `breakwater/commits/`;
here is what needs a tree or a range.
"""

from __future__ import annotations

from collections.abc import Iterator

from breakwater.commits import CommitError, breaks, clean, parse, problems
from breakwater.findings import ERROR, Finding, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from breakwater.changes import ChangeSet
    from breakwater.config import Config
    from breakwater.documents import Document

_GOOD = """\
feat!: update shared detection interface

BREAKING CHANGE: Modified DetectionInterface to support new result format

- Updated src/packages/data/anomaly_detection/
- Updated src/packages/software/interfaces/

Closes #123"""


def _without(*parts: str) -> str:
    text = _GOOD
    for part in parts:
        text = text.replace(part, "")
    return text.rstrip("\n")


UNEXPLAINED = Rule(
    "CM001",
    "mark-without-footer",
    "The header is marked `!`, and no `BREAKING CHANGE:` footer says what breaks.",
    bad="feat!: update shared detection interface\n\nCloses #123",
    good=_GOOD,
)
UNMARKED = Rule(
    "CM002",
    "footer-without-mark",
    "There is a `BREAKING CHANGE:` footer, and the header is not marked `!`.",
    bad=_GOOD.replace("feat!", "feat"),
    good=_GOOD,
)
EMPTY = Rule(
    "CM003",
    "footer-empty",
    "The `BREAKING CHANGE:` footer does not say what breaks.",
    bad=_without(" Modified DetectionInterface to support new result format"),
    good=_GOOD,
)
TYPE = Rule(
    "CM004",
    "header-unreadable",
    "The header is no `type(scope)!: summary` of a known type.",
    bad="Feature - update shared detection interface",
    good="feat(detection): update shared detection interface",
)
LIST = Rule(
    "CM005",
    "list-differs",
    "The `- Updated` list is missing, stands outside the footer, or differs from the packages that the change touches.",
    bad=_without("- Updated src/packages/software/interfaces/\n"),
    good=_GOOD,
    why="Compared with what is staged, or with the commit or its range; not at all where nothing is staged. Files "
    "outside every package need no line.",
)
NOWHERE = Rule(
    "CM006",
    "listed-path-does-not-exist",
    "A path of the `- Updated` list exists neither before nor after the change.",
    bad=_GOOD.replace("anomaly_detection/", "anomaly_detecton/"),
    good=_GOOD,
)
ISSUE = Rule(
    "CM007",
    "no-issue",
    "A breaking change does not name the issue that it closes.",
    bad=_without("Closes #123"),
    good=_GOOD,
)
BREAKS = Rule(
    "CM008",
    "break-not-marked",
    "A break was found in the range, and none of its commits is marked as breaking.",
    bad="fix: tidy up the detector\n\n(the change removes a public function)",
    good=_GOOD,
    why="Only for ranges: the hook of the message stays fast.",
)
NAMELESS = Rule(
    "CM009",
    "justification-not-named",
    "What is staged needs a justification that lay in the tree before, and the message does not name it.",
    bad="feat: detect in two packages\n\n(only the document of RFC-0042, from an earlier commit, covers both)",
    good="feat: detect in two packages\n\nImplements RFC-0042",
    why="The hook of what is staged runs before the message exists: a complete and signed document that lay in the "
    "tree passes there, and here the message must name it. The reference is the bold text of the line "
    "`**RFC-0042**: its title`, between the document's heading and “Change Summary”; any place in the message will "
    "do. Only for the hook: of a range SP002 says the same.",
    mend="add a line `Implements RFC-0042` with the document's reference, or bring a document of the change's own.",
)
PLURAL = Rule(
    "CM010",
    "footer-misspelt",
    "A footer reads `BREAKING CHANGES:`, which release tools do not see.",
    bad=_GOOD.replace("CHANGE:", "CHANGES:"),
    good=_GOOD,
    why="The process's format is that of Conventional Commits, which knows `BREAKING CHANGE:` and, as its equal, "
    "`BREAKING-CHANGE:`; both are accepted. A change whose footer is in the plural is judged as a breaking one all "
    "the same.",
)
RULES = (UNEXPLAINED, UNMARKED, EMPTY, TYPE, LIST, NOWHERE, ISSUE, BREAKS, NAMELESS, PLURAL)
_BY_ID = {rule.id: rule for rule in RULES}


def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    """The messages of a range, each against its own commit or the whole range. Merges are left out."""
    for commit, text in change_set.commits:
        own = change_set.of_commit(commit) if breaks(text) else change_set
        found = list(judge(text, f"commit {commit[:12]}", own, comment=""))
        if own is not change_set and any(finding.rule == LIST.id for finding in found):
            found = min(found, list(judge(text, f"commit {commit[:12]}", change_set, comment="")), key=len)
        yield from found


def judge(text: str, path: str, change_set: ChangeSet | None, comment: str = "#") -> Iterator[Finding]:
    """One text, comments and all; without a change nothing is compared."""
    message = clean(text, comment)
    marked = breaks(message)
    touched = frozenset(change_set.touched) if change_set and marked else None
    for problem in problems(text, touched=touched, comment=comment):
        yield _BY_ID[problem.rule].at(path, problem.line, problem.message)
    if change_set and marked and change_set.changes:
        yield from _nowhere(message, text, path, change_set)


def _nowhere(message: str, text: str, path: str, change_set: ChangeSet) -> Iterator[Finding]:
    try:
        listed = parse(message).updated
    except CommitError:
        return
    for package in listed:
        folder = package.removeprefix("./").rstrip("/")
        if folder not in change_set.touched and not change_set.has(folder):
            line = next((at for at, one in enumerate(text.split("\n"), 1) if package in one), 1)
            yield NOWHERE.at(path, line, f"{package} exists neither before nor after this change.")


def unmarked(change_set: ChangeSet, found: list[Finding]) -> Iterator[Finding]:
    """CM008: breaks were found in the range, and nobody says so."""
    commits = change_set.commits
    if found and commits and not any(breaks(text) for _, text in commits):
        where = f"{found[0].rule} in {found[0].path}" if len(found) == 1 else f"{len(found)} of them"
        message = f"The range breaks what others use ({where}), and no commit is marked `!` with `BREAKING CHANGE:`."
        yield BREAKS.at(found[0].path, found[0].line, message)


def unnamed(change_set: ChangeSet, documents: list[Document], found: list[Finding], path: str) -> Iterator[Finding]:
    """CM009: the documents that would settle an error of what is staged, if the message at `path` named them."""
    from breakwater.changes import shown  # noqa: PLC0415  a message that waits for nothing has no need of it

    errors = [finding for finding in found if finding.level == ERROR]
    for document in documents:
        of_package = (f for f in errors if f.path and change_set.package_of(f.path) in document.packages)
        crossing = (f for f in errors if f.rule == "SP001" and document.packages == set(change_set.touched))
        settled = next(iter((*crossing, *of_package)), None)
        if settled:
            message = (
                f"What is staged needs a justification ({settled.rule}), and the message does not name that of "
                f"{shown(document.path)}: add a line `Implements {document.reference}`."
            )
            yield NAMELESS.at(path, 1, message)
            return
