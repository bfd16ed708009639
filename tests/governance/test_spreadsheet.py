"""A spreadsheet that opens the file runs nothing."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.spreadsheet import BYTE_ORDER_MARK, FORMULA, cell, lines

DANGEROUS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.org","x")',
    "  =1",
    "\u00a0=1",
    "\u3000＝1",
    "\0=1",
)


@pytest.mark.parametrize("text", DANGEROUS)
def test_cell_neutralises_a_formula(text: str) -> None:
    assert cell(text)[0] == "'"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a;=cmd|' /C calc'!A0;b", "a;'=cmd|' /C calc'!A0;b"),
        ("a;;=1", "a;;'=1"),
        ("a\t+1", "a\t'+1"),
        ("a\n@x", "a\n'@x"),
        ('a; "=1', "a; \"'=1"),
        ("a; \u3000＝1", "a; \u3000'＝1"),
        ("a; b = c", "a; b = c"),
    ],
)
def test_a_formula_sign_that_another_separator_would_bring_first_is_neutralised(text: str, safe: str) -> None:
    assert cell(text) == safe
    written = "".join(lines(("a", "b"), [(text, "x")])).removeprefix(BYTE_ORDER_MARK)
    assert written.splitlines()[1][0] == '"' or not set(text) & set(";\t\n")
    for separator in ";\t":
        read = [value for row in csv.reader(StringIO(written), delimiter=separator) for value in row]
        assert not any(value.lstrip(' "\u3000')[:1] in FORMULA for value in read if value.strip())


@pytest.mark.parametrize("text", ["", "plain", "a = b", "RFC-0042", "1-2", "'quoted", "ümlaut"])
def test_cell_leaves_other_text_alone(text: str) -> None:
    assert cell(text) == text


def test_cell_writes_numbers_and_instants_plainly() -> None:
    noon = datetime(2026, 11, 24, 12, 0, 0, 7, tzinfo=timezone(timedelta(hours=2)))
    assert (cell(-3), cell(None), cell(noon)) == ("-3", "", "2026-11-24T10:00:00+00:00")
    assert cell(noon) == cell(noon.astimezone(UTC))


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=2, max_size=2), max_size=5))
def test_lines_read_back_as_the_same_cells_and_none_is_a_formula(rows: list[list[str]]) -> None:
    text = "".join(lines(("a", "b"), rows))
    read = list(csv.reader(StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))
    assert read == [["a", "b"], *([cell(value) for value in row] for row in rows)]
    assert not any(value[:1] in FORMULA for row in read for value in row if value)
