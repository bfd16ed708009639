"""Positions that the panel's table does not show: earlier ones of each seat, and of earlier rounds. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from approvals.models import Round, SignOff
from approvals.positions import Position
from approvals.standing import Standing


@dataclass(frozen=True, slots=True)
class Earlier:
    """One position, with what made it void or, in a round that is over, how that ended."""

    sign_off: SignOff
    why: str


def earlier(standing: Standing) -> tuple[tuple[Round, tuple[Earlier, ...]], ...]:
    """By round, the newest first; oldest first in each. One query, none where the table shows everything."""
    shown = {voice.sign_off.pk for row in standing.rows for voice in row.voices}
    rest = [row.pk for row in standing.all_sign_offs if row.pk not in shown]
    if not rest:
        return ()
    read = SignOff.objects.filter(pk__in=rest).select_related("signer", "on_behalf_of", "revision", "round")
    rows = read.defer("revision__content_json").order_by("-round_id", "id")
    after, chain = _replaced(standing.all_sign_offs), {row.round_id for row in standing.sign_offs}
    return tuple(
        (some[0].sign_off.round, some)
        for _, found in groupby(rows, key=lambda row: row.round_id)
        if (some := tuple(Earlier(row, _why(row, after.get(row.pk), chain)) for row in found))
    )


def _replaced(rows: Iterable[SignOff]) -> Mapping[int, SignOff]:
    """By position: the next one on the same seat."""
    last: dict[tuple[str, int], SignOff] = {}
    found: dict[int, SignOff] = {}
    for row in rows:
        seat = (row.team, row.holder_id)
        if seat in last:
            found[last[seat].pk] = row
        last[seat] = row
    return found


def _why(row: SignOff, after: SignOff | None, chain: Iterable[int]) -> str:
    if after and (after.round_id == row.round_id or {after.round_id, row.round_id} <= set(chain)):
        return f"Replaced by “{Position(after.position).label}” on {after.at:%-d %B %Y, %H:%M} UTC."
    return f"The round ended: {row.round.result}." if not row.round.is_open else "This seat is not asked any more."
