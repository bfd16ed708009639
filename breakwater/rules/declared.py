"""Breaks that are meant: a rule that forbade them for ever would only be switched off.

Source: the process, "Phase 2: Documentation" and "Commit Message Format". A break is declared by a commit of the range
that is marked as breaking and touches the same package, or by a complete and signed justification that names the
package. The message of what is staged is not written yet, so there the document alone counts, in the change or where
the message will name it, or a merge that is under way: what it brings was checked on its branch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from breakwater.changes import shown
from breakwater.commits import breaks
from breakwater.findings import ERROR, NOTICE, Finding
from breakwater.packages import ROOT
from breakwater.records import replace
from breakwater.rules import scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from breakwater.changes import ChangeSet
    from breakwater.config import Config
    from breakwater.documents import Document

Declares = Callable[[Finding], bool]


def settled(change_set: ChangeSet, config: Config, findings: list[Finding]) -> Iterator[Finding]:
    """The findings of breaks; errors that are declared as notices that say by what."""
    declarations = list(_declarations(change_set, config))
    for finding in findings:
        words = next((words for words, declares in declarations if declares(finding)), "")
        if words and finding.level == ERROR:
            yield replace(finding, level=NOTICE, message=f"{finding.message.removesuffix('.')}; {words}.")
        else:
            yield finding


def _declarations(change_set: ChangeSet, config: Config) -> Iterator[tuple[str, Declares]]:
    if change_set.is_merge:
        yield "a merge is under way: what it brings was checked on its branch", lambda finding: True
    for commit, text in change_set.commits:
        if breaks(text):
            own = change_set.of_commit(commit)
            yield f"commit {commit[:12]} is marked as breaking", partial(_touches, own)
    for document in scope.valid_documents(change_set, config):
        yield _justifying(document), partial(_names, document.packages, change_set)


def _justifying(document: Document) -> str:
    condition = f", if the message names {document.reference}" if document.is_awaited else ""
    return f"{shown(document.path)} justifies it{condition}"


def _touches(own: ChangeSet, finding: Finding) -> bool:
    package = own.package_of(finding.path)
    return finding.path in own.paths or (package != ROOT and package in own.touched)


def _names(packages: frozenset[str], change_set: ChangeSet, finding: Finding) -> bool:
    return change_set.package_of(finding.path) in packages
