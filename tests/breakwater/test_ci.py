"""The ready-made CI pieces are valid for their hosts and call commands that exist."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("name", "schema"), [("github", "vendor.github-workflows"), ("gitlab", "vendor.gitlab-ci")])
def test_a_piece_keeps_to_its_hosts_schema(name: str, schema: str) -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        schema,
        str(ROOT / "deploy" / "ci" / f"{name}.yml"),
    ]
    if name == "gitlab":
        command += ["--data-transform", "gitlab-ci"]

    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["deploy/ci/github.yml", "deploy/ci/gitlab.yml", ".pre-commit-hooks.yaml"])
def test_the_commands_are_installed_ones(name: str) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    called = set(re.findall(r"(?:run:|entry:|  -) (validate-[a-z-]+)", (ROOT / name).read_text(encoding="utf-8")))

    assert len(called) == 3
    assert called <= set(scripts)
