"""What is allowed in spite of a rule: comments in the line and the dated baseline, and that both stay visible."""

import json
import re
from datetime import date, timedelta

import pytest

from breakwater import allowances, output
from breakwater.commands import single_package
from breakwater.findings import Finding, Usage
from tests.breakwater.documents import ONE
from tests.breakwater.test_commands import SCOPE, called

API = f"{ONE}/one/api.py"
OLD = "def total(items, vat):\n    return 1\n\n\ndef gone():\n    return 2\n"
NEW = "def total(items):{}\n    return 1\n{}"


def staged(scratch, line: str = "", alone: str = "", **more: str) -> tuple[int, str]:
    """`vat` and `gone` go; what is written behind the line of `total`, and on lines of its own."""
    if scratch.git("rev-list", "--count", "--all") == "0":
        files = {API: OLD, f"{ONE}/one/__init__.py": "", f"{ONE}/pyproject.toml": '[project]\nname = "one"\n'}
        scratch.commit(files=files)
    scratch.write({API: NEW.format(line, alone), **more})
    done = called(SCOPE, here=scratch.folder)
    assert ("alters breakwater-baseline.json" in done.stderr) is bool(more)
    assert len(done.stderr.splitlines()) == bool(more)
    return done.returncode, done.stdout


def finding(rule: str = "PY003", line: int = 3) -> Finding:
    return Finding(rule, "error", "a.py", line, "The parameter vat is gone.")


# Comments


def test_a_comment_in_the_line_allows_what_is_found_there_and_is_told(scratch) -> None:
    code, told = staged(scratch, "  # breaking: allow PY003 nobody passes it")

    assert code == 1
    assert re.search(
        rf"^{re.escape(API)}:1: allowed by comment: PY003 .*vat.* \(nobody passes it\)$", told, re.MULTILINE
    )
    assert "PY002 The function one.api.gone is gone." in told
    assert "1 error in what is staged." in told


def test_a_comment_of_its_own_allows_what_is_gone(scratch) -> None:
    both = "# breaking: allow PY003, PY002 replaced by prices\n"

    code, told = staged(scratch, "", both)

    assert code == 0
    assert told.count("allowed by comment: ") == 2
    assert "(replaced by prices)" in told


@pytest.mark.parametrize(
    ("path", "rule", "old", "new"),
    [
        (
            "package.json",
            "MF005",
            '{"name": "one", "exports": {".": "./a", "./b": "./b"}}\n',
            '{\n  "//": "breaking: allow MF005 nobody asks for b",\n  "name": "one", "exports": {".": "./a"}\n}\n',
        ),
        (
            "a.schema.json",
            "JS001",
            '{"properties": {"a": {}, "b": {}}}\n',
            '{\n  "$comment": "breaking: allow JS001 nobody asks",\n  "title": "a",\n\n  "properties": {"a": {}}\n}\n',
        ),
    ],
)
def test_json_has_no_comments_and_has_a_line_for_them(
    scratch, capsys, path: str, rule: str, old: str, new: str
) -> None:
    scratch.commit(files={f"{ONE}/package.json": '{"name": "one"}\n', f"{ONE}/{path}": old})
    plain = "\n".join(line for line in new.split("\n") if "breaking:" not in line)
    for text, code in ((plain, 1), (new, 0)):
        scratch.write({f"{ONE}/{path}": text})
        assert single_package.main(["-C", str(scratch.folder), "--staged"]) == code
        said = capsys.readouterr().out
        assert f": {rule} " in said or f"error: {rule} " in said
    assert "allowed by comment" in said
    assert "(nobody asks" in said
    assert '",' not in said


