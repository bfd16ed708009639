"""What a check says: findings, the rules that they come from, and the two ways in which a check itself can fail.

Rules describe themselves; the pages of `docs/rules/` and `--explain` are made from what stands here
(`breakwater/rules/` holds the rules, family by family).
"""

from breakwater.records import record

ERROR = "error"
"""Decides the exit code."""
WARNING = "warning"
"""Shown; decides nothing."""
NOTICE = "notice"
"""For information: an optional tool that is not installed, for example."""

LEVELS = (ERROR, WARNING, NOTICE)


class Usage(Exception):
    """The call was wrong, in one sentence: exit 2."""


class CannotCheck(Exception):
    """The check could not look, in one sentence: exit 3, never a silent pass."""


@record(frozen=True, slots=True)
class Finding:
    """One thing found: the rule's id, how grave it is, where (line from 1, 0 for the whole file), a sentence.

    `path` is relative to the repository's root; "" where no file is meant. Bytes that are no UTF-8 stand in it as
    lone surrogates (`surrogateescape`).
    """

    rule: str
    level: str
    path: str
    line: int
    message: str


@record(frozen=True, slots=True)
class Rule:
    """One rule: a stable id, a short name (`parameter-removed`), one sentence, an example of each kind.

    `bad` and `good` are shown as code in `language`; `why` is a paragraph for who asks, `mend` what to do about it.
    """

    id: str
    name: str
    summary: str
    bad: str
    good: str
    level: str = ERROR
    why: str = ""
    mend: str = ""
    language: str = "text"

    def at(self, path: str, line: int, message: str) -> Finding:
        """A finding of this rule, at the rule's own level."""
        return Finding(self.id, self.level, path, line, message)
