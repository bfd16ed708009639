"""DJ001 to DJ007: what a Django migration does to code and data that are still in use. By syntax; no database.

Only migrations that the change adds are looked at: one that has been applied is history.
"""

import ast
from collections.abc import Iterator

from breakwater.breaks.python.reading import Unreadable, dotted, parsed
from breakwater.changes import ChangeSet, shown
from breakwater.config import Config
from breakwater.findings import WARNING, Finding, Rule

_WHY = "While a release rolls out, old code runs on the new schema; and going back must be possible."


def _rule(number: str, name: str, summary: str, bad: str, good: str, level: str = "error") -> Rule:
    return Rule(f"DJ{number}", name, summary, bad, good, level=level, why=_WHY, language="python")


RULES: tuple[Rule, ...] = (
    _rule(
        "001",
        "field-removed",
        "A migration removes a field that code of the last release still reads.",
        'migrations.RemoveField("order", "vat")',
        "# Take it out of the code first and remove it a release later.\n"
        'migrations.AlterField("order", "vat", models.IntegerField(null=True))',
    ),
    _rule(
        "002",
        "model-deleted",
        "A migration deletes a model and its data.",
        'migrations.DeleteModel("Order")',
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Order")])',
    ),
    _rule(
        "003",
        "renamed",
        "A migration renames a model or a field: the old name no longer works in code and in queries.",
        'migrations.RenameField("order", "vat", "tax")',
        'migrations.AddField("order", "tax", models.IntegerField(null=True))',
    ),
    _rule(
        "004",
        "field-narrowed",
        "A migration changes a field so that rows of today may not fit, or others may not write what they did.",
        'migrations.AlterField("order", "vat", models.IntegerField())  # was null=True',
        'migrations.AlterField("order", "vat", models.IntegerField(null=True))',
        WARNING,
    ),
    _rule(
        "005",
        "field-required",
        "A migration adds a field that must not be null and that the database does not fill: old code cannot insert.",
        'migrations.AddField("order", "vat", models.IntegerField(default=0))',
        'migrations.AddField("order", "vat", models.IntegerField(default=0, db_default=0))',
    ),
    _rule(
        "006",
        "raw-sql",
        "A migration runs SQL that this check cannot read; somebody must.",
        'migrations.RunSQL("DROP INDEX order_vat")',
        'migrations.RemoveIndex("order", "order_vat")',
        WARNING,
    ),
    _rule(
        "007",
        "no-way-back",
        "A migration runs Python or SQL without saying how to undo it.",
        "migrations.RunPython(fill)",
        "migrations.RunPython(fill, migrations.RunPython.noop)",
    ),
)
_BY_ID = {rule.id: rule for rule in RULES}
_SIMPLE = {
    "RemoveField": ("DJ001", "removes the field {1} of {0}"),
    "DeleteModel": ("DJ002", "deletes the model {0}"),
    "RenameField": ("DJ003", "renames the field {1} of {0}"),
    "RenameModel": ("DJ003", "renames the model {0}"),
    "AlterModelTable": ("DJ003", "renames the table of {0}"),
}


def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    for change in change_set.changes:
        path = change.new_path
        if path is None or change.status not in ("A", "R") or not is_migration(path):
            continue
        text = change_set.new_text(path)
        if text is None or "igration" not in text:
            continue
        try:
            yield from (_BY_ID[rule].at(path, line, sentence) for rule, line, sentence in found(text))
        except Unreadable as reason:
            change_set.could_not(f"The migration {shown(path)} could not be read: {reason}.")


def is_migration(path: str) -> bool:
    folders = path.split("/")[:-1]
    return path.endswith(".py") and not path.endswith("/__init__.py") and folders[-1:] == ["migrations"]


