"""The change as rules see it: both sides, lazily, and which packages it touches."""

import os

import pytest

from breakwater import changes, config
from breakwater.config import Config
from breakwater.findings import CannotCheck, Usage
from breakwater.git import Repository
from breakwater.globs import matches
from breakwater.history import layout


def touched(scratch, base: str, head: str, settings: Config | None = None) -> tuple[str, ...]:
    with Repository(scratch.folder) as repository:
        return changes.between(repository, base, head, settings or Config()).touched


def test_both_sides_are_read(scratch) -> None:
    scratch.commit(files={"a": "old\n", "same": "1\n", "gone": "2\n"})
    scratch.write({"a": "new\n", "gone": None, "fresh": "3\n", "binary": b"\0\1"})

    with Repository(scratch.folder) as repository:
        change = changes.staged(repository, Config())
        texts = {name: (change.old_text(name), change.new_text(name)) for name in ("a", "same", "gone", "fresh")}
        assert change.new_text("binary") is None
        assert change.new_bytes("binary") == b"\0\1"

    assert texts == {"a": ("old\n", "new\n"), "same": ("1\n", "1\n"), "gone": ("2\n", None), "fresh": (None, "3\n")}


def test_a_range_starts_at_the_merge_base(scratch) -> None:
    scratch.commit(files={"src/packages/a/one/x": "1\n", "src/packages/b/two/x": "1\n"})
    scratch.git("checkout", "--quiet", "-b", "feature")
    scratch.commit(files={"src/packages/a/one/x": "2\n"})
    scratch.git("checkout", "--quiet", "main")
    scratch.commit(files={"src/packages/b/two/x": "2\n"})

    assert touched(scratch, "main", "feature") == ("src/packages/a/one",)


def test_files_of_any_kind_belong_to_their_folder_and_others_to_the_root(scratch) -> None:
    base = scratch.commit(files={"README.md": "1\n"})
    names = ["src/packages/d/n/uv.lock", "src/packages/d/n/deep/README.md", "src/packages/d/loose.md", "README.md"]
    head = scratch.commit(files=dict.fromkeys(names, "2\n"))

    assert touched(scratch, base, head) == ("src/packages/d/n",)


def test_a_rename_counts_on_both_sides(scratch) -> None:
    text = "one\ntwo\nthree\n"
    base = scratch.commit(files={"src/packages/a/one/x": text})
    head = scratch.commit(files={"src/packages/a/one/x": None, "src/packages/b/two/x": text})

    assert touched(scratch, base, head) == ("src/packages/a/one", "src/packages/b/two")


def test_globs_that_match_anything_decide_alone(scratch) -> None:
    manifests = {"other/pyproject.toml": "", "src/packages/a/one/x": "1\n"}
    base = scratch.commit(files=manifests)
    head = scratch.commit(files={"other/x": "1\n"})

    assert touched(scratch, base, head) == ()


def test_without_a_match_the_deepest_manifest_decides(scratch) -> None:
    manifests = {"pyproject.toml": "", "libs/a/pyproject.toml": "", "libs/a/js/package.json": "{}", "go/go.mod": ""}
    base = scratch.commit(files=manifests)
    files = ("x", "libs/a/x", "libs/a/js/src/x", "go/x", "libs/x")
    head = scratch.commit(files=dict.fromkeys(files, "1\n"))

    assert touched(scratch, base, head) == ("go", "libs/a", "libs/a/js")


def test_manifests_of_tests_and_examples_make_no_package(scratch) -> None:
    """Fixtures with a manifest each made a test of one package cross several."""
    folders = (
        "tests",
        "tests/fixtures/b",
        "libs/a/tests",
        "libs/a/testdata/c",
        "backend/test/d",
        "examples/e",
        "x/old",
    )
    packages = ("libs/a", "libs/test")
    scratch.write({f"{folder}/package.json": "{}" for folder in (*folders, *packages)})
    base = scratch.commit(files={"breakwater.toml": 'exclude = ["x/**"]\n'})
    head = scratch.commit(files={f"{folder}/x": "1\n" for folder in (*folders, *packages)})

    with Repository(scratch.folder) as repository:
        change_set = changes.between(repository, base, head, Config(exclude=("x/**",)))
        assert change_set.touched == packages
        assert change_set.package_of("libs/a/testdata/c/x") == "libs/a"
        assert layout.of(repository, head).count == len(packages)


