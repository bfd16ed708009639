"""The history of a scratch repository, as the command prints it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from breakwater.commands import history

Said = Callable[..., dict[str, Any]]


@pytest.fixture
def said(capfd, tmp_path: Path) -> Said:
    """The JSON report of a repository; further arguments go to the command. Nothing is kept between two calls."""

    def run(folder: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
        cache = () if "--cache" in arguments else ("--no-cache",)
        assert history.main(["-C", str(folder), "--format", "json", *cache, *arguments]) == code
        report: dict[str, Any] = json.loads(capfd.readouterr().out)
        return report

    return run


def rows(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Title -> row."""
    return {row["title"]: row for row in report["rows"]}
