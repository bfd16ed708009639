"""`validate-commit-message`: does a message, or each message of a range, keep to the process's format?

Source: the process, "Commit Message Format".
"""

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from breakwater import changes, checking, rules
from breakwater.commands import running
from breakwater.commits import breaks, clean
from breakwater.config import Config
from breakwater.findings import CannotCheck, Finding, Usage
from breakwater.git import LIMIT, Repository
from breakwater.rules import messages

NAME = "validate-commit-message"


def main(arguments: list[str] | None = None) -> int:
    return running.guarded(lambda: _main(arguments))


def _main(arguments: list[str] | None) -> int:
    made = running.parser(NAME, "Does a commit message keep to the process's format?")
    made.add_argument("message_file", nargs="?", metavar="FILE", help="the message, as the commit-msg hook gets it")
    made.add_argument("--commit-msg-file", metavar="FILE", help="the same, as an option")
    made.add_argument("--base", metavar="COMMIT", help="judge every commit that --head has and this has not")
    made.add_argument("--head", metavar="COMMIT", help="the end of the range (default: HEAD)")
    options = made.parse_args(arguments)
    if options.explain:
        return running.explain(options.explain)
    name = options.commit_msg_file or options.message_file
    if bool(name) == (options.base is not None):
        raise Usage("Name either the file of a message or a range: --base COMMIT [--head COMMIT].")
    with Repository(options.folder) as repository:
        report = _file(repository, name) if name else _range(repository, options)
    return running.finish(report, options, NAME, name or f"{options.base}...{options.head or 'HEAD'}")


def _range(repository: Repository, options: Namespace) -> checking.Report:
    options.all_files = options.staged = False
    change_set = running.open_change(repository, options)
    families = [family for family in rules.FAMILIES if family.letters == "CM" or family.breaks]
    report = checking.run(change_set, change_set.config, families)
    report.findings = [finding for finding in report.findings if finding.rule.startswith("CM")]
    report.allowed = [one for one in report.allowed if one.finding.rule.startswith("CM")]
    return report


def _file(repository: Repository, name: str) -> checking.Report:
    """One message; only a breaking one is compared with what is staged, and only then is git asked."""
    text = _text(name)
    if not breaks(clean(text)):
        return checking.settle(_judged(text, name, None), None, Config())
    config = running.settings(repository, ":")
    found = min(_compared(repository, text, name, config), key=len)
    return checking.settle(found, None, config)


def _compared(repository: Repository, text: str, name: str, config: Config) -> Iterator[list[Finding]]:
    """The findings against what is staged; where the list differs, against an amended commit too: the hook cannot
    tell the two apart."""
    found = list(_judged(text, name, changes.staged(repository, config)))
    yield found
    if any(finding.rule == "CM005" for finding in found) and repository.resolve("HEAD^"):
        yield list(_judged(text, name, changes.amended(repository, config)))


def _judged(text: str, name: str, change_set: changes.ChangeSet | None) -> Iterator[Finding]:
    yield from messages.judge(text, name, change_set)


def _text(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            content = file.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        raise Usage(f"{name} cannot be read: {getattr(error, 'strerror', error)}.") from None
    if len(content) > LIMIT:
        raise CannotCheck(f"{name} has more than the {LIMIT} bytes that are read.")
    return content.decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    sys.exit(main())
