"""What the tests of one file read and none keeps changed: made once, taken back after the last of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker


@contextmanager
def taken_back(blocker: DjangoDbBlocker) -> Iterator[None]:
    """For a fixture of a module that depends on `django_db_setup`: each test then runs in a savepoint of its own."""
    whole = transaction.atomic()
    whole._from_testcase = True  # type: ignore[attr-defined] # verbs that must be outermost may run below it
    with blocker.unblock(), whole:
        yield
        transaction.set_rollback(True)
