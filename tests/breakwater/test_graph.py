"""Who depends on whom, directly and through others, in every kind of manifest."""

import pytest

from breakwater import graph
from breakwater.git import Repository
from breakwater.graph import Graph
from breakwater.packages import by_manifests
from breakwater.sides import Side

CHAIN = Graph({"a": frozenset(), "b": frozenset("a"), "c": frozenset("b"), "d": frozenset("ac"), "e": frozenset("e")})


def test_dependents_come_with_a_shortest_way_the_nearest_first() -> None:
    assert CHAIN.all_dependents(["a"]) == {"b": ("a",), "d": ("a",), "c": ("a", "b")}
    assert list(CHAIN.all_dependents(["a"])) == ["b", "d", "c"]


def test_what_is_asked_for_is_never_its_own_dependent() -> None:
    assert CHAIN.all_dependents(["a", "b"]) == {"d": ("a",), "c": ("b",)}
    assert CHAIN.all_dependents(["e", "unknown"]) == {}


def test_a_circle_ends() -> None:
    circle = Graph({"a": frozenset("c"), "b": frozenset("a"), "c": frozenset("b")})

    assert circle.all_dependents(["a"]) == {"b": ("a",), "c": ("a", "b")}


@pytest.mark.parametrize(
    "files",
    [
        {
            "one/pyproject.toml": '[project]\nname = "One_Lib"\n',
            "two/pyproject.toml": '[project]\nname = "two"\ndependencies = ["one-lib>=1; python_version > \'3\'"]\n',
        },
        {
            "one/pyproject.toml": "",
            "two/pyproject.toml": '[tool.poetry.dependencies]\none = { path = "../one", develop = true }\n',
        },
        {
            "one/pyproject.toml": "",
            "one/src/onelib/a.py": "",
            "two/pyproject.toml": "",
            "two/b.py": "from onelib import a\n",
        },
        {
            "package.json": '{"workspaces": ["one", "two"]}',
            "one/package.json": '{"name": "@org/one"}',
            "two/package.json": '{"name": "two", "devDependencies": {"@org/one": "workspace:*"}}',
        },
        {
            "one/package.json": "{}",
            "two/package.json": '{"name": "two", "dependencies": {"other": "file:../one"}}',
        },
        {
            "Cargo.toml": '[workspace]\nmembers = ["one", "two"]\n',
            "one/Cargo.toml": '[package]\nname = "one"\n',
            "two/Cargo.toml": '[package]\nname = "two"\n[dependencies]\none.workspace = true\n',
        },
        {
            "one/Cargo.toml": '[package]\nname = "one"\n',
            "two/Cargo.toml": "[target.x.build-dependencies]\nrenamed = { package = 'one', version = '1' }\n",
        },
        {
            "one/go.mod": "module example.org/one\n",
            "two/go.mod": "module example.org/two\n\nrequire (\n\texample.org/one v1.2.3 // indirect\n)\n",
        },
    ],
    ids=[
        "python",
        "poetry path",
        "python import",
        "npm workspace",
        "npm file",
        "cargo workspace",
        "cargo renamed",
        "go",
    ],
)
def test_a_manifest_or_an_import_makes_a_dependent(scratch, files: dict[str, str | bytes | None]) -> None:
    commit = scratch.commit(files=files)

    with Repository(scratch.folder) as repository:
        side = Side(repository, f"{commit}:")
        packages = by_manifests(side.tree(), side.content)
        assert graph.of(side, packages).all_dependents(["one"]) == {"two": ("one",)}
