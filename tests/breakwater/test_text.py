"""What people read: what no terminal obeys, and commands that can be typed."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from breakwater import output
from breakwater.checking import Report
from breakwater.findings import Finding
from breakwater.output import calls

ROOT = Path(__file__).parents[2]
TOOL = "validate-single-package-development"


def text(*findings: Finding, subject: str = "what is staged") -> str:
    return output.written(output.Outcome(TOOL, subject, Report(list(findings))), "text")


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of console scripts that is on no PATH, from which the process was started."""
    folder = tmp_path / "an env" / "bin"
    folder.mkdir(parents=True)
    for name in calls.MODULES:
        (folder / name).touch(0o755)
    monkeypatch.setattr(sys, "argv", [str(folder / TOOL)])
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.delenv("PRE_COMMIT", raising=False)
    return folder


def test_every_command_has_its_module() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]

    assert {name: f"breakwater.commands.{module}:main" for name, module in calls.MODULES.items()} == declared


def test_a_command_that_a_shell_finds_is_named_alone(scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"/usr/bin:{scripts}")
    assert calls.call("breakwater-impact") == "breakwater-impact"

    monkeypatch.setenv("PRE_COMMIT", "1")  # which put the folder there, for this process alone
    assert calls.call("breakwater-impact") == f"'{scripts}/breakwater-impact'"


def test_a_command_off_the_path_is_named_with_its_folder(scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert calls.with_calls("  breakwater-impact --x > y") == f"  '{scripts}/breakwater-impact' --x > y"
    assert calls.with_calls("  breakwater-impacts") == "  breakwater-impacts"

    monkeypatch.setenv("HOME", str(scripts.parent.parent))
    assert calls.call(TOOL) == f"~/'an env/bin/{TOOL}'"


def test_where_nothing_is_installed_the_module_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(ROOT / "tools" / "validate_single_package_development.py")])

    done = subprocess.run(["sh", "-c", f"{calls.call(TOOL)} --explain SP001"], capture_output=True, check=False)

    assert done.stdout.startswith(b"SP001 crosses-packages")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a/api.py", "in its line:\n`# breaking: allow PY003 the reason`."),
        ("a/b.sql", "in its line:\n`-- breaking: allow PY003 the reason`."),
        ("a/package.json", '`"//": "breaking: allow PY003 the reason",`'),
        ("schemas/a.json", '`"$comment": "breaking: allow PY003 the reason",`'),
    ],
)
def test_how_a_break_is_allowed_fits_the_file(path: str, words: str) -> None:
    said = text(Finding("PY003", "error", path, 1, "gone"), subject="main...HEAD")

    assert words in said
    assert " --base main --head HEAD --write-baseline > breakwater-baseline.json\n1 error in main...HEAD." in said


def test_names_of_files_steer_no_terminal_and_forge_no_finding() -> None:
    name = "a\x1b[31m\u202e\x9b\nerror: SP001 forged\udcff é\xa0🌊"

    said = text(Finding("JD004", "error", name, 0, f"{name} is odd"))

    escaped = r"a\x1b[31m\u202e\x9b"
    first, second, *rest = said.split("\n")
    assert first == rf"{escaped}\nerror: SP001 forged\xff é\xa0🌊: error: JD004 {escaped}"
    assert second == "  error: SP001 forged\\xff é\xa0🌊 is odd"
    assert "\x1b" not in output.written(
        output.Outcome("t", "s", Report([Finding("A1", "error", name, 0, name)])), "github"
    )
    assert rest[0] == "1 error in what is staged. What a rule means:"
