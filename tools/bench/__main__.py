"""usage: python -m tools.bench [--rfcs 10000] [--again] [--rounds 5] [--each 20]   (make bench)

Uses the PostgreSQL of DATABASE_URL, else one of its own in var/bench; always in a database of its own, which is
made anew and stays until the next run; `--again` measures the one that is there, after the migrations that it lacks.
A million RFCs take half an hour and 25 GB.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import django
import psycopg
from psycopg import sql

from governance import embedded, tether

if TYPE_CHECKING:
    from tools.bench.fill import People

NAME = "breakwater_bench"


def main() -> int:
    asked = arguments()
    os.environ.setdefault("BREAKWATER_ENV", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    servers = embedded.Servers(embedded.ROOT / "var" / "bench")
    try:
        os.environ.update(servers.start("A benchmark"))
        os.environ["DATABASE_URL"] = own_database(os.environ["DATABASE_URL"], anew=not asked.again)
        return run(asked)
    except tether.CannotStart as reason:
        print(f"The benchmark cannot start: {reason}", file=sys.stderr)
        return 1
    finally:
        servers.stop()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description="Measure the portal against its goals.")
    parser.add_argument("--rfcs", type=int, default=10_000, help="how many RFCs to fill in first")
    parser.add_argument("--again", action="store_true", help="measure the database of the last run, as many as it was")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--each", type=int, default=20, help="requests of a round, for the product and for the floor")
    return parser.parse_args()


def own_database(url: str, *, anew: bool = True) -> str:
    """Make the benchmark's database anew on that server, or take the one that is there; its address."""
    address = urlsplit(url)._replace(path=f"/{NAME}").geturl()
    if not anew:
        return address
    with psycopg.connect(url, autocommit=True) as server:
        name = sql.Identifier(NAME)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
    return address


def run(asked: argparse.Namespace) -> int:
    """Fill, measure, print, write. The measuring modules know models, so they come after django.setup."""
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from tools.bench import fill  # noqa: PLC0415

    begin = time.monotonic()
    call_command("migrate", verbosity=0)
    if asked.again:
        return measured(asked, fill.people_there())
    people = fill.fill(asked.rfcs, say=lambda done: print(f"  {done:,} RFCs filled", flush=True))
    print(f"  filled in {time.monotonic() - begin:.0f} s", flush=True)
    return measured(asked, people)


def measured(asked: argparse.Namespace, people: People) -> int:
    from django.test import override_settings  # noqa: PLC0415

    from tools.bench import measuring, meter, operations, report  # noqa: PLC0415

    plan = measuring.Plan(asked.rounds, asked.each)
    with override_settings(ROOT_URLCONF="tools.bench.floor"):
        try:
            clock = meter.Meter()
            chosen = operations.operations(asked.rfcs, people, requests=plan.requests)
            results = [measuring.measure(operation, clock, plan) for operation in chosen]
        except meter.CannotMeasure as reason:
            print(reason, file=sys.stderr)
            return 1
    print(f"\n{report.table(results)}\n\n{report.scans(results)}")
    report.write(asked.rfcs, results, plan)
    return 0


if __name__ == "__main__":
    sys.exit(main())
