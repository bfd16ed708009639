"""What is in the way of a bulk load, taken off and put back: the state's triggers, foreign keys, secondary indexes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.apps import apps
from django.db import connection

GUARDED = "rfcs_rfc"
"""Its triggers refuse a state out of order; the load skips the way to each state."""

KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY (%s::regclass[])
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index WHERE NOT indisunique AND indpred IS NULL AND indrelid = ANY (%s::regclass[])
"""


@contextmanager
def loading() -> Iterator[None]:
    """While the block runs the tables take rows as they come; afterwards all rows are checked and indexed at once."""
    rooms = (apps.get_app_config(name) for name in ("rfcs", "approvals"))
    tables = [model._meta.db_table for room in rooms for model in room.get_models()]
    keys, indexes = rows(KEYS, tables), rows(INDEXES, tables)
    run(f"ALTER TABLE {GUARDED} DISABLE TRIGGER USER")
    run(*(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name, _ in keys))
    run(*(f"DROP INDEX {name}" for name, _ in indexes))
    yield
    run(*(definition for _, definition in indexes))
    run(*(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in keys))
    run(f"ALTER TABLE {GUARDED} ENABLE TRIGGER USER")


def rows(query: str, tables: Sequence[str]) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [list(tables)])
        found: list[tuple[str, ...]] = cursor.fetchall()
    return found


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