def test_a_comment_of_its_own_counts_for_the_change_that_brings_it_alone(scratch) -> None:
    """Once it allowed every later removal in the file, with the reason of the first."""
    files = {f"{ONE}/pyproject.toml": '[project]\nname = "one"\n', f"{ONE}/one/__init__.py": ""}
    scratch.commit(files={**files, API: "def gone():\n    return 1\n\n\ndef later():\n    return 2\n"})
    comment = "# breaking: allow PY002 gone was never announced\n"
    scratch.write({API: f"{comment}def later():\n    return 2\n"})
    first = called(SCOPE, here=scratch.folder)
    scratch.commit()
    scratch.write({API: comment})

    second = called(SCOPE, here=scratch.folder)

    assert (first.returncode, first.stdout.count("allowed by comment: PY002 The function one.api.gone is gone.")) == (
        0,
        1,
    )
    assert second.returncode == 1
    assert "error: PY002 The function one.api.later is gone." in second.stdout
    assert "allowed by comment" not in second.stdout


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # breaking: allow PY003 a reason",
        "// breaking: allow PY003 a reason",
        "<!-- breaking: allow PY003 a reason -->",
        "/* breaking: allow PY003 a reason */",
        "{# breaking: allow PY003 a reason #}",
        "-- breaking:allow PY003 a reason",
        "# breaking: allow SP001,PY003 a reason",
    ],
)
@pytest.mark.parametrize("at", [2, 3])
def test_any_sign_of_a_comment_counts_in_the_line_and_in_the_one_above(line: str, at: int) -> None:
    text = "\n".join(["x = 0"] * (at - 1) + [line])

    allowed = allowances.in_text(finding(), text)

    assert allowed is not None
    assert (allowed.where, allowed.reason) == ("comment", "a reason")


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # breaking: allow PY003",
        "x = 1  # breaking: allow PY003   ",
        "x = 1  # breaking: allow PY002 a reason",
        "x = 1  # breaking: allow PY a reason",
        "x = 1  # breaking: allow all of it",
        "x = 1  # not breaking, allow PY003 a reason",
        "x = 1  # breaking: allow py003 a reason",
    ],
)
def test_without_rule_and_reason_nothing_is_allowed(line: str) -> None:
    assert allowances.in_text(finding(line=1), line) is None


@pytest.mark.parametrize("at", [1, 4])
def test_a_comment_behind_other_code_counts_there_alone(at: int) -> None:
    lines = ["x = 0"] * 5
    lines[at - 1] = "x = 1  # breaking: allow PY003 a reason"

    assert allowances.in_text(finding(), "\n".join(lines)) is None


def test_what_is_allowed_does_not_make_dependents_ask(scratch) -> None:
    two = {"src/packages/data/two/pyproject.toml": '[project]\nname = "two"\ndependencies = ["one"]\n'}
    two["src/packages/data/two/use.py"] = "from one.api import total\n"
    scratch.write(two)
    allowed = "# breaking: allow PY003,PY002 nobody uses it\n"
    staged(scratch)
    scratch.commit()
    scratch.write({API: OLD})
    scratch.commit()

    assert "SP005" in staged(scratch)[1]
    assert "SP005" not in staged(scratch, "", allowed)[1]


@pytest.mark.parametrize("form", output.FORMATS)
def test_every_format_lists_what_is_allowed(scratch, form: str) -> None:
    staged(scratch, "", "# breaking: allow PY003,PY002 replaced by prices\n")

    done = called(SCOPE, "--format", form, here=scratch.folder)

    assert done.returncode == 0
    assert done.stdout.count("replaced by prices" if form != "gitlab" else '"severity": "info"') >= 2


# The baseline


def entry(**changes: str) -> bytes:
    known = {
        "rule": "PY003",
        "path": "a.py",
        "message": "The parameter vat is gone.",
        "reason": "r",
        "since": "2026-01-01",
    }
    return json.dumps({"version": 1, "allowed": [known | changes]}).encode()


@pytest.mark.parametrize(("days", "counts"), [(1, True), (0, True), (-1, False)])
def test_an_entry_counts_through_its_last_day(days: int, counts: bool) -> None:
    today = date.today()
    entries = allowances.read(entry(until=(today + timedelta(days=days)).isoformat()), "b.json")

    allowed = allowances.in_baseline(finding(), entries, today)

    assert (allowed is not None) == counts


@pytest.mark.parametrize("change", [{"rule": "PY002"}, {"path": "b.py"}, {"message": "The parameter tax is gone."}])
def test_an_entry_is_for_one_finding(change: dict[str, str]) -> None:
    assert allowances.in_baseline(finding(), allowances.read(entry(**change), "b.json"), date.today()) is None
    assert allowances.in_baseline(finding(line=99), allowances.read(entry(), "b.json"), date.today()) is not None


@pytest.mark.parametrize("change", [{"since": "soon"}, {"until": "2026-02-30"}, {"since": ""}, {"reason": " "}])
def test_an_entry_without_its_day_or_reason_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(Usage, match=r"b\.json is no baseline"):
        allowances.read(entry(**change), "b.json")


def test_what_is_written_is_read_again_and_allows_the_same(scratch) -> None:
    assert staged(scratch)[0] == 1
    written = called(SCOPE, "--write-baseline", "--until", "2999-12-31", here=scratch.folder)

    code, told = staged(scratch, **{"breakwater-baseline.json": written.stdout})

    assert (written.returncode, code) == (0, 0)
    assert told.count("allowed by baseline until 2999-12-31: ") == 2
    again = called(SCOPE, "--write-baseline", "--until", "2999-12-31", here=scratch.folder)
    assert json.loads(again.stdout) == json.loads(written.stdout)
