"""`validate-breaking-change-justification`: is the justification document complete, signed, and about this change?

Source: the process, "Validation Tools". Files may be named instead of a change; pre-commit does that.
"""

import sys
from argparse import Namespace
from pathlib import Path

from breakwater import changes, checking, rules
from breakwater.commands import running
from breakwater.config import Config
from breakwater.findings import CannotCheck, Finding, Usage
from breakwater.git import LIMIT, Repository

NAME = "validate-breaking-change-justification"


def main(arguments: list[str] | None = None) -> int:
    return running.guarded(lambda: _main(arguments))


def _main(arguments: list[str] | None) -> int:
    made = running.parser(NAME, "Is the justification document complete, signed, and about this change?")
    running.add_modes(made)
    running.add_baseline(made)
    made.add_argument("files", nargs="*", help="documents to read as they lie on disk, whatever changed")
    options = made.parse_args(arguments)
    if options.explain:
        return running.explain(options.explain)
    running.check_modes(options)
    if options.files:
        return running.finish(_files(options), options, NAME, "the files named")
    with Repository(options.folder) as repository:
        change_set = running.open_change(repository, options)
        families = [family for family in rules.FAMILIES if family.letters == "JD"]
        report = checking.run(change_set, change_set.config, families)
        return running.finish(report, options, NAME, running.subject(options))


def _files(options: Namespace) -> checking.Report:
    """The documents on disk; those that are staged are compared with what else is staged."""
    with Repository(options.folder) as repository:
        change_set = changes.staged(repository, running.settings(repository, ":"))
        families = [family for family in rules.FAMILIES if family.letters == "JD"]
        report = checking.run(change_set, change_set.config, families)
    staged = {path for path in change_set.paths if path in options.files}
    found = [finding for name in options.files if name not in staged for finding in _judged(name, change_set.config)]
    alone = checking.settle(found, None, change_set.config)
    report.findings = [f for f in report.findings if f.path in staged] + alone.findings
    return report


def _judged(name: str, config: Config) -> list[Finding]:
    from breakwater import documents  # noqa: PLC0415  imported once there is a document
    from breakwater.rules.documents import judge  # noqa: PLC0415

    return list(judge(documents.read(name, _text(name)), config))


def _text(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        raise Usage(f"{name} cannot be read: {error.strerror}.") from None
    if len(content) > LIMIT:
        raise CannotCheck(f"{name} has more than the {LIMIT} bytes that are read.")
    return content.decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    sys.exit(main())
