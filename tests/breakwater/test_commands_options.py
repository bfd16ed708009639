"""The calls of the hooks pass the parser by: what they take for granted is what it would say."""

import subprocess
import sys

import pytest

from breakwater.commands import arguments, commit_message, single_package
from breakwater.commands.options import Options

PARSERS = (arguments.single_package, arguments.justification, arguments.commit_message)
HEAVY = ("argparse", "dataclasses", "pathlib", "typing", "shutil", "tempfile", "json", "ast", "importlib.metadata")


@pytest.mark.parametrize("parser", PARSERS)
def test_what_is_taken_for_granted_is_what_the_parser_says(parser) -> None:
    for name, value in vars(parser("x").options([])).items():
        granted = getattr(Options, name)
        assert list(granted) == value if name == "files" else granted == value


def test_a_call_of_the_message_hook_reads_the_same_either_way() -> None:
    parsed = arguments.commit_message("x").options(["file"])

    assert (commit_message._options(["file"]).message_file, parsed.message_file) == ("file", "file")
    assert commit_message._options(["--commit-msg-file", "file"]).commit_msg_file == "file"
    assert single_package._options(["--scope-only"]).scope_only is True
    assert single_package._options([]).scope_only is False


@pytest.mark.parametrize("call", ["commit_message.main(['message'])", "single_package.main([])"])
def test_the_hooks_import_nothing_heavy(scratch, call: str) -> None:
    scratch.commit(files={"src/packages/a/one/x": "1\n"})
    scratch.write({"src/packages/a/one/x": "2\n", "message": "fix: a thing\n"})
    module = call.partition(".")[0]
    asked = f"import sys; from breakwater.commands import {module}; {call}; print(*sys.modules)"
    root = str(arguments.__file__).rpartition("/breakwater/")[0]

    done = subprocess.run(
        [sys.executable, "-S", "-c", asked],
        cwd=scratch.folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": root},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    assert [name for name in HEAVY if name in done.stdout.split()] == []
