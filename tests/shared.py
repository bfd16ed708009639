"""For fixtures: rows that a file's tests share, made once and taken back; a clock that stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from rfcs import clock


@contextmanager
def taken_back(blocker: DjangoDbBlocker) -> Iterator[None]:
    """For a fixture of a module that depends on `django_db_setup`: each test then runs in a savepoint of its own."""
    whole = transaction.atomic()
    whole._from_testcase = True  # type: ignore[attr-defined] # verbs that must be outermost may run below it
    with blocker.unblock(), whole:
        yield
        transaction.set_rollback(True)


def stop_the_clock() -> None:
    """The database's clock stands until the transaction is rolled back; `clock.shifted` still moves it."""
    assert connection.in_atomic_block, "nothing would set the clock going again"
    standing = clock.NOW_SQL.replace("clock_timestamp()", f"timestamptz '{clock.now().isoformat()}'")
    with connection.cursor() as cursor:
        cursor.execute(standing.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
