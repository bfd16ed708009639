"""The history that `make bench-history` makes is one that there is something to measure in."""

from pathlib import Path

from tests.breakwater.history.conftest import Said
from tools.bench.history import made


def test_the_history_made_for_the_bench_has_what_is_measured(tmp_path: Path, said: Said) -> None:
    rows = said(made(tmp_path / "made", commits=60))["rows"]

    assert len([row for row in rows if "breaking" in row["kinds"]]) == 2
    assert len([row for row in rows if len(row["packages"]) > 1]) == 6
