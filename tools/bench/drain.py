"""usage: python -m tools.bench.drain [--rows 5000] [--workers 2]   (make bench-drain)

How fast workers empty the outbox of mail: rows per second, CPU milliseconds a row, and the lag from queueing to
sending while messages come in at the goal's rate. Goal: 500 rows a second, 99 % within 5 seconds. In a database of its
own; the mail server is a process on the loopback that answers at once and keeps nothing. On a machine that has other
work, only the CPU says something.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import socketserver
import sys
import time
from itertools import count

import django

from governance import embedded, tether
from tools.bench.__main__ import own_database
from tools.bench.meter import Cost, Meter

GOAL, WITHIN = 500, 5.0


def main() -> int:
    asked = arguments()
    os.environ.setdefault("BREAKWATER_ENV", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    port, servers = embedded.free_port(), embedded.Servers(embedded.ROOT / "var" / "bench")
    sink = multiprocessing.get_context("fork").Process(target=swallow, args=(port,), daemon=True)
    sink.start()
    try:
        os.environ.update(servers.start("A benchmark"))
        os.environ["DATABASE_URL"] = own_database(os.environ["DATABASE_URL"])
        os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
        return run(asked.rows, asked.workers)
    except tether.CannotStart as reason:
        print(f"The benchmark cannot start: {reason}", file=sys.stderr)
        return 1
    finally:
        servers.stop()
        sink.kill()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.drain", description="Measure the outbox.")
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


def run(rows: int, workers: int) -> int:
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    people = make_people(50)
    fast, cost = drained(people, rows, workers)
    print(f"a heap of {rows:,} rows, {workers} workers: {fast:,.0f} rows/s (goal {GOAL}); ", end="")
    print(f"CPU a row: {cost.application / rows:.2f} ms in the worker, {cost.database / rows:.2f} ms in PostgreSQL")
    lags = sorted(lags_of(people, rows, workers))
    share = sum(lag <= WITHIN for lag in lags) / len(lags)
    print(f"{rows:,} rows coming in at {GOAL}/s: {share:.1%} within {WITHIN:g} s (goal 99 %), ", end="")
    print(", ".join(f"{name} {lags[int(len(lags) * part) - 1]:.2f} s" for name, part in PARTS))
    return 0 if fast >= GOAL and share >= 0.99 else 1


PARTS = (("median", 0.5), ("99 %", 0.99), ("worst", 1.0))


def make_people(number: int) -> list[int]:
    from django.contrib.auth import get_user_model

    model = get_user_model()
    made = model._default_manager.bulk_create(
        [model(username=f"reader{n}", email=f"reader{n}@example.org") for n in range(number)]
    )
    return [person.pk for person in made]


def queue(people: list[int], first: int, number: int) -> None:
    """As the verbs do: through the outbox, one message a person."""
    from django.contrib.auth import get_user_model

    from rfcs import clock
    from rfcs.delivery import outbox

    readers = list(get_user_model()._default_manager.filter(pk__in=people))
    text = "A first response is due. Take a position, or say that you recuse yourself."
    for n in range(first, first + number, len(readers)):
        some = readers[: min(len(readers), first + number - n)]
        at = clock.now()
        outbox.queue_all(f"bench:{n}", some, rfc=None, subject="News", text=text, at=at, channels=("mail",))


def drained(people: list[int], rows: int, workers: int) -> tuple[float, Cost]:
    """Rows a second for a heap that is there already, and what all of them cost."""
    queue(people, 0, rows)
    begin = time.monotonic()
    cost = with_workers(workers, rows)
    return rows / (time.monotonic() - begin), cost


def with_workers(workers: int, rows: int) -> Cost:
    """So many processes empty the outbox until `rows` more are sent; the CPU of all."""
    from django.db import connections

    from rfcs.models import Message

    goal = Message.objects.exclude(sent_at=None).count() + rows
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    costs: multiprocessing.Queue[Cost] = fork.Queue()
    pool = [fork.Process(target=work, args=(goal, costs)) for _ in range(workers)]
    for worker in pool:
        worker.start()
    spent = [costs.get() for _ in pool]
    for worker in pool:
        worker.join()
    return Cost(sum(cost.application for cost in spent), sum(cost.database for cost in spent))


def work(goal: int, costs: multiprocessing.Queue[Cost]) -> None:
    costs.put(Meter().of(lambda: ring(goal)))


def ring(goal: int) -> None:
    """What a worker does at each ring, ringing twice a second."""
    from rfcs import tasks
    from rfcs.models import Message

    while Message.objects.exclude(sent_at=None).count() < goal:
        if not tasks.deliver():
            time.sleep(0.5)


def lags_of(people: list[int], rows: int, workers: int) -> list[float]:
    """Seconds from queueing to sending, of rows that come in at the goal's rate."""
    from django.db import connections

    from rfcs.models import Message

    connections.close_all()
    source = multiprocessing.get_context("fork").Process(target=trickle, args=(people, rows))
    source.start()
    with_workers(workers, rows)
    source.join()
    found = Message.objects.order_by("-id")[:rows].values_list("created_at", "sent_at")
    return [(sent - made).total_seconds() for made, sent in found if sent]


def trickle(people: list[int], rows: int) -> None:
    begin, step = time.monotonic(), len(people)
    for n in count(0, step):
        if n >= rows:
            return
        time.sleep(max(0.0, begin + n / GOAL - time.monotonic()))
        queue(people, 1_000_000 + n, min(step, rows - n))


# The mail server --------------------------------------------------------------------------------------------


class Sink(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")
            if word == b"QUIT":
                return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def swallow(port: int) -> None:
    with Server((embedded.LOOPBACK, port), Sink) as server:
        server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
