"""`breakwater-impact`: which packages does a change touch, who depends on them, who owns them, and what breaks?

Source: the process, "Phase 1: Planning and Approval".
"""

import sys

from breakwater import checking
from breakwater.commands import arguments as known
from breakwater.commands import opening, running
from breakwater.commands.options import Options
from breakwater.git import Repository
from breakwater.impact import facts, writing

NAME = "breakwater-impact"


def main(arguments: list[str] | None = None) -> int:
    return running.guarded(_main, arguments, NAME, finds=False)


def _main(arguments: list[str]) -> int:
    options = known.impact(NAME).options(arguments)
    running.check_modes(options)
    with Repository(options.folder) as repository:
        impact = facts.of(opening.open_change(repository, options), running.subject(options))
    return _finish(impact, options)


def _finish(impact: facts.Impact, options: Options) -> int:
    text = writing.written(impact, options.format, whole=options.whole_document)
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()
    for notice in impact.notices:
        running.notice(notice)
    for gap in impact.gaps:
        running.could_not_check(gap)
    return checking.NOT_CHECKED if impact.gaps else 0


if __name__ == "__main__":
    sys.exit(main())