def test_a_workspace_may_have_an_example_as_its_member(scratch) -> None:
    workspace = {"package.json": '{"workspaces": ["libs/*", "examples/*"]}'}
    base = scratch.commit(files={"libs/a/package.json": "{}", "examples/e/package.json": "{}", **workspace})
    head = scratch.commit(files={"libs/a/x": "1\n", "examples/e/x": "1\n"})

    assert touched(scratch, base, head) == ("examples/e", "libs/a")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.uv.workspace]\nmembers = ["libs/*"]\nexclude = ["libs/out"]\n'),
        ("package.json", '{"workspaces": ["libs/*", "!libs/out"]}'),
        ("package.json", '{"workspaces": {"packages": ["libs/*", "!libs/out"]}}'),
        ("pnpm-workspace.yaml", "packages:\n  # all\n  - 'libs/*'\n  - \"!libs/out\"\nother:\n  - more/*\n"),
        ("Cargo.toml", '[workspace]\nmembers = ["libs/*"]\nexclude = ["libs/out"]\n'),
    ],
)
def test_members_of_a_workspace_are_the_packages(scratch, name: str, text: str) -> None:
    manifest = "package.json" if name.startswith("p") and name != "pyproject.toml" else name
    content = "{}" if manifest == "package.json" else ""
    files = {f"{folder}/{manifest}": content for folder in ("libs/a", "libs/out", "more/b")}
    base = scratch.commit(files={**files, name: text})
    head = scratch.commit(files={"libs/a/x": "1\n", "libs/out/x": "1\n", "more/b/x": "1\n"})

    assert touched(scratch, base, head) == ("libs/a",)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.uv.workspace]\nmembers = ["libs/*"]\n'),
        ("package.json", '{"workspaces": ["libs/*"]}'),
        ("pnpm-workspace.yaml", "packages:\n  - 'libs/*'\n"),
        ("Cargo.toml", '[workspace]\nmembers = ["libs/*"]\nexclude = ["py"]\n'),
    ],
)
def test_a_workspace_hides_no_package_of_another_kind(scratch, name: str, text: str) -> None:
    inside = {"py": "pyproject.toml", "js": "package.json", "rs": "Cargo.toml", "go": "go.mod"}
    own = {"pyproject.toml": "py", "Cargo.toml": "rs"}.get(name, "js")
    manifests = {f"{folder}/{manifest}": "{}" if folder == "js" else "" for folder, manifest in inside.items()}
    base = scratch.commit(files={**manifests, f"libs/a/{inside[own]}": "{}" if own == "js" else "", name: text})
    head = scratch.commit(files={f"{folder}/x": "1\n" for folder in (*inside, "libs/a")})

    assert touched(scratch, base, head) == tuple(sorted({*inside, "libs/a"} - {own}))


def test_a_package_that_goes_was_touched(scratch) -> None:
    base = scratch.commit(files={"libs/a/pyproject.toml": "", "libs/a/x": "1\n", "y": "1\n"})
    head = scratch.commit(files={"libs/a/pyproject.toml": None, "libs/a/x": None})

    assert touched(scratch, base, head) == ("libs/a",)


def test_a_broken_manifest_still_marks_its_folder(scratch) -> None:
    base = scratch.commit(files={"pyproject.toml": "[broken", "package.json": "{", "a/pyproject.toml": "[broken"})
    head = scratch.commit(files={"a/x": "1\n"})

    assert touched(scratch, base, head) == ("a",)


def test_a_symbolic_link_has_no_text(scratch) -> None:
    (scratch.folder / "link").symlink_to("elsewhere")
    scratch.write({})
    with Repository(scratch.folder) as repository:
        assert changes.staged(repository, Config()).new_text("link") is None


def test_what_cannot_be_read_names_the_file(scratch) -> None:
    scratch.write({"large": b"x" * 5_000_001})
    with Repository(scratch.folder) as repository, pytest.raises(CannotCheck, match=r"large: [0-9a-f]+ has 5000001 b"):
        changes.staged(repository, Config()).new_text("large")


def test_the_whole_tree_counts_as_added(scratch) -> None:
    scratch.commit(files={"a": "1\n", "b": "2\n"})
    with Repository(scratch.folder) as repository:
        change = changes.whole(repository, Config())
        assert [(c.status, c.path, change.new_text(c.path)) for c in change.changes] == [
            ("A", "a", "1\n"),
            ("A", "b", "2\n"),
        ]


# Settings


def load(**files: str) -> Config:
    return config.load(lambda name: files[name].encode() if name in files else None)


def test_settings_are_read_from_either_file() -> None:
    assert load(**{"pyproject.toml": '[tool.breakwater]\npackages = ["libs/*"]\n'}).packages == ("libs/*",)
    both = {"breakwater.toml": 'ignore = ["PY", "SP001"]\n', "pyproject.toml": "[tool.breakwater]\nignore = []\n"}
    found = load(**both)
    assert [found.ignores(rule) for rule in ("PY003", "SP001", "SP002")] == [True, True, False]
    assert load() == Config()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[tool", "pyproject.toml cannot be read"),
        ("[tool]\nbreakwater = 3", "must be a table"),
        ('[tool.breakwater]\npackages = "libs/*"', "packages must be a list of texts"),
        ("[tool.breakwater]\ndocument = 3", "document must be a text"),
    ],
)
def test_settings_that_cannot_be_understood_are_a_wrong_call(text: str, reason: str) -> None:
    with pytest.raises(Usage, match=reason):
        load(**{"pyproject.toml": f"{text} # breakwater"})


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("src/*/x", "src/a/x", True),
        ("src/*/x", "src/a/b/x", False),
        ("**/auth/**", "auth/a", True),
        ("**/auth/**", "deep/er/auth/a/b", True),
        ("**/auth/**", "author/a", False),
        ("a?[bc]", "axb", True),
        ("a?[!bc]", "axb", False),
        ("a[", "a[", True),
        ("a.b", "axb", False),
        ("./libs/*/", "libs/a", True),
        ("*", "line\nbreak", True),
        ("*", os.fsdecode(b"\xff"), True),
    ],
)
def test_globs(glob: str, path: str, expected: bool) -> None:
    assert matches(path, [glob]) is expected
