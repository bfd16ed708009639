"""`validate-commit-message`: does a message, or each message of a range, keep to the process's format?

Source: the process, "Commit Message Format". Most messages break nothing: for these neither git nor argparse is asked,
and their imports stand where they are needed.
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
    return running.guarded(lambda: _main(sys.argv[1:] if arguments is None else arguments))


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
    """One message; only a breaking one is compared with what is staged, and only then is git asked."""
    text = running.text_of(name)
    comment = _comment(options, text) if comments.is_unclear(text) else comments.DEFAULT
    if not breaks(clean(text, comment)):
        return checking.settle(messages.judge(text, name, None, comment), None, Config())
    from breakwater.commands import opening  # noqa: PLC0415  as the module says
    from breakwater.git import Repository  # noqa: PLC0415

    with Repository(options.folder) as repository:
        config = opening.settings(repository, ":")
        judged = partial(messages.judge, text, name, comment=comment)
        found = min(_compared(repository, judged, config), key=len)
        return checking.settle(found, None, config)


def _comment(options: Options, text: str) -> str:
    from breakwater.git import Repository  # noqa: PLC0415  as the module says

    with Repository(options.folder) as repository:
        return comments.sign(text, repository.comment_sign)


def _compared(
    repository: Repository, judged: Callable[[ChangeSet], Iterator[Finding]], config: Config
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
