"""What is said with a rollback: the commit that reverts the change, or that nothing was merged; and an outage."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rfcs.errors import Reason, not_ready
from rfcs.models import RFC
from rfcs.outages import telling
from rfcs.outages.telling import Said
from rfcs.table import OUTAGE, REVERT

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NOTHING = "nothing was merged"
"""The same in words, in the place of the commit."""
TIMES = tuple(wanted.field for wanted in OUTAGE)
_commit = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)


def unfit(rfc: RFC, inputs: Mapping[str, str]) -> Iterator[Reason]:
    """Every reason against what was said; the times of an outage are UTC where they name no zone."""
    yield from _unfit_commit(inputs)
    yield from _unfit_outage(rfc, inputs)


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
        message = "This is no commit; give the 7 to 64 hexadecimal digits of its name."
        yield not_ready("no_commit", message, field=REVERT.field, who="you")


def _unfit_outage(rfc: RFC, inputs: Mapping[str, str]) -> Iterator[Reason]:
    if said := outage(inputs):
        yield from telling.unfit(rfc, said, telling.Fields(*TIMES))


def outage(inputs: Mapping[str, str]) -> Said | None:
    """The outage that is told of with the move, if there was one."""
    start, end = (inputs.get(name, "").strip() for name in TIMES)
    return Said(start, end) if start or end else None


def record(rfc: RFC, inputs: Mapping[str, str], *, by: User) -> None:
    """Keep the outage that was told with the move; `unfit` found nothing against it.

    One that was told before and still lasts is the same, and gets its end: else it would count for ever.
    """
    if said := outage(inputs):
        lasting = rfc.outages.standing().filter(ended_at=None).first()
        telling.append(rfc, by=by, said=said, corrects=lasting if said.end else None)


def told(inputs: Mapping[str, str]) -> dict[str, str]:
    """What the event of the move says: not the outage, which has an event of its own."""
    return {name: text for name, text in inputs.items() if name not in TIMES}
