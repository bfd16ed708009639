"""The rules, in families, each in a module of this folder.

A module of a family that looks into changes has

    RULES: tuple[Rule, ...]

    def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]: ...

and imports what is heavy (griffe, graphql) inside the function that needs it, with a comment. `check` is called once
for a change. It reads through `change_set` alone: `changes`, `old_text(path)` and `new_text(path)` (None where there is
no such text file on that side), `old_tree` and `new_tree` (lazy), `package_of(path)`. What it cannot look into it
says by `change_set.could_not("sentence")` and goes on; raising CannotCheck ends the family for this run. Rules that
the configuration ignores, excluded paths, allowances in lines and the baseline are taken out by the caller.

`FAMILIES` names the modules. `wants` is an expression for paths: the module is imported only where a changed path
matches it (searched, not from the start), so that a change without such files costs nothing. `breaks` says that the
family's errors are breaks of something that others use (CM008, SP005, history and portal ask for those).
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

from breakwater.findings import Rule, Usage
from breakwater.records import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from breakwater.config import Config


@record(frozen=True, slots=True)
class Family:
    """A module of rules: the letters that their ids begin with, its name, and which paths concern it.

    With a `setting`, only where the configuration has that key.
    """

    letters: str
    module: str
    wants: str = ""
    breaks: bool = False
    setting: str = ""

    def load(self) -> ModuleType:
        return importlib.import_module(self.module)

    def concerns(self, paths: list[str], config: Config) -> bool:
        if self.setting and self.setting not in config.table:
            return False
        pattern = re.compile(self.wants, re.DOTALL)
        return any(pattern.search(path) for path in paths)


_MANIFEST = r"(?:\A|/)(?:pyproject\.toml|package\.json|Cargo\.toml)\Z"
_JSON_SCHEMA = r"\.schema\.json\Z|(?:\A|/)schemas?/.*\.json\Z"

FAMILIES: tuple[Family, ...] = (
    Family("SP", "breakwater.rules.scope"),
    Family("CM", "breakwater.rules.messages"),
    Family("JD", "breakwater.rules.documents"),
    Family("PY", "breakwater.breaks.python_api", r"\.py\Z", breaks=True),
    Family("MF", "breakwater.breaks.manifests", _MANIFEST, breaks=True),
    Family("DJ", "breakwater.breaks.migrations", r"(?:\A|/)migrations/[^/]+\.py\Z", breaks=True),
    Family("JS", "breakwater.breaks.json_schema", _JSON_SCHEMA, breaks=True),
    Family("GQ", "breakwater.breaks.graphql_schema", r"\.(?:graphqls?|gql)\Z", breaks=True),
    Family("SQ", "breakwater.breaks.sql", r"\.sql\Z", breaks=True),
    Family("EX", "breakwater.breaks.external", breaks=True, setting="external"),
)


def all_rules() -> Iterator[Rule]:
    """Every rule of every family, in order."""
    for family in FAMILIES:
        yield from family.load().RULES


def find(rule_id: str) -> Rule:
    """The rule of that id. Raises Usage with the ids that there are."""
    rules = {rule.id: rule for rule in all_rules()}
    if rule_id.upper() not in rules:
        raise Usage(f"There is no rule {rule_id}; there are {', '.join(rules)}.")
    return rules[rule_id.upper()]


def break_families() -> tuple[Family, ...]:
    return tuple(family for family in FAMILIES if family.breaks)
