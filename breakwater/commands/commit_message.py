"""`validate-commit-message`: does a message, or each message of a range, keep to the process's format?

Source: the process, "Commit Message Format". Most messages break nothing, and nothing waits for their names: for these
neither the stage is read nor argparse asked, and imports stand where they are needed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial

from breakwater import checking
from breakwater.commands import running
from breakwater.commands.options import Options
from breakwater.commits import breaks, clean, comments
from breakwater.config import Config
from breakwater.findings import Finding, Usage
from breakwater.rules import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from breakwater.changes import ChangeSet
    from breakwater.git import Repository

NAME = "validate-commit-message"


def main(arguments: list[str] | None = None) -> int:
    return running.guarded(_main, arguments, NAME)


def _main(arguments: list[str]) -> int:
    options = _options(arguments)
    if options.explain:
        return running.explain(options.explain)
    name = options.commit_msg_file or options.message_file
    if bool(name) == (options.base is not None):
        raise Usage("Name either the file of a message or a range: --base COMMIT [--head COMMIT].")
    report = _file(options, name) if name else _range(options)
    code = running.finish(report, options, NAME, name or f"{options.base}...{options.head or 'HEAD'}")
    if code == checking.FOUND and options.format == "text" and name and name.endswith("COMMIT_EDITMSG"):
        print(f"The message is kept: git commit --edit --file={name}")
    return code


def _options(arguments: list[str]) -> Options:
    """What the hook calls with, one name, needs no parser."""
    if len(arguments) == 1 and not arguments[0].startswith("-"):
        options = Options()
        options.message_file = arguments[0]
        return options
    from breakwater.commands import arguments as known  # noqa: PLC0415  as the module says

    return known.commit_message(NAME).options(arguments)


def _range(options: Options) -> checking.Report:
    from breakwater import rules  # noqa: PLC0415  as the module says
    from breakwater.commands import opening  # noqa: PLC0415
    from breakwater.git import Repository  # noqa: PLC0415

    with Repository(options.folder) as repository:
        change_set = opening.open_change(repository, options)
        families = [family for family in rules.FAMILIES if family.letters == "CM" or family.breaks]
        report = checking.run(change_set, change_set.config, families)
    report.findings = [finding for finding in report.findings if finding.rule.startswith("CM")]
    report.allowed = [one for one in report.allowed if one.finding.rule.startswith("CM")]
    return report


def _file(options: Options, name: str) -> checking.Report:
    """One message; a breaking one is compared with what is staged, and what is staged may need what a message names."""
    from breakwater.commands import opening  # noqa: PLC0415  as the module says
    from breakwater.git import Repository  # noqa: PLC0415

    text = running.text_of(name)
    with Repository(options.folder) as repository:
        comment = comments.sign(text, repository.comment_sign) if comments.is_unclear(text) else comments.DEFAULT
        message = clean(text, comment)
        try:
            config = opening.settings(repository, ":")
        except Usage:
            if breaks(message):
                raise
            return checking.settle(messages.judge(text, name, None, comment), None, Config())
        judged = partial(messages.judge, text, name, comment=comment)
        found = min(_compared(repository, judged, config), key=len) if breaks(message) else list(judged(None))
        if repository.indexed(config.document):
            found += _unnamed(repository, message, name, config)
        return checking.settle(found, None, config)


def _unnamed(repository: Repository, message: str, path: str, config: Config) -> Iterator[Finding]:
    """CM009: what the hook of what is staged let pass for the sake of documents that the message does not name."""
    from breakwater import changes, documents, rules  # noqa: PLC0415  as the module says
    from breakwater.rules import scope  # noqa: PLC0415

    change_set = changes.staged(repository, config)
    awaited = [] if change_set.is_merge else list(scope.awaited_documents(change_set, config))
    lacking = [document for document in awaited if not documents.names(message, document.reference)]
    if lacking:
        change_set.message = message
        families = [family for family in rules.FAMILIES if family.letters == "SP" or family.breaks]
        report = checking.run(change_set, config, families)
        yield from messages.unnamed(change_set, lacking, report.findings, path)


def _compared(
    repository: Repository, judged: Callable[[ChangeSet | None], Iterator[Finding]], config: Config
) -> Iterator[list[Finding]]:
    """The findings against what is staged; where the list differs, against an amended commit too: the hook cannot
    tell the two apart."""
    from breakwater import changes  # noqa: PLC0415  as the module says

    found = list(judged(changes.staged(repository, config)))
    yield found
    if any(finding.rule == "CM005" for finding in found) and repository.resolve("HEAD^"):
        yield list(judged(changes.amended(repository, config)))


if __name__ == "__main__":
    sys.exit(main())
