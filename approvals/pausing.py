"""The clock of a round: it stands still while a concern waits for the owner, and its due times move by what passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from approvals.models import SignOff
from approvals.positions import BLOCKING, ReplyKind
from approvals.standing import Standing
from rfcs import clock, events
from rfcs.models import Revision
from rfcs.working_time import after_working_time, end_of, working_time_between

Spell = tuple[datetime, datetime]


def keep(standing: Standing) -> None:
    """Stop or resume the clock as the concerns stand; the caller holds the RFC's lock."""
    round_, waits = standing.round, standing.waits_for_owner
    if waits and round_.paused_at is None:
        _stop(standing)
    elif not waits and round_.paused_at is not None:
        _resume(standing, round_.paused_at)


def _stop(standing: Standing) -> None:
    round_ = standing.round
    round_.paused_at = clock.now()
    round_.save(update_fields=["paused_at"])
    _record(standing, "round.paused")


def _resume(standing: Standing, paused_at: datetime) -> None:
    """Each due time moves by the working time in which some concern waited.

    When each began and ended to wait is read from the record, so it does not matter how late it is noticed.
    """
    round_, calendar, now = standing.round, standing.case.policy.calendar, clock.now()
    spells = merged((max(start, paused_at), min(end, now)) for start, end in _waits(standing))
    passed = sum((working_time_between(start, end, calendar) for start, end in spells), timedelta())
    round_.first_response_due = after_working_time(round_.first_response_due, passed, calendar)
    round_.decision_due = after_working_time(round_.decision_due, passed, calendar)
    round_.paused_at = None
    round_.save(update_fields=["first_response_due", "decision_due", "paused_at"])
    _record(standing, "round.resumed")


def _waits(standing: Standing) -> Iterator[Spell]:
    """From when to when each concern waited for the owner."""
    rfc = standing.case.rfc
    minted = list(Revision.objects.filter(rfc=rfc).order_by("number").values_list("number", "made_at"))
    for row in standing.sign_offs:
        if row.position in BLOCKING:
            ends = [at for number, at in minted if number > row.revision.number]
            ends += [reply.at for reply in standing.replies.get(row.pk, ()) if reply.kind != ReplyKind.LAPSE]
            ends += [end_of(row.until, standing.case.policy.calendar)] if row.until else []
            ends += [said.at for said in standing.sign_offs if _replaces(said, row)]
            yield row.at, min(ends, default=standing.now)


def _replaces(said: SignOff, row: SignOff) -> bool:
    return (said.team, said.holder_id) == (row.team, row.holder_id) and said.pk > row.pk


def merged(spells: Iterable[Spell]) -> tuple[Spell, ...]:
    """The same stretches of time without overlaps, in order; empty ones are gone."""
    found: list[Spell] = []
    for start, end in sorted(spell for spell in spells if spell[0] < spell[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _record(standing: Standing, kind: str) -> None:
    round_ = standing.round
    due = {"first_response_due": round_.first_response_due, "decision_due": round_.decision_due}
    payload = {"round": round_.pk} | {name: instant.isoformat() for name, instant in due.items()}
    events.record(standing.case.rfc.stream, kind, actor=None, payload=payload)
