"""The one source of time: the database's clock, in UTC, the same for code, constraints and sweeps.

`breakwater_now()` (migration 0001) adds the interval in the PostgreSQL setting `breakwater.clock_shift`, which
tests and the demo may set; `rfcs/checks.py` refuses it in production.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import DateTimeField, Func

NOW_SQL = """
CREATE FUNCTION breakwater_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT clock_timestamp()
    + coalesce(nullif(replace(current_setting('breakwater.clock_shift', true), '_', ' '), ''), '0')::interval
$$;
"""


class Now(Func):
    """`breakwater_now()` inside a query."""

    function = "breakwater_now"
    output_field = DateTimeField()


def now() -> datetime:
    """The present instant, aware, UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT breakwater_now()")
        instant: datetime = cursor.fetchone()[0]
    return instant


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Move the clock of this connection while the block runs; for tests and demo data."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('breakwater.clock_shift', true)")
        before = cursor.fetchone()[0] or ""
        cursor.execute("SELECT set_config('breakwater.clock_shift', %s, false)", [f"{by.total_seconds()} seconds"])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('breakwater.clock_shift', %s, false)", [before])
