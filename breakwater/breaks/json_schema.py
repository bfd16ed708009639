"""JS001 to JS007: what a JSON Schema no longer gives or takes.

A schema is read by producers and consumers, and a file does not say for whom it is: both sides count. Files named
`*.schema.json`, and JSON below a folder `schema` or `schemas`, if they say `$schema`, `properties` or `$defs`.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from breakwater.changes import ChangeSet, shown
from breakwater.config import Config
from breakwater.findings import Finding, Rule


def _rule(number: str, name: str, summary: str, bad: str, good: str) -> Rule:
    return Rule(f"JS{number}", name, summary, bad, good, language="diff")


RULES: tuple[Rule, ...] = (
    _rule(
        "001", "property-removed", "A property is gone: consumers that read it get nothing.",
        '- "vat": {"type": "number"}', '  "vat": {"type": "number", "deprecated": true}',
    ),
    _rule(
        "002", "property-required", "A property must be given now: documents of today become invalid.",
        '- "required": ["id"]\n+ "required": ["id", "vat"]', '  "required": ["id"]\n+ "vat": {"type": "number"}',
    ),
    _rule(
        "003", "type-changed", "A value has another type, or fewer types.",
        '- "type": ["string", "null"]\n+ "type": "string"', '- "type": "integer"\n+ "type": "number"',
    ),
    _rule(
        "004", "value-removed", "A value of an enumeration or a constant is gone.",
        '- "enum": ["open", "closed"]\n+ "enum": ["open"]', '- "enum": ["open"]\n+ "enum": ["open", "closed"]',
    ),
    _rule(
        "005", "closed", "Unknown properties are refused now.",
        '+ "additionalProperties": false', '- "additionalProperties": false',
    ),
    _rule(
        "006", "limit-tightened", "A limit (length, range, pattern, format) is tighter than before.",
        '- "maxLength": 100\n+ "maxLength": 10', '- "maxLength": 10\n+ "maxLength": 100',
    ),
    _rule(
        "007", "schema-removed", "A schema, or a definition that others may point at, is gone.",
        '- "$defs": {"money": {}}', '  "$defs": {"money": {}}\n+ "$defs": {"sum": {}}',
    ),
)  # fmt: skip
_BY_ID = {rule.id: rule for rule in RULES}
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_EXACT = ("pattern", "format", "multipleOf")
_DEEP = 100
WANTED = re.compile(r"\.schema\.json\Z|(?:\A|/)schemas?/.*\.json\Z", re.DOTALL)

Schema = dict[str, Any]
Found = tuple[str, str, str]
"""Rule, sentence, and a word of the new text near which it stands."""


def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    for change in change_set.changes:
        path = change.old_path
        if path is None or not WANTED.search(path) or change_set.old.root is None:
            continue
        try:
            old = schema_of(change_set.old_text(path))
            new = schema_of(change_set.new_text(change.new_path)) if change.new_path and old is not None else None
        except ValueError as error:
            change_set.could_not(f"{shown(path)} could not be compared: it is no JSON ({error}).")
            continue
        if old is not None:
            yield from _findings(change_set, change.new_path or path, old, new)


def _findings(change_set: ChangeSet, path: str, old: Schema, new: Schema | None) -> Iterator[Finding]:
    if new is None:
        yield _BY_ID["JS007"].at(path, 0, "The schema is gone.")
        return
    lines = (change_set.new_text(path) or "").splitlines()
    for rule, sentence, word in differences(old, new):
        line = next((number for number, text in enumerate(lines, 1) if f'"{word}"' in text), 0)
        yield _BY_ID[rule].at(path, line, sentence)


def schema_of(text: str | None) -> Schema | None:
    """The schema that the text is; None for other JSON. Raises ValueError for what is no JSON."""
    if text is None:
        return None
    try:
        document = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(document, dict):
        return None
    named = "json-schema.org" in str(document.get("$schema", ""))
    looks = isinstance(document.get("properties"), dict) or isinstance(document.get("$defs"), dict)
    return document if named or looks else None


def differences(old: Schema, new: Schema, where: str = "", depth: int = 0) -> Iterator[Found]:
    """Every break between two schemas, subschemas at the same place compared with each other."""
    if old == new or depth > _DEEP:
        return
    yield from _properties(old, new, where)
    yield from _types(old, new, where)
    yield from _values(old, new, where)
    yield from _limits(old, new, where)
    for name in ("$defs", "definitions"):
        for key in _table(old, name).keys() - _table(new, name).keys():
            yield "JS007", f"The definition {_at(where, key)} is gone.", name
    for key, (one, other) in sorted(_inner(old, new).items()):
        yield from differences(one, other, _at(where, key), depth + 1)


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _table(schema: Schema, key: str) -> Schema:
    value = schema.get(key)
    return value if isinstance(value, dict) else {}


def _inner(old: Schema, new: Schema) -> dict[str, tuple[Schema, Schema]]:
    """Subschemas that stand at the same place on both sides."""
    pairs: dict[str, tuple[Any, Any]] = {}
    for name in ("properties", "$defs", "definitions", "patternProperties"):
        one, other = _table(old, name), _table(new, name)
        pairs |= {key: (one[key], other[key]) for key in one.keys() & other.keys()}
    for name in ("items", "additionalProperties", "contains", "not", "then", "else"):
        pairs[f"[{name}]"] = (old.get(name), new.get(name))
    for name in ("allOf", "prefixItems"):
        lists = [value if isinstance(value, list) else [] for value in (old.get(name), new.get(name))]
        pairs |= {f"{name}[{i}]": pair for i, pair in enumerate(zip(*lists, strict=False))}
    return {key: pair for key, pair in pairs.items() if isinstance(pair[0], dict) and isinstance(pair[1], dict)}


def _properties(old: Schema, new: Schema, where: str) -> Iterator[Found]:
    before, after = _table(old, "properties"), _table(new, "properties")
    for name in sorted(before.keys() - after.keys()):
        yield "JS001", f"The property {_at(where, name)} is gone.", where.rpartition(".")[2] or "properties"
    for name in sorted(_strings(new.get("required")) - _strings(old.get("required"))):
        yield "JS002", f"The property {_at(where, name)} must be given now.", name
    if new.get("additionalProperties") is False and old.get("additionalProperties", True) is not False:
        yield "JS005", f"{where or 'The schema'} takes no unknown properties any longer.", "additionalProperties"


def _strings(value: object) -> set[str]:
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else set()


def _types(old: Schema, new: Schema, where: str) -> Iterator[Found]:
    before, after = _types_of(old), _types_of(new)
    allowed = after | ({"integer"} if "number" in after else set())
    if after and (not before or not before <= allowed):
        told = f" instead of {' or '.join(sorted(before))}" if before else ""
        if before or "$ref" not in old:
            yield "JS003", f"{where or 'The schema'} is {' or '.join(sorted(after))}{told}.", where.rpartition(".")[2]


def _types_of(schema: Schema) -> set[str]:
    value = schema.get("type")
    return {value} if isinstance(value, str) else _strings(value)


def _values(old: Schema, new: Schema, where: str) -> Iterator[Found]:
    before, after = _listed(old), _listed(new)
    if after is None or before == after:
        return
    if before is None:
        yield "JS004", f"{where or 'The schema'} is limited to {len(after)} values now.", where.rpartition(".")[2]
        return
    for value in before:
        if value not in after:
            yield "JS004", f"{where or 'The schema'} no longer allows {json.dumps(value)}.", where.rpartition(".")[2]


def _listed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    value = schema.get("enum")
    return value if isinstance(value, list) else None


def _limits(old: Schema, new: Schema, where: str) -> Iterator[Found]:
    for name in (*_UPPER, *_LOWER, *_EXACT):
        before, after = old.get(name), new.get(name)
        if after is not None and after != before and _is_tighter(name, before, after):
            was = f" instead of {before}" if before is not None else ""
            yield "JS006", f"{where or 'The schema'}: {name} is {after}{was}.", name


def _is_tighter(name: str, before: object, after: object) -> bool:
    if before is None or name in _EXACT:
        return True
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return False
    return after < before if name in _UPPER else after > before