def found(text: str) -> Iterator[tuple[str, int, str]]:
    """Rule, line and sentence of every operation that breaks something. Raises Unreadable."""
    for body in _migrations(parsed(text)):
        models_made = {_text(node, 0, "name").lower() for node in _operations(body) if _last(node) == "CreateModel"}
        for node in _operations(body):
            model = _text(node, 0, "model_name", "name").lower()
            if model not in models_made:
                yield from _judged(node)


def _migrations(tree: ast.Module) -> Iterator[ast.expr]:
    """What `operations` is, in every class that is called Migration."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == "Migration":
            for statement in node.body:
                names = statement.targets if isinstance(statement, ast.Assign) else ()
                if any(dotted(name) == "operations" for name in names) and isinstance(statement, ast.Assign):
                    yield statement.value


def _operations(body: ast.expr) -> Iterator[ast.Call]:
    """The calls in a list of operations. What changes only Django's own picture of the schema is left out."""
    for node in body.elts if isinstance(body, ast.List | ast.Tuple) else []:
        if not isinstance(node, ast.Call):
            continue
        if _last(node) == "SeparateDatabaseAndState":
            inner = _argument(node, 0, "database_operations")
            yield from _operations(inner) if inner is not None else ()
        else:
            yield node


def _judged(node: ast.Call) -> Iterator[tuple[str, int, str]]:
    name = _last(node)
    if name in _SIMPLE:
        rule, words = _SIMPLE[name]
        model = _text(node, 0, "model_name", "name", "old_name") or "a model"
        field = _text(node, 1, "name", "old_name") or "a field"
        yield rule, node.lineno, f"The migration {words.format(model, field)}."
    elif name == "AlterField":
        yield from _altered(node)
    elif name == "AddField":
        yield from _added(node)
    elif name == "RunSQL":
        yield "DJ006", node.lineno, "The migration runs SQL that this check cannot read."
        if _argument(node, 1, "reverse_sql") is None:
            yield "DJ007", node.lineno, "The migration runs SQL and does not say how to undo it."
    elif name == "RunPython" and _argument(node, 1, "reverse_code") is None:
        yield "DJ007", node.lineno, "The migration runs Python and does not say how to undo it."


def _added(node: ast.Call) -> Iterator[tuple[str, int, str]]:
    field = _argument(node, 2, "field")
    if not isinstance(field, ast.Call) or _last(field) in ("ManyToManyField", "GeneratedField"):
        return
    if _keyword(field, "null") != "True" and _keyword(field, "db_default") is None:
        words = f"{_text(node, 1, 'name') or 'a field'} of {_text(node, 0, 'model_name') or 'a model'}"
        yield "DJ005", node.lineno, f"The new field {words} must not be null and has no db_default."


def _altered(node: ast.Call) -> Iterator[tuple[str, int, str]]:
    """What the field was stands in an older migration, so this says what it may not hold now."""
    field = _argument(node, 2, "field")
    if not isinstance(field, ast.Call) or _last(field) in ("ManyToManyField",):
        return
    limits = [f"{key}={value}" for key in ("max_length", "max_digits", "unique") if (value := _keyword(field, key))]
    if _keyword(field, "null") != "True":
        limits.insert(0, "not null")
    words = f"{_text(node, 1, 'name') or 'a field'} of {_text(node, 0, 'model_name') or 'a model'}"
    if limits:
        yield "DJ004", node.lineno, f"The field {words} is {', '.join(limits)} now: do all rows and writers fit?"


def _last(node: ast.Call) -> str:
    return dotted(node.func).rpartition(".")[2]


def _argument(node: ast.Call, position: int, *names: str) -> ast.expr | None:
    """An argument by keyword, else by position."""
    for keyword in node.keywords:
        if keyword.arg in names:
            return keyword.value
    return node.args[position] if position < len(node.args) else None


def _text(node: ast.Call, position: int, *names: str) -> str:
    for name in names:
        value = _argument(node, position, name)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    return ""


def _keyword(node: ast.Call, name: str) -> str | None:
    return next((ast.unparse(k.value) for k in node.keywords if k.arg == name), None)
