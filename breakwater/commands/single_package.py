"""`validate-single-package-development`: does the change keep to one package, and does it break what others use?

Source: the process, "Validation Tools".
"""

import sys

from breakwater import checking, rules
from breakwater.commands import running
from breakwater.git import Repository

NAME = "validate-single-package-development"


def main(arguments: list[str] | None = None) -> int:
    return running.guarded(lambda: _main(arguments))


def _main(arguments: list[str] | None) -> int:
    made = running.parser(NAME, "Does a change keep to one package, and does it break what others use?")
    running.add_modes(made)
    running.add_baseline(made)
    made.add_argument("--scope-only", action="store_true", help="leave out the rules that look for breaks in contents")
    options = made.parse_args(arguments)
    if options.explain:
        return running.explain(options.explain)
    running.check_modes(options)
    families = [f for f in rules.FAMILIES if f.letters == "SP" or (f.breaks and not options.scope_only)]
    with Repository(options.folder) as repository:
        change_set = running.open_change(repository, options)
        report = checking.run(change_set, change_set.config, families)
        return running.finish(report, options, NAME, running.subject(options))


if __name__ == "__main__":
    sys.exit(main())
