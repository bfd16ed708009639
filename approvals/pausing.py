"""The clock of a round: it stands still while a concern waits for the owner, and its due times move by what passed."""

from __future__ import annotations

from datetime import datetime

from approvals.standing import Standing
from rfcs import clock, events
from rfcs.working_time import after_working_time, working_time_between


def keep(standing: Standing, *, ended_at: datetime | None = None) -> None:
    """Stop or resume the clock as the concerns stand; the caller holds the RFC's lock.

    `ended_at`: when the wait ended, if that was before now: a sweep that comes late costs nobody time.
    """
    round_, waits = standing.round, standing.waits_for_owner
    if waits and round_.paused_at is None:
        _stop(standing)
    elif not waits and round_.paused_at is not None:
        _resume(standing, round_.paused_at, ended_at or clock.now())


def _stop(standing: Standing) -> None:
    round_ = standing.round
    round_.paused_at = clock.now()
    round_.save(update_fields=["paused_at"])
    _record(standing, "round.paused")


def _resume(standing: Standing, paused_at: datetime, ended_at: datetime) -> None:
    """Each due time moves by the working time that passed."""
    round_, calendar = standing.round, standing.case.policy.calendar
    passed = working_time_between(paused_at, ended_at, calendar)
    round_.first_response_due = after_working_time(round_.first_response_due, passed, calendar)
    round_.decision_due = after_working_time(round_.decision_due, passed, calendar)
    round_.paused_at = None
    round_.save(update_fields=["first_response_due", "decision_due", "paused_at"])
    _record(standing, "round.resumed")


def _record(standing: Standing, kind: str) -> None:
    round_ = standing.round
    due = {"first_response_due": round_.first_response_due, "decision_due": round_.decision_due}
    payload = {"round": round_.pk} | {name: instant.isoformat() for name, instant in due.items()}
    events.record(standing.case.rfc.stream, kind, actor=None, payload=payload)
