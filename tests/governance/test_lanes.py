"""The timeline as lanes: every label can be read, whatever is drawn beside it."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from governance.pages.record.lanes import LETTER, WIDTH, Bar, lanes

DAY = date(2026, 11, 2)
STRETCHES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=5)


@given(STRETCHES)
def test_no_edge_of_a_bar_crosses_its_label(stretches):
    bars = [
        Bar("clash", "Settled clash with RFC-0011", DAY + timedelta(days=first), DAY + timedelta(days=first + length))
        for first, length in stretches
    ]

    drawn = lanes(bars, DAY)

    assert drawn is not None
    for row in drawn["rows"]:
        wide = len(row["bar"].label) * LETTER
        left = row["text_x"] - wide if row["is_before"] else row["text_x"]
        right = left + wide
        edges = (row["x"], row["x"] + row["width"])
        assert not any(left < edge < right for edge in edges)
        assert left >= 0
        assert right <= WIDTH
