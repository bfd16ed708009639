"""Manifests, migrations, schemas, SQL and other tools: staged changes in a real repository."""

import json
import stat
import sys
from typing import Any

import pytest

from breakwater import rules
from breakwater.breaks import external, graphql_schema, json_schema, manifests, migrations, sql
from breakwater.config import Config
from breakwater.findings import NOTICE
from tests.breakwater.breaks.test_python_api import Scratch


@pytest.fixture
def scratch(tmp_path):
    return Scratch(tmp_path / "repository") if (tmp_path / "repository").mkdir() is None else None


def found(scratch, module, path, old, new, config=None):
    """(rule, line) of what is found when one file goes from old to new, and the gaps."""
    scratch.commit({path: old} if old is not None else {"README": "x"})
    scratch.stage({path: new})
    findings, gaps = scratch.check(module, config)
    return [(f.rule, f.line) for f in findings], gaps


# Manifests

PYPROJECT = '[project]\nname = "shop"\nrequires-python = ">=3.9"\ndependencies = ["pydantic>=1.10", "rich"]\n'
MANIFESTS = {
    "python raised": (PYPROJECT, PYPROJECT.replace("3.9", "3.11"), [("MF001", 3)]),
    "python lowered": (PYPROJECT, PYPROJECT.replace("3.9", "3.8"), []),
    "python spelled anew": (PYPROJECT, PYPROJECT.replace(">=3.9", ">=3.9.0,<4"), []),
    "major raised": (PYPROJECT, PYPROJECT.replace("1.10", "2"), [("MF002", 4)]),
    "minor raised": (PYPROJECT, PYPROJECT.replace("1.10", "1.11"), []),
    "cap lifted": (PYPROJECT.replace("1.10", "1,<2"), PYPROJECT.replace("1.10", "1,<3"), []),
    "renamed": (PYPROJECT, PYPROJECT.replace('"shop"', '"store"'), [("MF004", 2)]),
    "name spelled anew": (PYPROJECT.replace('"shop"', '"a_b"'), PYPROJECT.replace('"shop"', '"A-b"'), []),
    "removed": (PYPROJECT, None, [("MF004", 0)]),
    "extra removed": (PYPROJECT + "[project.optional-dependencies]\nx = []\n", PYPROJECT, [("MF003", 0)]),
    "extra of developers removed": (PYPROJECT + "[project.optional-dependencies]\ntest = []\n", PYPROJECT, []),
    "script removed": (PYPROJECT + '[project.scripts]\nx = "a:b"\n', PYPROJECT, [("MF003", 0)]),
    "entry point removed": (PYPROJECT + '[project.entry-points.p]\nx = "a:b"\n', PYPROJECT, [("PY012", 0)]),
    "poetry": (
        '[tool.poetry]\nname="a"\n[tool.poetry.dependencies]\npython = "^3.8"\nx = {version = "^1.2"}\n',
        '[tool.poetry]\nname="a"\n[tool.poetry.dependencies]\npython = "^3.9"\nx = {version = "^2.0"}\n',
        [("MF001", 4), ("MF002", 5)],
    ),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_pyproject(scratch, case):
    old, new, expected = MANIFESTS[case]

    assert found(scratch, manifests, "libs/shop/pyproject.toml", old, new) == (expected, [])


def test_manifest_renamed_to_something_else_is_gone(scratch):
    scratch.commit({"a/pyproject.toml": PYPROJECT})
    scratch.git("mv", "a/pyproject.toml", "a/pyproject.template")

    assert [f.message for f in scratch.check(manifests)[0]] == ["The package shop is gone."]


def test_manifest_of_an_example_is_left_out(scratch):
    assert found(scratch, manifests, "shop/examples/a/pyproject.toml", PYPROJECT, None) == ([], [])
    assert found(scratch, manifests, "shop/js-examples/a/pyproject.toml", PYPROJECT, None) == ([], [])


def test_package_json(scratch):
    old = {
        "name": "shop",
        "exports": {".": "./a.js", "./b": "./b.js"},
        "bin": {"x": "x.js"},
        "engines": {"node": ">=18"},
    }
    new = {"exports": {".": "./a.js"}, "bin": {}, "engines": {"node": ">=20"}}

    rules_, _ = found(scratch, manifests, "package.json", json.dumps(old), json.dumps(new))

    assert [rule for rule, _ in rules_] == ["MF005", "MF005", "MF005"]


def test_cargo_feature_and_rust(scratch):
    old = '[package]\nname = "a"\nrust-version = "1.70"\n[features]\nx = []\n'
    new = '[package]\nname = "a"\nrust-version = "1.80"\n[features]\n'

    assert found(scratch, manifests, "Cargo.toml", old, new) == ([("MF001", 3), ("MF003", 0)], [])


def test_major_of_what_may_stand_side_by_side_is_a_warning(scratch):
    node = {"dependencies": {"left": "^1.2", "both": "^1"}, "peerDependencies": {"react": "^17", "both": "^1"}}
    raised = {"dependencies": {"left": "^2", "both": "^2"}, "peerDependencies": {"react": "^18", "both": "^2"}}
    cargo = '[package]\nname = "a"\n[dependencies]\nthiserror = "%s"\n'
    scratch.commit({"package.json": json.dumps(node), "a/Cargo.toml": cargo % 1})
    scratch.stage({"package.json": json.dumps(raised), "a/Cargo.toml": cargo % 2})

    findings, _ = scratch.check(manifests)

    assert sorted((f.level, f.message.split()[1]) for f in findings) == [
        ("error", "both"),
        ("error", "react"),
        ("warning", "left"),
        ("warning", "thiserror"),
    ]


def test_manifest_that_moves_or_lay_twice_takes_no_package_away(scratch):
    scratch.commit({"pyproject.toml": PYPROJECT, "a/pyproject.toml": PYPROJECT, "b/pyproject.toml": "[broken"})
    scratch.stage({"pyproject.toml": None})

    assert scratch.check(manifests) == ([], [])


@pytest.mark.parametrize(("path", "text"), [("pyproject.toml", "[project"), ("package.json", "{"), ("Cargo.toml", "=")])
def test_broken_manifest_is_a_gap(scratch, path, text):
    findings, [gap] = found(scratch, manifests, path, '{"name": "a"}' if path == "package.json" else "", text)

    assert findings == []
    assert gap.startswith(f"{path} could not be compared: it is no ")


# Migrations

MIGRATIONS = {
    "RemoveField('order', 'vat')": ["DJ001"],
    "DeleteModel('Order')": ["DJ002"],
    "RenameField('order', 'a', 'b')": ["DJ003"],
    "RenameModel('Order', 'Purchase')": ["DJ003"],
    "AlterField('order', 'vat', models.CharField(max_length=3))": ["DJ004"],
    "AlterField('order', 'vat', models.TextField(null=True))": [],
    "AddField('order', 'vat', models.IntegerField(default=0))": ["DJ005"],
    "AddField('order', 'vat', models.IntegerField(null=True))": [],
    "AddField('order', 'vat', models.IntegerField(db_default=0))": [],
    "AddField(model_name='order', name='vat', field=models.ManyToManyField('x'))": [],
    "RunSQL('select 1')": ["DJ006", "DJ007"],
    "RunSQL('select 1', migrations.RunSQL.noop)": ["DJ006"],
    "RunPython(f)": ["DJ007"],
    "RunPython(f, reverse_code=g)": [],
    "CreateModel('order', []), migrations.AddField('order', 'x', models.IntegerField())": [],
    "SeparateDatabaseAndState(state_operations=[migrations.DeleteModel('Order')])": [],
    "SeparateDatabaseAndState([migrations.RemoveField('order', 'x')], [])": ["DJ001"],
}


@pytest.mark.parametrize("operation", MIGRATIONS)
def test_migration(scratch, operation):
    text = f"class Migration(migrations.Migration):\n    operations = [migrations.{operation}]\n"

    findings, gaps = found(scratch, migrations, "shop/migrations/0002_x.py", None, text)

    assert ([rule for rule, _ in findings], gaps) == (MIGRATIONS[operation], [])


def test_migration_that_is_no_python_is_a_gap(scratch):
    findings, [gap] = found(scratch, migrations, "shop/migrations/0002_x.py", None, "class Migration(:")

    assert findings == []
    assert gap.startswith("The migration shop/migrations/0002_x.py could not be read: no Python ")


# JSON Schema

BASE: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "s": {"enum": ["a", "b"]}},
    "required": ["id"],
}
SCHEMAS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "property removed": ({"properties": {"id": {"type": "integer"}}}, ["JS001"]),
    "property required": ({"required": ["id", "s"]}, ["JS002"]),
    "property added": ({"properties": {**BASE["properties"], "x": {}}}, []),
    "type changed": ({"properties": {**BASE["properties"], "id": {"type": "string"}}}, ["JS003"]),
    "type widened": ({"properties": {**BASE["properties"], "id": {"type": ["number", "null"]}}}, []),
    "value removed": ({"properties": {**BASE["properties"], "s": {"enum": ["a"]}}}, ["JS004"]),
    "value added": ({"properties": {**BASE["properties"], "s": {"enum": ["a", "b", "c"]}}}, []),
    "closed": ({"additionalProperties": False}, ["JS005"]),
    "limit": ({"properties": {**BASE["properties"], "id": {"type": "integer", "maximum": 9}}}, ["JS006"]),
}


