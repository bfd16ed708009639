"""GQ001 to GQ009: what a GraphQL schema no longer gives or takes, as graphql-core finds it.

The schema files of a change are taken together, so that a type may move from one file to another. What they use from
files that did not change stands in as a scalar.
"""

from collections.abc import Iterator
from types import ModuleType

from breakwater.changes import ChangeSet, shown
from breakwater.config import Config
from breakwater.findings import WARNING, CannotCheck, Finding, Rule


def _rule(number: str, name: str, summary: str, bad: str, good: str, level: str = "error") -> Rule:
    return Rule(f"GQ{number}", name, summary, bad, good, level=level, language="diff")


RULES: tuple[Rule, ...] = (
    _rule("001", "type-removed", "A type is gone or is of another kind.", "- type Order", "+ type Sum"),
    _rule("002", "graphql-field-removed", "A field is gone.", "- vat: Int", "- vat: Int\n+ vat: Int @deprecated"),
    _rule("003", "field-type", "A field or an argument has another type.", "- vat: Int!\n+ vat: Int", "+ tax: Int"),
    _rule("004", "argument-removed", "An argument is gone.", "- total(vat: Int): Int\n+ total: Int", "+ sum: Int"),
    _rule(
        "005", "input-required", "An argument or an input field must be given now.",
        "- total: Int\n+ total(vat: Int!): Int", "- total: Int\n+ total(vat: Int): Int",
    ),
    _rule("006", "graphql-value-removed", "A value of an enumeration or a union is gone.", "- CLOSED", "+ CLOSED"),
    _rule("007", "interface-removed", "A type lost an interface.", "- type A implements N\n+ type A", "+ type B"),
    _rule("008", "directive", "A directive is gone or takes less.", "- directive @a on FIELD", "+ directive @b"),
    _rule(
        "009", "dangerous", "A change that old clients may not be ready for: a new value, another default.",
        "  enum State {\n+   CLOSED", "  # Teach clients that take an unknown value for an error first.", WARNING,
    ),
)  # fmt: skip
_BY_ID = {rule.id: rule for rule in RULES}
_STARTS = ("type", "input", "enum", "interface", "union", "scalar", "extend")
_ENDINGS = (".graphql", ".graphqls", ".gql")


def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    changes = [c for c in change_set.changes if c.old_path and c.path.endswith(_ENDINGS)]
    if not changes or change_set.old.root is None:
        return
    comparing = _comparing()
    fresh = [c.new_path for c in change_set.changes if c.new_path and c.new_path.endswith(_ENDINGS)]
    try:
        old = comparing.schema_of(text for c in changes if c.old_path and (text := change_set.old_text(c.old_path)))
        new = comparing.schema_of(text for path in fresh if (text := change_set.new_text(path)))
    except comparing.NoSchema as error:
        names = ", ".join(shown(c.path) for c in changes)
        change_set.could_not(f"The schema in {names} could not be compared: {error}")
        return
    texts = {path: change_set.new_text(path) or "" for path in fresh}
    for rule, sentence in comparing.differences(old, new):
        path, line = _place(sentence, texts) or (changes[0].path, 0)
        yield _BY_ID[rule].at(path, line, sentence)


def _comparing() -> ModuleType:
    try:
        from breakwater.breaks import graphql_comparing  # noqa: PLC0415  the files of tools/ run where it is missing
    except ModuleNotFoundError as error:
        raise CannotCheck(f"this Python has no {error.name} (pip install graphql-core).") from None
    return graphql_comparing


def _place(sentence: str, texts: dict[str, str]) -> tuple[str, int] | None:
    """Where the thing that the sentence names first is defined now."""
    name = sentence.replace("'", " ").replace(".", " ").split()
    for word in name:
        for path, text in texts.items():
            for number, line in enumerate(text.splitlines(), 1):
                parts = line.split()
                if word in parts[1:3] and parts[0] in _STARTS:
                    return path, number
    return None
