"""`validate-breaking-change-justification`: is the justification document complete, signed, and about this change?

Source: the process, "Validation Tools". Files may be named instead of a change; pre-commit does that.
"""

import sys

from breakwater import changes, checking, rules
from breakwater.commands import arguments as known
from breakwater.commands import opening, running
from breakwater.commands.options import Options
from breakwater.config import Config
from breakwater.findings import Finding
from breakwater.git import Repository
from breakwater.justification import Justification, render

NAME = "validate-breaking-change-justification"


def main(arguments: list[str] | None = None) -> int:
    return running.guarded(_main, arguments, NAME)


def _main(arguments: list[str]) -> int:
    options = known.justification(NAME).options(arguments)
    if options.explain:
        return running.explain(options.explain)
    if options.template:
        print(render(Justification()), end="")
        return 0
    running.check_modes(options)
    if options.files:
        return running.finish(_files(options), options, NAME, "the files named")
    with Repository(options.folder) as repository:
        change_set = opening.open_change(repository, options)
        families = [family for family in rules.FAMILIES if family.letters == "JD"]
        running.check_subject(change_set, options)
        report = checking.run(change_set, change_set.config, families)
        return running.finish(report, options, NAME, running.subject(options))


def _files(options: Options) -> checking.Report:
    """The documents on disk; those that are staged are compared with what else is staged."""
    with Repository(options.folder) as repository:
        change_set = changes.staged(repository, opening.settings(repository, ":"))
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

    return list(judge(documents.read(name, running.text_of(name)), config))


if __name__ == "__main__":
    sys.exit(main())