@pytest.mark.parametrize("case", SCHEMAS)
def test_json_schema(scratch, case):
    change, expected = SCHEMAS[case]
    new = json.dumps({**BASE, **change}, indent=1)

    findings, gaps = found(scratch, json_schema, "order.schema.json", json.dumps(BASE), new)

    assert ([rule for rule, _ in findings], gaps) == (expected, [])


def test_json_schema_removed(scratch):
    assert found(scratch, json_schema, "schemas/order.json", json.dumps(BASE), None) == ([("JS007", 0)], [])


def test_json_schema_that_does_not_parse_is_a_gap(scratch):
    assert found(scratch, json_schema, "a.schema.json", json.dumps(BASE), "{")[0] == []
    assert len(scratch.check(json_schema)[1]) == 1


def test_json_that_is_no_schema_is_left_alone(scratch):
    assert found(scratch, json_schema, "schemas/data.json", '{"a": 1}', '{"b": [1]}') == ([], [])


# GraphQL

QUERY = "type Query {\n  order(id: ID): Order\n}\ntype Order {\n  id: ID\n  at: Date\n}\nenum S { A B }\n"
GRAPHQL = {
    "field removed": (QUERY.replace("  at: Date\n", ""), [("GQ002", 4)]),
    "argument required": (QUERY.replace("id: ID)", "id: ID, x: Int!)"), [("GQ005", 1)]),
    "argument removed": (QUERY.replace("(id: ID)", ""), [("GQ004", 1)]),
    "type changed": (QUERY.replace("at: Date", "at: Int"), [("GQ003", 4)]),
    "value removed": (QUERY.replace("A B", "A"), [("GQ006", 8)]),
    "value added": (QUERY.replace("A B", "A B C"), [("GQ009", 8)]),
    "field added": (QUERY.replace("id: ID\n", "id: ID\n  x: Int\n"), []),
    "only words": (f"# more\n{QUERY}", []),
}


