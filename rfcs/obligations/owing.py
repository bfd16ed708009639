"""The rows of what is owed: how they begin, how they are met, and which team is in debt. The only writer of Obligation.

Call the writers under the RFC's lock: an obligation begins and ends in the transaction of what brings it about.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

from rfcs import clock, events
from rfcs.clock import Now
from rfcs.delivery import outbox
from rfcs.models import RFC, FollowUp, Obligation
from rfcs.notices import Notice
from rfcs.obligations import due
from rfcs.obligations.due import Debt
from rfcs.states import ARCHITECTURE, AUTHORISERS, SHORT, ObligationKind, State, Track, team_name
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

RESOLVED_WITH_DENIAL = (ObligationKind.DENIAL_RESOLUTION, ObligationKind.RETROACTIVE_REVIEW)
"""A denial that was carried out, or whose risk somebody bears, ends the board's review as well."""


def authorised(rfc: RFC, *, by: User | None) -> None:
    """The clocks start: everything that the track owes from now on, and the board is alerted."""
    at = rfc.state_since
    debts = due.after_authorisation(rfc.track, at, rfc.pinned.policy)
    for debt in debts:
        _begin(rfc, debt, by=by, at=at)
    _alert_of_authorisation(rfc, debts, by=by, at=at)


def denied(rfc: RFC, *, by: User | None, at: datetime) -> None:
    """The board denied: roll back, or somebody of the board bears the risk. One that is rolled back already has."""
    _begin(rfc, due.after_denial(at, rfc.pinned.policy), by=by, at=at)
    if rfc.state == State.ROLLED_BACK:
        resolve_denial(rfc, by=by, how="It was rolled back before the board denied it.")


def rolled_back(rfc: RFC, *, by: User | None) -> None:
    """All that is owed stays owed; a denial is carried out by this."""
    resolve_denial(rfc, by=by, how="It was rolled back.")


def resolve_denial(rfc: RFC, *, by: User | None, how: str) -> None:
    if rfc.obligations.filter(kind=ObligationKind.DENIAL_RESOLUTION, met_at=None).exists():
        for kind in RESOLVED_WITH_DENIAL:
            meet(rfc, kind, by=by, how=how)


def follow_up_submitted(rfc: RFC, *, by: User | None) -> None:
    """Where this RFC follows a hotfix, the hotfix has what it owed. Locks the hotfix: its record tells of it."""
    link = FollowUp.objects.filter(rfc=rfc).first()
    if link is not None:
        hotfix = RFC.objects.select_for_update(of=("self",)).get(pk=link.hotfix_id)
        meet(hotfix, ObligationKind.FOLLOW_UP_RFC, by=by, how=f"{rfc.number} was submitted.")


def is_denied(rfc: RFC) -> bool:
    return rfc.obligations.filter(kind=ObligationKind.DENIAL_RESOLUTION).exists()


def is_reviewed_now(rfc: RFC) -> bool:
    """Whether the board's review after the fact is open: the justification is filed, and nothing was decided yet."""
    if rfc.track != Track.EMERGENCY:
        return False
    met = dict(rfc.obligations.values_list("kind", "met_at"))
    is_filed = met.get(ObligationKind.POST_HOC_JUSTIFICATION) is not None
    is_owed = ObligationKind.RETROACTIVE_REVIEW in met and met[ObligationKind.RETROACTIVE_REVIEW] is None
    return is_filed and is_owed and ObligationKind.DENIAL_RESOLUTION not in met


def meet(rfc: RFC, kind: ObligationKind, *, by: User | None, how: str) -> bool:
    """Write that it is met, with its event; False when nothing of this kind is open."""
    row = rfc.obligations.filter(kind=kind, met_at=None).first()
    if row is None:
        return False
    at = clock.now()
    payload = {"obligation": row.kind, "due_at": row.due_at.isoformat(), "reason": how}
    row.met_event = events.record(rfc.stream, "obligation.met", actor=by, payload=payload, at=at)
    row.met_at, row.met_by = at, by
    row.save(update_fields=["met_at", "met_by", "met_event"])
    return True


def overdue_of(team: str) -> QuerySet[Obligation]:
    """What this team's authorisations owe and is overdue, by the database's clock: its debt."""
    return Obligation.objects.filter(team=team, met_at=None, due_at__lt=Now()).select_related("rfc__owner")


def owed_of(rfcs: Iterable[RFC]) -> dict[int, tuple[Obligation, ...]]:
    """By RFC, what is still owed, the first due first; one query, none for standard tracks alone."""
    short = [rfc.pk for rfc in rfcs if rfc.track in SHORT]
    found: dict[int, tuple[Obligation, ...]] = {}
    for row in Obligation.objects.filter(rfc__in=short, met_at=None).select_related("rfc__owner") if short else ():
        found[row.rfc_id] = (*found.get(row.rfc_id, ()), row)
    return found


def _begin(rfc: RFC, debt: Debt, *, by: User | None, at: datetime) -> None:
    team = AUTHORISERS[Track(rfc.track)]
    row = Obligation(rfc=rfc, kind=debt.kind, team=team, owed_by=debt.owed_by, due_at=debt.due_at)
    row.event = events.record(rfc.stream, "obligation.began", actor=by, payload=row.facts(), at=at)
    row.save(force_insert=True)


# Telling the board ------------------------------------------------------------------------------------------


def alert_board(rfc: RFC, key: str, *, subject: str, text: str, at: datetime) -> None:
    """Everybody on the board who is active, at once and whatever they prefer."""
    people = rfc.seen_by(get_user_model()._default_manager.filter(groups__name=ARCHITECTURE))
    outbox.queue_all(key, people, rfc=rfc, subject=subject, text=text, at=at, kind=Notice.EMERGENCY)


def _alert_of_authorisation(rfc: RFC, debts: tuple[Debt, ...], *, by: User | None, at: datetime) -> None:
    who = display_name(by) if by else "The clock"
    track = rfc.get_track_display().lower()
    owed = "\n".join(f"- {debt.kind.label}: until {debt.due_at:%A %-d %B, %H:%M} UTC" for debt in debts)
    subject = f"{rfc.number} was authorised as {_article(track)}: {rfc.title}"
    team = team_name(AUTHORISERS[Track(rfc.track)])
    text = f"{who} authorised it for the {team}; the implementation is open. Owed from now on:\n{owed}"
    alert_board(rfc, f"rfc:{rfc.pk}:authorised:{at:%Y%m%d%H%M%S%f}", subject=subject, text=text, at=at)


def _article(track: str) -> str:
    return f"an {track}" if track[0] in "aeiou" else f"a {track}"
