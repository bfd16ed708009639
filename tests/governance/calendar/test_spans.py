"""Months and quarters, and what is neither."""

from datetime import date

import pytest

from governance.calendar import spans
from governance.calendar.spans import Span


@pytest.mark.parametrize(
    ("key", "first", "last", "previous", "following"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30), "2026-10", "2026-12"),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31), "2026-11", "2027-01"),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29), "2028-01", "2028-03"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "2025-Q4", "2026-Q2"),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "2026-Q3", "2027-Q1"),
    ],
)
def test_a_span_knows_its_days_and_its_neighbours(
    key: str, first: date, last: date, previous: str, following: str
) -> None:
    span = spans.read(key)

    assert span is not None
    assert (span.key, span.first, span.last) == (key, first, last)
    assert (span.previous.key, span.next.key) == (previous, following)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-00", "2026-13", "2026-Q5", "1999-12", "2101-01", "2026-11 ", "٢٠٢٦-11"]
)
def test_what_is_no_span_is_none(text: str) -> None:
    assert spans.read(text) is None


def test_a_closer_look_at_a_quarter_is_todays_month_if_it_is_there() -> None:
    quarter = Span(2026, 10, 3)

    assert quarter.month_of(date(2026, 11, 24)).key == "2026-11"
    assert quarter.month_of(date(2027, 1, 1)).key == "2026-10"
    assert Span(2026, 11).quarter == quarter
