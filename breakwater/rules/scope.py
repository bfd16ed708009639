"""Scope: one change, one package, or a justification that names exactly what it touches (SP001 to SP005).

Source: the process, "Single Package Development Rule" and "Phase 2: Documentation"; the design of the validators,
"Rules". A justification that lies elsewhere in the tree covers nothing unless a commit of the range names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from breakwater.breaks.python.places import is_aside
from breakwater.changes import ChangeSet, shown
from breakwater.config import Config
from breakwater.findings import ERROR, NOTICE, Finding, Rule
from breakwater.records import replace
from breakwater.sides import INDEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from breakwater.documents import Document

CROSSES = Rule(
    "SP001",
    "crosses-packages",
    "One change touches files of more than one package.",
    bad="src/packages/data/anomaly_detection/detector.py\nsrc/packages/software/interfaces/detection.py",
    good="src/packages/data/anomaly_detection/detector.py\nsrc/packages/data/anomaly_detection/README.md",
    why="A file belongs to the package whose folder holds it, whatever its kind; a rename counts on both sides; files "
    "outside every package (`//root`) never count. A crossing that is covered is shown as a notice.",
    mend="commit each package by itself (of a range: bring it in a pull request or push of its own), or follow the "
    "exception process and justify the crossing (SP002).",
)
UNJUSTIFIED = Rule(
    "SP002",
    "crossing-not-justified",
    "A change crosses packages without a valid justification in the change or named by it.",
    bad="A change of two packages and no BREAKING_CHANGE_JUSTIFICATION.md,\nor one from an earlier change that no "
    "commit names.",
    good="The change adds BREAKING_CHANGE_JUSTIFICATION.md, complete;\nor a commit says “Implements RFC-0042”, and a "
    "complete document in the tree\nhas the line `**RFC-0042**: its title` below its first heading.",
    why="A document that lay there before counts where the message names its reference, the bold text of the line "
    "between the document's heading and “Change Summary”. When the hook looks at what is staged, the message is not "
    "written yet: the document that fits is named in a notice, and the hook of the message asks for the reference "
    "(CM009). Where git runs no commit-msg hook, nobody would ask, so the crossing stays an error. A document of which "
    "the change alters nothing but white space is one that lay there before, and one that is altered must be signed "
    "anew (JD008).",
    mend="write the document along the process's template and stage it with the change; "
    "`breakwater-impact` drafts its facts.",
)
OMITTED = Rule(
    "SP003",
    "package-not-in-justification",
    "The justification does not name a package that the change touches.",
    bad="## Affected Packages\n- src/packages/data/one/ - new result\n\n(the change also touches data/two/)",
    good="## Affected Packages\n- src/packages/data/one/ - new result\n- src/packages/data/two/ - reads the new result",
    mend="add the package to “Affected Packages”, or take its files out of the change.",
    language="markdown",
)
UNTOUCHED = Rule(
    "SP004",
    "package-not-touched",
    "The justification names a package that the change does not touch.",
    bad="## Affected Packages\n- src/packages/data/one/ - new result\n- src/packages/data/three/ - nothing yet",
    good="## Affected Packages\n- src/packages/data/one/ - new result",
    mend="take the package off the list; what merely depends on the change belongs into “Impact Assessment”.",
    language="markdown",
)
DEPENDENTS = Rule(
    "SP005",
    "dependents-left",
    "A breaking change leaves packages that depend on it neither updated nor acknowledged.",
    bad="one/api.py loses a function; two depends on one, is not changed,\nand the justification does not speak of it.",
    good="two is changed with it, or the “Impact Assessment” names\nsrc/packages/data/two and why it needs no change.",
    why="Only direct dependents are asked for, from manifests and Python imports. Where names of a Python API break, a "
    "dependent in which no file speaks of one of them is not asked; nor are examples, tests and documentation.",
    mend="update the dependent in the same change, or name its path in the document's “Impact Assessment”.",
)
_DOTTED = re.compile(r"\w+(?:\.\w+)+")
_CODE = (".py", ".pyi", ".pyx", ".ipynb")
_MANY = 200
RULES = (CROSSES, UNJUSTIFIED, OMITTED, UNTOUCHED, DEPENDENTS)


def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    """SP001 to SP004. A whole tree is no change, and crosses nothing."""
    if change_set.whole or len(change_set.touched) < 2:
        return
    crossing = _crossing(change_set)
    if change_set.is_merge:
        yield replace(crossing, level=NOTICE, message="A merge is under way: what it brings was checked on its branch.")
        return
    if change_set.old.root is None:
        message = f"This is the first commit: its {len(change_set.touched)} packages have nothing before them to cross."
        yield replace(crossing, level=NOTICE, message=message)
        return
    cover = _cover(change_set, config)
    if cover:
        message = crossing.message.partition("\n")[0]
        yield replace(crossing, level=NOTICE, message=f"{message.removesuffix('.')}; {cover}.")
    else:
        yield crossing
        yield from _reasons(change_set, config)


def _crossing(change_set: ChangeSet) -> Finding:
    packages = change_set.touched
    lines = (f"  {shown(package)} ({_files(change_set, package)})" for package in packages)
    message = f"This change crosses {len(packages)} packages.\n" + "\n".join(lines)
    return CROSSES.at("", 0, message)


def _files(change_set: ChangeSet, package: str) -> str:
    paths = list(change_set.paths_in(package))
    return f"1 file, {shown(paths[0].removeprefix(f'{package}/'))}" if len(paths) == 1 else f"{len(paths)} files"


def _documents(change_set: ChangeSet, config: Config) -> list[Document]:
    from breakwater import documents  # noqa: PLC0415  only a crossing needs it: the hook stays fast

    return [*documents.in_change(change_set, config), *documents.named(change_set, config)]


def _errors(document: Document, config: Config) -> list[Finding]:
    from breakwater.rules.documents import judge, stale  # noqa: PLC0415  as above

    return [finding for finding in (*judge(document, config), *stale(document)) if finding.level == ERROR]


def _cover(change_set: ChangeSet, config: Config) -> str:
    """What covers the crossing, in words: a valid document that names exactly the touched packages; "" without one."""
    if change_set.covered_by:
        return f"it is covered by {change_set.covered_by}"
    touched = set(change_set.touched)
    found = (document for document in valid_documents(change_set, config) if document.packages == touched)
    return next((f"it is covered by {told(document)}" for document in found), "")


def told(document: Document) -> str:
    """The document's path and, where it counts only then, which reference the message must name."""
    return shown(document.path) + (f" if the message names {document.reference}" if document.is_awaited else "")


