"""Rows that are owed to somebody: claimed by one worker at a time, tried again with patience, given up visibly.

Delivery is at least once and effects are once: a claim skips what others hold and is a lease that runs out; a row is
marked sent only after it was sent. What fails waits longer each time; what fails too often is a dead letter, which
stewards see and send again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from rfcs import clock
from rfcs.models.ledger import Owed

LEASE = timedelta(minutes=2)
BATCH = 100
STINT = 10.0
"""Seconds of sending in one task: a heap makes room for reminders and other channels, and the next ring goes on."""
MOST_ATTEMPTS = 24
"""With the pauses below that is three days: longer than a weekend without a mail server."""
MOST_REFUSALS = 3
"""Of answers that say that another try is in vain."""
LONGEST_PAUSE = timedelta(hours=4)

RENEW_SQL = """
UPDATE {table} SET leased_until = breakwater_now() + lease
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS ours (pk, until), (SELECT %s::interval AS lease) AS wanted
 WHERE id = pk AND leased_until = until AND sent_at IS NULL RETURNING id, leased_until
"""
SENT_SQL = """
UPDATE {table} SET sent_at = breakwater_now(), leased_until = NULL, last_error = ''
  FROM (SELECT set_config('synchronous_commit', 'off', true)) AS for_this_statement
 WHERE id = ANY(%s) RETURNING id, leased_until
"""

Row = TypeVar("Row", bound=Owed)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many failures: 2, 4, 8 ... minutes, at most four hours."""
    return min(timedelta(minutes=2 ** min(attempts, 12)), LONGEST_PAUSE)


def is_over(attempts: int, *, is_refusal: bool = False) -> bool:
    return attempts >= (MOST_REFUSALS if is_refusal else MOST_ATTEMPTS)


def to_send(rows: QuerySet[Row], now: datetime) -> QuerySet[Row]:
    """Neither sent nor given up, not held by another worker, and not before its time."""
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    in_time = Q(not_before=None) | Q(not_before__lte=now)
    return rows.filter(free, in_time, sent_at=None, dead_at=None)


@transaction.atomic
def claim(rows: QuerySet[Row], limit: int = BATCH) -> list[Row]:
    """Lease the oldest of these rows that nobody else holds."""
    now = clock.now()
    free = to_send(rows.select_for_update(skip_locked=True, of=("self",)), now)
    claimed = list(free.order_by("id")[:limit])
    rows.model._default_manager.filter(pk__in=[row.pk for row in claimed]).update(leased_until=now + LEASE)
    for row in claimed:
        row.leased_until = now + LEASE
    return claimed


def renewed(rows: Sequence[Row]) -> list[Row]:
    """Those of these rows that are still ours, their lease renewed: call it just before sending.

    Behind a slow server, or after this process stood still, some may have gone to another worker.
    """
    held = dict(_written(RENEW_SQL, rows, [row.leased_until for row in rows], LEASE))
    ours = [row for row in rows if row.pk in held]
    for row in ours:
        row.leased_until = held[row.pk]
    return sorted(ours, key=lambda row: row.pk)


def sent(rows: Sequence[Owed]) -> None:
    """Note it at once, after each mail or call; the disk follows, and the next `renewed` waits for it.

    Other processes see the mark immediately. So a worker that is killed leaves one mail that may be sent again, and
    a PostgreSQL that loses power no more than what went out since the last renewal.
    """
    _written(SENT_SQL, rows)


def _written(statement: str, rows: Sequence[Owed], *more: Any) -> list[tuple[int, datetime]]:
    """The rows as one statement left them: their ids, and until when they are leased."""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(table=rows[0]._meta.db_table), [[row.pk for row in rows], *more])
        found: list[tuple[int, datetime]] = cursor.fetchall()
    return found


def failed(row: Owed, error: str, *, is_refusal: bool = False) -> bool:
    """Keep what went wrong and when to try again; True when it was given up."""
    now, attempts = clock.now(), row.attempts + 1
    is_dead = is_over(attempts, is_refusal=is_refusal)
    type(row)._default_manager.filter(pk=row.pk).update(
        attempts=attempts,
        last_error=error[:500],
        leased_until=now + pause(attempts),
        dead_at=now if is_dead else None,
    )
    return is_dead


def put_off(rows: Iterable[Row], error: str) -> None:
    """Their receiver failed a moment ago: not tried, and tried with it again. It is no attempt of theirs.

    Of these rows only those that are still leased as they say: not what was sent, given up, or went to another worker.
    """
    now, waiting = clock.now(), defaultdict(list)
    for row in rows:
        waiting[max(row.attempts, 1), row.leased_until].append(row)
    for (attempts, until), some in waiting.items():
        put = type(some[0])._default_manager.filter(pk__in=[row.pk for row in some], leased_until=until)
        put.update(leased_until=now + pause(attempts), last_error=error[:500])


def hold(rows: Sequence[Owed], until: datetime) -> None:
    """Not to be sent before this instant; of these rows only those that are still leased as they say. No failure."""
    leased = {row.leased_until for row in rows}
    held = type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows], leased_until__in=leased)
    held.update(not_before=until, leased_until=None)


def give_up(row: Owed, why: str) -> None:
    """There is nothing to try: its reason is gone. Stewards can send it all the same."""
    type(row)._default_manager.filter(pk=row.pk).update(dead_at=clock.now(), leased_until=None, last_error=why)


def again(row: Owed) -> None:
    """As if it had just been queued; what was sent stays as it is."""
    type(row)._default_manager.filter(pk=row.pk, sent_at=None).update(
        attempts=0, dead_at=None, leased_until=None, not_before=None, last_error=""
    )
