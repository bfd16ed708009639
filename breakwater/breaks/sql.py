"""SQ001 and SQ002: what squawk says of SQL files that a change adds (PostgreSQL). Optional: `breakwater[sql]`."""

import json
from collections.abc import Iterator

from breakwater.breaks.running import Failed, Missing, run
from breakwater.changes import ChangeSet, shown
from breakwater.config import Config
from breakwater.findings import NOTICE, WARNING, Finding, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "SQ001",
        "schema-break",
        "SQL takes away or changes what clients of the database use.",
        "ALTER TABLE orders DROP COLUMN vat;",
        "ALTER TABLE orders ADD COLUMN tax integer;",
        language="sql",
    ),
    Rule(
        "SQ002",
        "schema-risk",
        "SQL that may lock or fail on a database in use.",
        "CREATE INDEX order_vat ON orders (vat);",
        "CREATE INDEX CONCURRENTLY order_vat ON orders (vat);",
        level=WARNING,
        language="sql",
    ),
)
_BY_ID = {rule.id: rule for rule in RULES}
_BREAKS = {
    "ban-drop-column", "ban-drop-table", "ban-drop-database", "renaming-column", "renaming-table",
    "changing-column-type", "adding-required-field", "adding-not-nullable-field",
}  # fmt: skip
_SECONDS = 20
_MISSING = (
    "The program squawk is not installed, so SQL was not checked: pip install squawk-cli, or for a hook of pre-commit "
    "`additional_dependencies: [squawk-cli]`."
)


def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    for change in change_set.changes:
        path = change.new_path
        if path is None or not path.endswith(".sql") or change.status == "D":
            continue
        text = change_set.new_text(path)
        if text is None:
            continue
        try:
            yield from findings(path, text)
        except Missing:
            yield Finding("SQ001", NOTICE, path, 0, _MISSING)
            return
        except Failed as reason:
            change_set.could_not(f"{shown(path)}: squawk could not check it ({reason}).")


def findings(path: str, text: str) -> Iterator[Finding]:
    """What squawk says of one file. Raises Missing or Failed."""
    said = run(("squawk", "--reporter", "json"), standard_input=text, seconds=_SECONDS, accepted=(0, 1))
    try:
        reports = json.loads(said)
    except ValueError:
        raise Failed("it did not answer in JSON") from None
    for report in reports:
        name = report["rule_name"]
        if name == "syntax-error":
            raise Failed(f"line {report['line'] + 1}: {report['message']}")
        rule = _BY_ID["SQ001" if name in _BREAKS else "SQ002"]
        yield rule.at(path, report["line"] + 1, f"{name}: {report['message']}")