def valid_documents(change_set: ChangeSet, config: Config) -> Iterator[Document]:
    """The documents in the change or named by it that are complete and signed; then those that may yet be named, where
    git runs a hook that sees the message."""
    yield from (document for document in _documents(change_set, config) if not _errors(document, config))
    yield from _heard(change_set, config)


def _heard(change_set: ChangeSet, config: Config) -> list[Document]:
    """Those that may yet be named, where git runs a hook that sees the message."""
    found = list(awaited_documents(change_set, config))
    return found if found and change_set.repository.runs_hook("commit-msg") else []


def awaited_documents(change_set: ChangeSet, config: Config) -> Iterator[Document]:
    """The documents that are complete and signed, and count if the message of what is staged names them."""
    from breakwater import documents  # noqa: PLC0415  as above

    touched = set(change_set.touched)
    found = (document for document in documents.awaited(change_set, config) if document.packages & touched)
    yield from (document for document in found if not _errors(document, config))


def _reasons(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    """Why the crossing is not covered: by the document that comes nearest."""
    touched = set(change_set.touched)
    found = _documents(change_set, config)
    if not found:
        unheard = [one for one in awaited_documents(change_set, config) if one.packages == touched]
        yield UNJUSTIFIED.at("", 0, _advice(change_set, config) + "".join(map(_unheard, unheard)))
        return
    nearest = min(found, key=lambda document: len(document.packages ^ touched))
    errors = _errors(nearest, config)
    if errors:
        yield UNJUSTIFIED.at(nearest.path, errors[0].line, _invalid(errors))
    if nearest.value:
        yield from _differences(nearest, touched)


def _advice(change_set: ChangeSet, config: Config) -> str:
    is_staged = change_set.new.root == INDEX
    alone = "commit each package by itself" if is_staged else "bring each package in a pull request or push of its own"
    drafted = "" if is_staged else " --base BASE --head HEAD"
    return (
        f"The crossing is not justified: no {config.document} is in this change or named by its commits.\n"
        f"  Either {alone},\n"
        f"  or follow the exception process: fill in {config.document} (begin with the facts:\n"
        f"  breakwater-impact{drafted} --format markdown --whole-document > {config.document}),\n"
        "  have it signed, and bring it with the change."
    )


def _unheard(document: Document) -> str:
    return (
        f"\n  {shown(document.path)} justifies exactly these packages, for a message that names {document.reference}; "
        "no commit-msg hook is installed\n"
        "  that would see the message: pre-commit install --hook-type commit-msg (with validate-breaking-commit-msg)."
    )


def _invalid(errors: list[Finding]) -> str:
    more = f"\n  validate-breaking-change-justification lists {len(errors) - 1} more." if errors[1:] else ""
    return f"The justification is not valid yet: {errors[0].rule} {errors[0].message}{more}"


def _differences(document: Document, touched: set[str]) -> Iterator[Finding]:
    line = section_line(document.text, "Affected Packages")
    for package in sorted(touched - document.packages):
        yield OMITTED.at(
            document.path, line, f"The change touches {shown(package)}, which the justification does not name."
        )
    for package in sorted(document.packages - touched):
        yield UNTOUCHED.at(
            document.path, line, f"The justification names {shown(package)}, which the change does not touch."
        )


def section_line(text: str, name: str) -> int:
    """The line of the section's heading; 1 where it is missing."""
    from breakwater.documents import headings  # noqa: PLC0415  as above

    return next((line for line, heading in headings(text) if heading.casefold() == name.casefold()), 1)


def dependents_left(change_set: ChangeSet, config: Config, breaks: Iterable[Finding]) -> Iterator[Finding]:
    """SP005, for the breaks that the other families found in this change."""
    found: dict[str, list[Finding]] = {}
    for finding in breaks:
        found.setdefault(change_set.package_of(finding.path), []).append(finding)
    if not found.keys() & {change_set.package_of(path) for path in change_set.paths}:
        return
    acknowledged = "\n".join(_acknowledgements(change_set, config))
    graph = change_set.graph
    for package, own in sorted(found.items()):
        others = (one for one in sorted(graph.dependents(package)) if one not in change_set.touched)
        asked = [one for one in others if one not in acknowledged and not any(map(is_aside, one.split("/")))]
        for dependent in _concerned(change_set, asked, own):
            yield DEPENDENTS.at(own[0].path, own[0].line, _left(package, dependent, own[0]))


def _concerned(change_set: ChangeSet, dependents: list[str], breaks: list[Finding]) -> list[str]:
    """Those that speak of what breaks; all of them where a break is not of a name in Python."""
    names = {name for finding in breaks if (name := _name(finding))}
    root = (change_set.new.root or "").removesuffix(":")
    if not dependents or len(names) > _MANY or not all(map(_name, breaks)):
        return dependents
    words = (part for name in sorted(names) for part in ("-e", name))
    places = (f":(top,literal){dependent}" for dependent in dependents)
    asked = ("grep", "-z", "-l", "-w", "-I", "-F", "--full-name", *words, root or "--cached", "--", *places)
    done = change_set.repository.attempt(*asked)
    if done.returncode > 1:
        raise change_set.repository.failure(done.stderr)
    paths = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    files = [path.removeprefix(f"{root}:") if root else path for path in paths if path.endswith(_CODE)]
    speaking = set(map(change_set.package_of, files))
    return [dependent for dependent in dependents if dependent in speaking]


def _name(finding: Finding) -> str:
    """The last part of the dotted name that a finding of the Python rules speaks of; "" for every other."""
    is_python = finding.rule.startswith("PY") and finding.path.endswith(".py")
    match = _DOTTED.search(finding.message) if is_python else None
    return match[0].rpartition(".")[2] if match else ""


def _left(package: str, dependent: str, finding: Finding) -> str:
    return (
        f"{shown(dependent)} depends on {shown(package)}, which breaks here ({finding.rule}), "
        "and is neither updated in this change nor acknowledged in its justification."
    )


def _acknowledgements(change_set: ChangeSet, config: Config) -> Iterator[str]:
    for document in (*_documents(change_set, config), *_heard(change_set, config)):
        if document.value:
            yield from (document.value.api_changes, document.value.data_changes, document.value.behavioral_changes)
