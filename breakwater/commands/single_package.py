"""`validate-single-package-development`: does the change keep to one package, and does it break what others use?

Source: the process, "Validation Tools".
"""

import sys

from breakwater import checking, rules
from breakwater.commands import opening, running
from breakwater.commands.options import Options
from breakwater.git import Repository

NAME = "validate-single-package-development"


def main(arguments: list[str] | None = None) -> int:
    return running.guarded(_main, arguments, NAME)


def _main(arguments: list[str]) -> int:
    options = _options(arguments)
    if options.explain:
        return running.explain(options.explain)
    running.check_modes(options)
    families = [f for f in rules.FAMILIES if f.letters == "SP" or (f.breaks and not options.scope_only)]
    with Repository(options.folder) as repository:
        change_set = opening.open_change(repository, options)
        running.check_subject(change_set, options)
        report = checking.run(change_set, change_set.config, families)
        for sentence in opening.altered(change_set):
            running.notice(sentence)
        return running.finish(report, options, NAME, running.subject(options))


def _options(arguments: list[str]) -> Options:
    """The hook calls without any, which needs no parser."""
    if not arguments:
        return Options()
    from breakwater.commands import arguments as known  # noqa: PLC0415  argparse is a tenth of a hook's time

    return known.single_package(NAME).options(arguments)


if __name__ == "__main__":
    sys.exit(main())
