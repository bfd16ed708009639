"""`breakwater-impact`: facts of a change, and a draft that the document's own parser reads."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.commands import impact
from breakwater.findings import Finding
from breakwater.impact import drafting
from breakwater.impact.facts import Dependent, Impact, Touched
from breakwater.justification import parse, problems, render
from tests.breakwater.documents import ONE, THREE, TWO

ROOT = Path(__file__).parents[3]
FOUR = "src/packages/software/four"
LIBRARY: dict[str, str | bytes | None] = {
    f"{ONE}/pyproject.toml": '[project]\nname = "one"\nversion = "1"\n',
    f"{ONE}/src/one/__init__.py": "def detect(series):\n    return series\n\n\ndef keep():\n    return 1\n",
    f"{TWO}/pyproject.toml": '[project]\nname = "two"\ndependencies = ["one"]\n',
    f"{THREE}/package.json": "{}",
    f"{THREE}/tool.py": "import two\n",
    f"{TWO}/src/two/__init__.py": "from one import detect\n",
    f"{FOUR}/x": "1",
    "CODEOWNERS": "* @all\n/src/packages/data/ @org/data\n/src/packages/data/two/ @org/two @ada\n",
}
BREAK: dict[str, str | bytes | None] = {
    f"{ONE}/src/one/__init__.py": "def keep():\n    return 1\n",
    f"{ONE}/src/one/migrations/0002_more.py": "",
    f"{FOUR}/x": "2",
    "README": "2",
}


@pytest.fixture
def said(capfd):
    def run(folder: Path, *arguments: str, code: int = 0) -> Any:
        assert impact.main(["-C", str(folder), *arguments]) == code
        return capfd.readouterr().out

    return run


def value(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    jsonschema.validate(found, json.loads((ROOT / "docs/schemas/impact-1.json").read_text(encoding="utf-8")))
    return found


def test_what_is_staged_is_told_with_dependents_owners_and_breaks(scratch, said) -> None:
    scratch.commit(files=LIBRARY)
    scratch.write({**BREAK, "CODEOWNERS": "* @mallory\n"})

    found = value(said(scratch.folder, "--format", "json"))

    assert [(one["package"], one["owners"]) for one in found["touched"]] == [(ONE, ["@org/data"]), (FOUR, ["@all"])]
    assert found["touched"][0]["files"] == [
        {"path": f"{ONE}/src/one/__init__.py", "status": "modified"},
        {"path": f"{ONE}/src/one/migrations/0002_more.py", "status": "added"},
    ]
    assert found["outside_packages"] == ["CODEOWNERS", "README"]
    assert found["dependents"] == [
        {"package": TWO, "direct": True, "way": [ONE], "owners": ["@org/two", "@ada"]},
        {"package": THREE, "direct": False, "way": [ONE, TWO], "owners": ["@all"]},
    ]
    assert [(one["rule"], one["level"]) for one in found["breaks"]] == [("PY002", "error")]
    assert [one["path"] for one in found["data_files"]] == [f"{ONE}/src/one/migrations/0002_more.py"]


def test_a_range_says_the_same_from_a_bare_clone(scratch, said, tmp_path: Path) -> None:
    base = scratch.commit(files=LIBRARY)
    scratch.commit(files=BREAK)
    bare = tmp_path / "bare.git"
    scratch.git("clone", "--quiet", "--bare", str(scratch.folder), str(bare))

    here, there = (said(folder, "--base", base, "--format", "json") for folder in (scratch.folder, bare))

    assert here == there
    assert [one["package"] for one in value(here)["touched"]] == [ONE, FOUR]


def test_the_draft_is_the_documents_own_form_and_leaves_the_rest_to_a_person(scratch, said) -> None:
    scratch.commit(files=LIBRARY)
    scratch.write(BREAK)

    text = said(scratch.folder, "--format", "markdown")
    document = parse(text)

    assert text.startswith(f"## Affected Packages\n- {ONE}/ - 1 modified, 1 added (`src/one/__init__.py`, ")
    assert [one.path for one in document.affected_packages] == [ONE, FOUR]
    assert document.affected_packages[0].description.endswith("; 1 break of what others use")
    assert document.api_changes.startswith(f"- `{ONE}/src/one/__init__.py")
    assert "(PY002): " in document.api_changes
    assert document.data_changes == f"- `{ONE}/src/one/migrations/0002_more.py`: added"
    assert document.consumers == (
        f"- {TWO} (owned by @org/two, @ada): depends on {ONE}\n"
        f"- {THREE} (owned by @all): depends on {TWO}, which depends on {ONE}"
    )
    assert document.behavioral_changes == ""
    assert {"behavioral_changes", "justification", "rollback_plan"} <= {p.field for p in problems(document)}


def test_a_draft_acknowledges_no_dependent_by_itself(scratch, said, capfd) -> None:
    """SP005 asks a person to speak of those who are left behind; the list of consumers does not."""
    from breakwater.commands import single_package

    scratch.commit(files=LIBRARY)
    scratch.write({f"{ONE}/src/one/__init__.py": "def keep():\n    return 1\n"})
    scratch.write(
        {"BREAKING_CHANGE_JUSTIFICATION.md": said(scratch.folder, "--format", "markdown", "--whole-document")}
    )

    single_package.main(["-C", str(scratch.folder)])

    assert "SP005" in capfd.readouterr().out


def test_the_whole_document_is_the_template_around_the_draft(scratch, said) -> None:
    scratch.commit(files=LIBRARY)
    scratch.write(BREAK)

    whole = said(scratch.folder, "--format", "markdown", "--whole-document")
    part = said(scratch.folder, "--format", "markdown")

    assert whole == render(parse(whole))
    assert part in whole
    assert parse(whole) == parse(part)


def test_a_renamed_file_touches_both_packages_and_odd_paths_are_shown(scratch, said) -> None:
    odd = os.fsdecode(b"line\nbreak \xff \xf0\x9f\x8c\x8a `tick`")
    scratch.commit(files={f"{ONE}/{odd}": "text\n" * 9, f"{TWO}/x": "1"})
    scratch.write({f"{ONE}/{odd}": None, f"{TWO}/{odd}": "text\n" * 9})

    found = value(said(scratch.folder, "--format", "json"))

    assert [(one["package"], one["files"][0]["status"]) for one in found["touched"]] == [
        (ONE, "moved away"),
        (TWO, "moved here"),
    ]
    assert [one.path for one in parse(found["draft"]).affected_packages] == [ONE, TWO]
    assert said(scratch.folder).splitlines()[0] == (
        "what is staged touches 2 packages; 0 others depend on them; 0 breaks found."
    )


def test_text_names_packages_owners_and_the_way(scratch, said) -> None:
    scratch.commit(files=LIBRARY)
    scratch.write(BREAK)

    lines = said(scratch.folder).splitlines()

    assert lines[0] == (
        "what is staged touches 2 packages; 2 others depend on them (1 through others alone); 1 break found."
    )
    assert lines[2] == f"{ONE} (owned by @org/data)"
    assert lines[-1] == f"  {THREE} (owned by @all): depends on {TWO}, which depends on {ONE}"


def test_nothing_staged_touches_nothing(scratch, said) -> None:
    scratch.commit(files=LIBRARY)

    assert said(scratch.folder) == "what is staged touches 0 packages; 0 others depend on them; 0 breaks found.\n"
    assert parse(said(scratch.folder, "--format", "markdown")).affected_packages == ()


def test_the_first_commit_is_told_too(scratch, said) -> None:
    scratch.write(LIBRARY)

    found = value(said(scratch.folder, "--format", "json"))

    assert [one["package"] for one in found["touched"]] == [ONE, TWO, FOUR, THREE]
    assert found["touched"][0]["owners"] == ["@org/data"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--base", "nowhere"], 2, "error: The commit 'nowhere' does not exist"),
        (["--head", "HEAD"], 2, "error: --head needs --base"),
        (["--format", "sarif"], 2, "error: Argument --format: invalid choice"),
        (["--all-files"], 2, "error: Unrecognized arguments: --all-files"),
        (["-C", "/nowhere"], 2, "error: /nowhere is not in a git repository"),
    ],
)
def test_a_wrong_call_is_one_sentence(scratch, capfd, monkeypatch, arguments, code, sentence) -> None:
    scratch.commit()
    monkeypatch.chdir(scratch.folder)

    assert impact.main(arguments) == code
    out, err = capfd.readouterr()
    assert (out, err.startswith(sentence), len(err.splitlines())) == ("", True, 1)


def test_a_partial_clone_tells_what_it_can_and_says_what_not(scratch, said, tmp_path: Path) -> None:
    base = scratch.commit(files=LIBRARY)
    scratch.commit(files=BREAK)
    scratch.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial.git"
    scratch.git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{scratch.folder}", str(clone))

    found = value(said(clone, "--base", base, "--format", "json", code=3))

    assert [one["package"] for one in found["touched"]] == [ONE, FOUR]
    assert found["could_not_check"]


def test_another_tools_break_is_one_and_a_tool_that_did_not_run_is_none(scratch, capfd, monkeypatch) -> None:
    found = json.dumps([{"rule": "gone", "message": "GET /a is gone."}])
    entry = {"name": "oas", "files": ["**/api.yaml"], "command": ["python3", "-c", f"print({found!r})"]}
    text = "\n".join(f"{key} = {json.dumps(one)}" for key, one in entry.items())
    scratch.commit(files={f"{ONE}/api.yaml": "a: 1\n", "breakwater.toml": f"[[external]]\n{text}\n"})
    scratch.write({f"{ONE}/api.yaml": "b: 1\n"})

    def told() -> tuple[list[tuple[str, str]], str]:
        assert impact.main(["-C", str(scratch.folder), "--format", "json"]) == 0
        out, err = capfd.readouterr()
        return [(one["rule"], one["message"]) for one in value(out)["breaks"]], err

    assert told() == ([], "notice: oas did not run: BREAKWATER_TOOLS does not name its program.\n")
    monkeypatch.setenv("BREAKWATER_TOOLS", "python3")
    assert told() == ([("oas:gone", "GET /a is gone.")], "")


# The draft, whatever the names are

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
FINDING = st.builds(
    Finding, st.sampled_from(("PY002", "DJ001")), st.sampled_from(("error", "warning")), ANY, st.integers(0, 9), ANY
)
FILES = st.lists(st.tuples(ANY, st.sampled_from(("added", "modified"))), min_size=1, max_size=5).map(tuple)
FOLDER = ANY.map(lambda text: f"a{text}b")


@given(
    st.lists(st.builds(Touched, FOLDER, FILES, st.just(()), st.lists(FINDING, max_size=2).map(tuple)), max_size=3),
    st.lists(st.builds(Dependent, FOLDER, st.tuples(FOLDER), st.lists(ANY, max_size=2).map(tuple)), max_size=3),
    st.lists(FINDING, max_size=3),
    FILES,
)
def test_a_draft_of_any_names_is_read_back_as_it_was(touched, dependents, breaks, data_files) -> None:
    facts = Impact("x", tuple(touched), (), tuple(dependents), tuple(breaks), data_files, (), 0, ())

    assert parse(drafting.sections(facts)) == drafting.draft(facts)
    assert parse(drafting.document(facts)) == drafting.draft(facts)
