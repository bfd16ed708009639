"""Which statements read far more than a page shows, by PostgreSQL's own plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

BIG = 10_000
"""Rows; a sequential scan over a table of more, or a bitmap of more, has no place in a page."""


def offenders(statements: Iterable[str]) -> list[str]:
    """“rfcs_rfc (10,200 rows): SELECT ...” for each statement whose plan reads so much."""
    sizes, found = table_sizes(), []
    for statement in dict.fromkeys(statements):
        read = {name: rows for name, rows in scans(plan_of(statement), sizes) if rows > BIG}
        found += [f"{name} ({rows:,} rows): {statement[:300]}" for name, rows in sorted(read.items())]
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


def scans(plan: dict[str, Any], sizes: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Tables read from end to end and indexes read into a bitmap; a limit above them saves nothing. With rows."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"], sizes.get(plan["Relation Name"], 0)
    if plan["Node Type"] == "Bitmap Index Scan":
        yield plan["Index Name"], plan["Plan Rows"]
    for part in plan.get("Plans", ()):
        yield from scans(part, sizes)
