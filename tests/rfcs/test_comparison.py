"""Differences that people can read, and that no text makes slow."""

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.justification import Period, Timeline
from rfcs import comparison
from rfcs.comparison import Piece, compare, lines
from tests.factories import content, package, timeline

TEXT = st.lists(st.sampled_from(["a", "b", "a b c", "a x c", "", "## b"]), max_size=30).map("\n".join)


def sides(blocks, name):
    found = [getattr(row, name) for block in blocks for row in block.rows]
    return [side.text for side in found if side is not None]


@given(TEXT, TEXT)
def test_lines_lose_nothing_of_either_text(before, after):
    blocks = lines(before, after)

    assert sides(blocks, "old") == before.splitlines()
    assert sides(blocks, "new") == after.splitlines()
    assert all(row.kind == "same" for block in blocks if block.is_folded for row in block.rows)


def test_words_of_a_changed_line_are_told_apart():
    (block,) = lines("Deploy both packages on Monday.", "Deploy both packages on Friday.")

    (row,) = block.rows
    assert row.kind == "changed"
    assert row.old
    assert [piece.text for piece in row.old.pieces if piece.is_changed] == ["Monday"]
    assert row.new
    assert [piece.text for piece in row.new.pieces if piece.is_changed] == ["Friday"]


def test_lines_that_have_little_in_common_are_not_cut_into_words():
    (block,) = lines("Revert the commit of the release.", "Nothing was merged yet")

    assert block.rows[0].new
    assert block.rows[0].new.pieces == (Piece("Nothing was merged yet"),)


def test_what_did_not_change_is_folded_but_for_two_lines():
    before = "\n".join(f"step {n}" for n in range(20))
    blocks = lines(before, before.replace("step 10", "another step"))

    assert [(block.is_folded, len(block.rows)) for block in blocks] == [(True, 8), (False, 5), (True, 7)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x\n" * 5_000, "y\n" * 5_000),
        ("x\n" * 2_000, "x\ny\n" * 1_000),
        ("\n".join(str(n % 7) for n in range(3_000)), "\n".join(str(n * 3 % 7) for n in range(900))),
    ],
    ids=["long", "equal lines", "few different lines"],
)
def test_a_text_that_would_take_long_is_replaced_whole(monkeypatch, before, after):
    """The search itself is never begun."""
    searched = []

    def counting(_junk, a, b, **options):
        searched.append(len(a) * len(b))
        return SequenceMatcher(_junk, a, b, **options)

    monkeypatch.setattr(comparison, "SequenceMatcher", counting)

    blocks = lines(before, after)

    assert sides(blocks, "new") == after.splitlines()
    assert sum(searched) <= comparison.MOST_WORK


def test_words_are_emphasised_until_the_effort_is_spent():
    line = "one two three " * 40
    before = "\n".join(f"{line}{n}" for n in range(300))
    rows = [row for block in lines(before, before.replace("two", "2")) for row in block.rows]

    cut = [len(row.new.pieces) > 1 for row in rows if row.new]
    assert cut[0] is True
    assert cut[-1] is False


def test_packages_and_timeline_are_tables_of_changes():
    before = content(packages=(package(), package("src/old")))
    moved = Timeline(timeline().development, timeline().testing, Period())
    after = content(packages=(package(severity="high"), package("src/new")), timeline=moved)

    packages, phases = compare(before, after)

    assert [(part.name, part.kind) for part in packages.parts] == [
        ("src/packages/billing/invoices", "changed"),
        ("src/old", "removed"),
        ("src/new", "added"),
    ]
    changed = [(cell.name, cell.before, cell.after) for cell in packages.parts[0].cells if cell.is_changed]
    assert changed == [("Severity", "medium", "high")]
    assert [(part.name, part.kind) for part in phases.parts] == [("Deployment", "changed")]
    assert [(cell.before, cell.after) for cell in phases.parts[0].cells] == [("2031-03-24", ""), ("2031-03-28", "")]


def test_a_package_named_twice_stays_two_rows():
    before, after = content(packages=()), content(packages=(package("src/a"), package("src/a")))

    (change,) = compare(before, after)

    assert [part.name for part in change.parts] == ["src/a", "src/a (2)"]


def test_only_fields_that_differ_are_shown_in_the_documents_order():
    after = content(rollback_plan="1. Revert.", scenario="security", touches_security=True)

    found = compare(content(), after)

    assert [change.name for change in found] == ["scenario", "touches_security", "rollback_plan"]
    assert [sides(change.blocks, "new") for change in found[:2]] == [["Security update"], ["yes"]]


def test_answers_read_as_the_form_asks_them():
    before = content(answers={"mixed_versions": "Two weeks."}, risk={"timing": "quiet"})
    after = content(answers={"mixed_versions": "Six weeks."}, risk={"timing": "usual", "detection": "day"})

    changes = {change.name: change for change in compare(before, after)}

    assert [part.name for part in changes["answers"].parts] == ["Old and new at once"]
    assert [(part.name, part.cells[0].before, part.cells[0].after) for part in changes["risk"].parts] == [
        ("Timing", "A quiet week", "The usual traffic"),
        ("Detection", "", "A person within a day"),
    ]