@pytest.mark.parametrize("case", GRAPHQL)
def test_graphql(scratch, case):
    new, expected = GRAPHQL[case]

    assert found(scratch, graphql_schema, "shop.graphql", QUERY, new) == (expected, [])


def test_graphql_type_may_move_to_another_file(scratch):
    scratch.commit({"a.graphql": QUERY})
    scratch.stage({"a.graphql": QUERY.replace("enum S { A B }\n", ""), "b.graphql": "enum S { A B }"})

    assert scratch.check(graphql_schema) == ([], [])


def test_graphql_extension_is_compared(scratch):
    old = "extend type Query {\n  a: Int\n  b: Int\n}"

    assert found(scratch, graphql_schema, "a.graphql", old, "extend type Query {\n  a: Int\n}")[0] == [("GQ002", 1)]


def test_graphql_that_does_not_parse_is_a_gap(scratch):
    findings, gaps = found(scratch, graphql_schema, "a.graphql", QUERY, "type {")

    assert (findings, len(gaps)) == ([], 1)


# SQL, by the real squawk


def test_sql_break_and_risk(scratch):
    text = "SELECT 1;\nALTER TABLE orders DROP COLUMN vat;\n"

    findings, gaps = found(scratch, sql, "m/1.sql", None, text)

    assert ("SQ001", 2) in findings
    assert {rule for rule, _ in findings} == {"SQ001", "SQ002"}
    assert gaps == []


def test_sql_that_does_not_parse_is_a_gap(scratch):
    findings, [gap] = found(scratch, sql, "1.sql", None, "ALTER TABLE ((;")

    assert findings == []
    assert gap.startswith("1.sql: squawk could not check it (line 1: ")


