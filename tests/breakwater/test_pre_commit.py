"""The hooks with the real pre-commit program, installed from a clone of this repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.breakwater.documents import CROSSING, DOCUMENT, NAME, ONE, TWO

ROOT = Path(__file__).parents[2]
CONFIG = """\
repos:
  - repo: {source}
    rev: {revision}
    hooks:
      - id: validate-single-package
      - id: validate-breaking-commit-msg
      - id: validate-justification
"""
GOOD = f"feat!: detect\n\nBREAKING CHANGE: a result\n\n- Updated {ONE}/\n- Updated {TWO}/\n\nCloses #1\n"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What an installation takes of this tree, as a repository of its own, and its commit."""
    folder = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
            "breakwater",
            "README.md",
            "LICENSE",
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    for name in [*names, "pyproject.toml", ".pre-commit-hooks.yaml"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--no-verify", "-m", "chore: copy"]):
        subprocess.run(
            ["git", "-c", "user.name=Ada", "-c", "user.email=a@example.org", *command], cwd=folder, check=True
        )
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, check=True, encoding="utf-8")
    return folder, done.stdout.strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit-home")


@pytest.fixture
def hooked(scratch, source: tuple[Path, str], home: Path, monkeypatch: pytest.MonkeyPatch):
    """A repository with the hooks in place."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(home))
    monkeypatch.setenv("PRE_COMMIT_ALLOW_NO_CONFIG", "1")
    config = CONFIG.format(source=source[0], revision=source[1])
    scratch.commit(files={".pre-commit-config.yaml": config})
    command = [sys.executable, "-m", "pre_commit", "install", "--hook-type", "pre-commit", "--hook-type", "commit-msg"]
    subprocess.run(command, cwd=scratch.folder, check=True, capture_output=True)
    return scratch


def commit(scratch, text: str) -> subprocess.CompletedProcess[str]:
    identity = {
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    return subprocess.run(
        ["git", "commit", "-m", text],
        cwd=scratch.folder,
        env={**os.environ, **identity},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


def test_a_crossing_commit_is_blocked_with_guidance_and_a_justified_one_passes(hooked) -> None:
    hooked.write(CROSSING)

    blocked = commit(hooked, GOOD)
    hooked.write({NAME: DOCUMENT})
    unmarked = commit(hooked, "feat: detect\n\nBREAKING CHANGE: a result\n")
    passed = commit(hooked, GOOD)

    assert blocked.returncode == 1
    assert "SP001 This change crosses 2 packages." in blocked.stdout
    assert "commit each package by itself" in blocked.stdout
    assert f"fill in {NAME}" in blocked.stdout
    assert unmarked.returncode == 1
    assert "CM002" in unmarked.stdout
    assert passed.returncode == 0, passed.stdout


def test_a_bad_message_and_an_empty_document_are_rejected(hooked) -> None:
    hooked.write({f"{ONE}/x": "1\n"})
    assert "CM004" in commit(hooked, "Update stuff").stdout
    hooked.write({NAME: "# Breaking Change Justification\n"})

    rejected = commit(hooked, "docs: justify")

    assert rejected.returncode == 1
    assert "JD001 The heading “## Change Summary” is missing." in rejected.stdout


def test_who_has_the_hooks_alone_can_do_what_the_messages_say(hooked, home: Path) -> None:
    hooked.write(CROSSING)
    said = commit(hooked, GOOD).stdout
    commands = [line.strip() for line in said.split("\n") if line.startswith("  ") and str(home) in line]
    assert [command.partition(" ")[0].rpartition("/")[2] for command in commands] == [
        "breakwater-impact",
        "validate-single-package-development",
    ]

    plain = {key: value for key, value in os.environ.items() if not key.startswith(("PRE_COMMIT", "VIRTUAL_ENV"))}
    for command in (commands[0].removesuffix("),"), commands[1]):
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=hooked.folder,
            env={**plain, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert f"- {ONE}/ - " in (hooked.folder / NAME).read_text()
    assert done.stdout.startswith("SP001 crosses-packages")


def test_an_rfc_of_the_tree_is_named_by_the_message(hooked) -> None:
    hooked.commit(files={NAME: DOCUMENT})
    hooked.write(CROSSING)

    unnamed = commit(hooked, "feat: detect")
    named = commit(hooked, "feat: detect\n\nImplements RFC-0042")

    assert (unnamed.returncode, "CM009" in unnamed.stdout) == (1, True)
    assert named.returncode == 0, named.stdout


def test_a_push_that_nothing_can_be_compared_with_says_so(hooked, tmp_path: Path) -> None:
    install = [sys.executable, "-m", "pre_commit", "install", "--hook-type", "pre-push"]
    subprocess.run(install, cwd=hooked.folder, check=True, capture_output=True)
    hooked.git("init", "--quiet", "--bare", str(tmp_path / "remote"))
    hooked.git("remote", "add", "origin", str(tmp_path / "remote"))
    hooked.commit(files=CROSSING)

    def push(**environment: str) -> subprocess.CompletedProcess[str]:
        command = ["git", "push", "origin", "HEAD:refs/heads/main"]
        inherited = {**os.environ, **environment}
        return subprocess.run(
            command, cwd=hooked.folder, env=inherited, capture_output=True, encoding="utf-8", check=False
        )

    first, skipped = push(), push(SKIP="validate-single-package")
    hooked.commit(files={f"{ONE}/x.txt": "2\n", f"{TWO}/y.txt": "2\n"})
    crossing = push()

    assert first.returncode == 1
    assert "could not check: This push has nothing in common with what is known of origin" in first.stdout
    assert skipped.returncode == 0, skipped.stdout
    assert (crossing.returncode, "SP001 This change crosses 2 packages." in crossing.stdout) == (1, True)
