"""The audit of the locks never calls clean what it did not look at."""

from typing import Any

import pytest

from tools import audit

CLEAN = {"name": "one", "version": "1.0", "vulns": []}
WEAK = {"name": "two", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
SKIPPED = {"name": "three", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([CLEAN], 0, ["1 packages looked at, 0 known weaknesses"]),
        ([CLEAN, WEAK], 1, ["two 2.0 has PYSEC-1; mended in 2.1", "2 packages looked at, 1 known weaknesses"]),
        ([CLEAN, SKIPPED], 3, ["NOT LOOKED AT: 1 of 2 packages (three)", "1 packages looked at"]),
        ([SKIPPED, WEAK], 1, ["two 2.0 has PYSEC-1", "NOT LOOKED AT: 1 of 2", "1 packages looked at"]),
        ([], 3, ["NOT LOOKED AT: 0 of 0", "0 packages looked at"]),
    ],
    ids=["clean", "weak", "not told", "weak and not told", "empty"],
)
def test_what_was_not_looked_at_is_never_clean(packages: list[dict[str, Any]], code: int, said: list[str]) -> None:
    found, sentences = audit.verdict(packages)

    assert found == code
    assert [sentence[: len(begin)] for sentence, begin in zip(sentences, said, strict=True)] == said
