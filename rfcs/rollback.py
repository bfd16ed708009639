"""What is said with a rollback: the commit that reverts the change, or that nothing was merged; and an outage."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rfcs import clock
from rfcs.errors import Reason, not_ready
from rfcs.models import RFC, Outage
from rfcs.table import REVERT

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NOTHING = "nothing was merged"
"""The same in words, in the place of the commit."""
_commit = re.compile(r"[0-9a-f]{7,40}", re.IGNORECASE)


def unfit(inputs: Mapping[str, str]) -> Iterator[Reason]:
    """Every reason against what was said; the times are UTC where they name no zone."""
    yield from _unfit_commit(inputs)
    yield from _unfit_outage(inputs)


def _unfit_commit(inputs: Mapping[str, str]) -> Iterator[Reason]:
    said, nothing = inputs.get(REVERT.field, "").strip(), bool(inputs.get("nothing_merged"))
    if said.casefold() == NOTHING:
        said, nothing = "", True
    if said and nothing:
        message = "Either a commit reverts the change or nothing was merged; say one of the two."
        yield not_ready("revert_or_nothing", message, field=REVERT.field, who="you")
    elif not said and not nothing:
        yield not_ready("revert_commit_missing", REVERT.missing, field=REVERT.field, who="you")
    elif said and not _commit.fullmatch(said):
        message = "This is no commit; give the 7 to 40 hexadecimal digits of its name."
        yield not_ready("no_commit", message, field=REVERT.field, who="you")


def _unfit_outage(inputs: Mapping[str, str]) -> Iterator[Reason]:
    said = {name: inputs.get(name, "").strip() for name in ("outage_start", "outage_end")}
    read = {name: moment(text) for name, text in said.items() if text}
    for name in (name for name, at in read.items() if at is None):
        yield not_ready("no_time", "Give a day and a time, such as 2026-11-24T14:30.", field=name, who="you")
    missing = [name for name, text in said.items() if not text]
    if len(missing) == 1:
        message = "An outage has a start and an end; give both, or neither."
        yield not_ready("outage_half", message, field=missing[0], who="you")
    start, end = read.get("outage_start"), read.get("outage_end")
    if start and end and end <= start:
        message = "The outage ends before it starts; swap the times or correct one."
        yield not_ready("outage_reversed", message, field="outage_end", who="you")
    if end and end > clock.now():
        message = "The outage ends in the future; roll back once it is over, or leave its times empty."
        yield not_ready("outage_future", message, field="outage_end", who="you")


def moment(text: str) -> datetime | None:
    """The instant that was written, in UTC; None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def record(rfc: RFC, inputs: Mapping[str, str], *, by: User) -> None:
    """Keep the outage that was told with the move; `unfit` found nothing against it."""
    start, end = (moment(inputs.get(name, "").strip()) for name in ("outage_start", "outage_end"))
    if start and end:
        row = Outage(rfc=rfc, started_at=start, ended_at=end, recorded_by=by, at=clock.now())
        row.save(force_insert=True)
