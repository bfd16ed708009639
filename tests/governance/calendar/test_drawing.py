"""Lanes in units of the drawing: inside its days, whatever the bars say."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from governance.calendar.drawing import BAR_LETTER, LETTER, WIDTH, Lane, Stretch, drawn
from governance.calendar.ticks import WORD, labelled

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def drawing(*bars: Stretch, today: date = FIRST) -> dict[str, Any]:
    return drawn([Lane("RFC-0001", "/", bars)], [], first=FIRST, last=LAST, today=today)


def test_days_are_as_wide_as_they_are_long_and_both_ends_count() -> None:
    row = drawing(Stretch("development", FIRST, FIRST), Stretch("testing", FIRST, LAST))["rows"][0]

    assert [(bar["x"], bar["width"]) for bar in row["bars"]] == [(0, WIDTH // 30), (0, WIDTH)]


def test_what_lies_outside_is_cut_off_or_left_out() -> None:
    before, after = Stretch("testing", date(2026, 9, 1), FIRST), Stretch("deployment", date(2026, 12, 1), LAST)

    assert [bar["x"] for bar in drawing(before, after)["rows"][0]["bars"]] == [0]


def test_ticks_are_mondays_and_today_is_there_only_when_it_is() -> None:
    assert {tick["day"].weekday() for tick in drawing()["ticks"]} == {0}
    assert [drawing(today=day)["today"] for day in (FIRST, LAST + timedelta(days=1))] == [WIDTH // 30 // 2, None]


@given(st.dates(FIRST, LAST), st.integers(1, 100), st.integers(1, 100).map("x".__mul__))
def test_titles_and_the_words_of_bars_stay_inside(start: date, days: int, title: str) -> None:
    bar = Stretch("deployment", start, start + timedelta(days=days))
    row = drawn([Lane(title, "/", (bar,))], [], first=FIRST, last=LAST, today=FIRST)["rows"][0]

    wide = LETTER * len(title)
    left, right = (row["text_x"] - wide, row["text_x"]) if row["is_late"] else (row["text_x"], row["text_x"] + wide)
    assert wide > WIDTH or (left >= 0 and right <= WIDTH + 2)
    assert all(BAR_LETTER * len(bar["label"]) < bar["width"] for bar in row["bars"] if bar["label"])


@given(st.lists(st.integers(0, WIDTH), unique=True))
def test_words_at_the_lines_stay_inside_and_apart(lines: list[int]) -> None:
    found = list(labelled(((x, FIRST) for x in sorted(lines)), width=WIDTH))
    places = [tick["label_x"] for tick in found if tick["label_x"] is not None]

    assert [tick["x"] for tick in found] == sorted(lines)
    assert all(0 <= x <= WIDTH - WORD for x in places)
    assert all(right - left >= WORD for left, right in pairwise(places))
    assert bool(places) is bool(lines)


@given(st.lists(st.tuples(DAYS, DAYS), max_size=6), DAYS)
def test_nothing_ever_leaves_the_drawing(pairs: list[tuple[date, date]], today: date) -> None:
    bars = [Stretch("development", min(pair), max(pair)) for pair in pairs]
    found = drawn([Lane("", "/", tuple(bars), tuple(bars))], bars, first=FIRST, last=LAST, today=today)

    shapes = [*found["rows"][0]["bars"], *found["rows"][0]["marks"], *found["bands"]]
    assert all(shape["x"] >= 0 and shape["x"] + shape["width"] <= WIDTH + 4 for shape in shapes)
    assert all(shape["y"] + 5 <= found["height"] for shape in shapes)
