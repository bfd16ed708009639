"""Which statements read a big table from end to end, by PostgreSQL's own plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

BIG = 10_000
"""Rows; a sequential scan over more has no place in a page."""


def offenders(statements: Iterable[str]) -> list[str]:
    """“rfcs_rfc (10,200 rows): SELECT ...” for each statement whose plan reads a big table sequentially."""
    sizes = table_sizes()
    found = []
    for statement in dict.fromkeys(statements):
        scanned = {name for name in scans(plan_of(statement)) if sizes.get(name, 0) > BIG}
        found += [f"{name} ({sizes[name]:,} rows): {statement[:300]}" for name in sorted(scanned)]
    return found


def table_sizes() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples::bigint FROM pg_class WHERE relkind = 'r'")
        return dict(cursor.fetchall())


def plan_of(statement: str) -> dict[str, Any]:
    """The plan; nothing is executed. No parameters are passed, so a percent sign is only a percent sign."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        answer = cursor.fetchone()[0]
    plan: dict[str, Any] = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan


def scans(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from scans(part)
