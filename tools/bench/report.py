"""The table, on the terminal and in docs/bench.md: one section for each number of RFCs that was measured."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from django.db import connection

from tools.bench.measuring import Plan, Result

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "bench.md"
HEAD = """# Measured

Written by `make bench` (`python -m tools.bench --rfcs 1000000` for a million). CPU milliseconds of one request,
application and PostgreSQL together, sent through Django's test client. **Floor** is a bare Django view with the
same necessary SQL, no permissions and no layout, measured in turn with the product in one process. Times differ
between machines and no time fails anything; compare the ratios.
"""
COLUMNS = ("operation", "floor", "product", "application", "PostgreSQL", "ratio", "goal", "met", "statements")


def table(results: Sequence[Result]) -> str:
    """Aligned Markdown."""
    rows = [COLUMNS, *(row(result) for result in results)]
    widths = [max(len(line[n]) for line in rows) for n in range(len(COLUMNS))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in rows]
    rule = "|".join("-" * (width + 2) for width in widths)
    return "\n".join([f"| {lines[0]} |", f"|{rule}|", *(f"| {line} |" for line in lines[1:])])


def row(result: Result) -> tuple[str, ...]:
    product = result.product
    return (
        result.name,
        f"{result.floor.total:.1f}",
        f"{product.total:.1f}",
        f"{product.application:.1f}",
        f"{product.database:.1f}",
        f"{result.ratio:.2f}",
        f"<= {result.goal:g}",
        "yes" if result.is_met else "no",
        f"{result.product_statements} ({result.floor_statements})",
    )


def scans(results: Sequence[Result]) -> str:
    """Every statement that reads far more than a page shows."""
    found = [f"- {result.name}: `{offender}`" for result in results for offender in result.offenders]
    return (
        "\n".join(found)
        if found
        else "No plan reads a table of more than 10,000 rows sequentially, or as many into a bitmap."
    )


def section(total: int, results: Sequence[Result], plan: Plan) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0].split()[0]
    machine = f"{os.cpu_count()} cores, PostgreSQL {version} on the same machine, Python {platform.python_version()}"
    how = f"medians of {plan.rounds} rounds of {plan.each} requests; statements of the product (of the floor)"
    return f"## {total:,} RFCs\n\n{date.today():%d %B %Y}, {machine}; {how}.\n\n{table(results)}\n\n{scans(results)}\n"


def write(total: int, results: Sequence[Result], plan: Plan, page: Path = PAGE) -> None:
    """Put this number's section in the page; those of other numbers stay."""
    before = page.read_text() if page.exists() else ""
    sections = {size(part): part for part in re.split(r"(?m)^(?=## )", before) if part.startswith("## ")}
    sections[total] = section(total, results, plan)
    page.parent.mkdir(exist_ok=True)
    page.write_text("\n".join([HEAD, *(sections[key].rstrip() + "\n" for key in sorted(sections))]))


def size(part: str) -> int:
    return int(re.sub(r"\D", "", part.splitlines()[0]) or 0)