def test_sql_without_squawk_is_a_notice(scratch, tmp_path, monkeypatch):
    monkeypatch.setattr("breakwater.breaks.running.sys.executable", str(tmp_path / "python"))
    scratch.stage({"1.sql": "SELECT 1;"})
    monkeypatch.setattr("breakwater.breaks.running.shutil.which", lambda name, path=None: None)

    [finding], gaps = scratch.check(sql)

    assert (finding.level, gaps) == (NOTICE, [])
    assert finding.message.startswith("The program squawk is not installed, so SQL was not checked: pip install ")


# Other tools: real programs on PATH


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """`tool(body, **entry)`: a program `differ` on PATH whose body is Python; gives the configuration for it."""

    def make(body: str, allowed: str = "differ", **entry):
        program = tmp_path / "bin" / "differ"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{body}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(program.parent), prepend=":")
        monkeypatch.setenv("BREAKWATER_TOOLS", allowed)
        command = {"name": "differ", "files": ["api/*"], "command": ["differ", "{old}", "{new}"], **entry}
        return Config(table={"external": [command]})

    return make


FINDING = 'print(json.dumps([{"id": "gone", "level": 3, "line": 2, "message": open(sys.argv[1]).read()}]))'


def test_tool_is_given_both_versions_and_speaks_for_itself(scratch, tool):
    scratch.commit({"api/a.yaml": "before"})
    scratch.stage({"api/a.yaml": "after", "other": "x"})

    [finding], gaps = scratch.check(external, tool(FINDING))

    assert (finding.rule, finding.level, finding.path, finding.line) == ("differ:gone", "error", "api/a.yaml", 2)
    assert (finding.message, gaps) == ("before", [])


def test_tool_runs_only_where_the_machine_allows_it(scratch, tool):
    scratch.commit({"api/a.yaml": "before"})
    scratch.stage({"api/a.yaml": "after"})

    [finding], gaps = scratch.check(external, tool(FINDING, allowed="oasdiff"))

    assert (finding.level, gaps) == (NOTICE, [])
    assert finding.message == "differ did not run: BREAKWATER_TOOLS does not name its program."


def test_tool_sees_no_secret_of_the_environment(scratch, tool, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "x")
    scratch.commit({"api/a": "before"})
    scratch.stage({"api/a": "after"})

    findings, _ = scratch.check(external, tool('print(json.dumps([{"message": str("SECRET_KEY" in os.environ)}]))'))

    assert [f.message for f in findings] == ["False"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("sys.exit('broken')", "it ended with 1: broken"),
        ("print('no json')", "it did not answer in JSON"),
        ("time.sleep(30)", "it took longer than 0.3 seconds"),
        ("print('x' * 11_000_000)", "it printed more than 10000000 bytes"),
    ],
)
def test_tool_that_fails_is_a_gap(scratch, tool, body, reason):
    scratch.commit({"api/a": "before"})
    scratch.stage({"api/a": "after"})

    findings, gaps = scratch.check(external, tool(body, exit=[0], seconds=0.3 if "sleep" in body else 20))

    assert (findings, gaps) == ([], [f"api/a: differ could not check it ({reason})."])


def test_tool_that_is_missing_is_a_notice(scratch, monkeypatch):
    monkeypatch.setenv("BREAKWATER_TOOLS", "no-such-program")
    entry = {"name": "x", "files": ["api/*"], "command": ["no-such-program"]}
    scratch.commit({"api/a": "before"})
    scratch.stage({"api/a": "after"})

    [finding], gaps = scratch.check(external, Config(table={"external": [entry]}))

    assert (finding.level, finding.message, gaps) == (
        NOTICE,
        "x is not installed, so nothing was checked with it.",
        [],
    )


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("lines", "a.rs:3: error: gone\n", [("", "error", 3, "gone")]),
        ("json", '{"changes": [{"rule": "r", "severity": "warning", "text": "t"}]}', [("r", "warning", 0, "t")]),
        (
            "sarif",
            '{"runs": [{"results": [{"ruleId": "r", "level": "note", "message": {"text": "t"}}]}]}',
            [("r", "notice", 0, "t")],
        ),
        ("json", "", []),
    ],
)
def test_output_of_a_tool(form, text, expected):
    assert [(s.rule, s.level, s.line, s.message) for s in external.read(text, form)] == expected


def test_every_rule_has_its_own_id_and_examples():
    every = list(rules.all_rules())

    assert len({rule.id for rule in every}) == len(every)
    assert [rule.id for rule in every if not (rule.bad and rule.good and rule.summary.endswith("."))] == []
