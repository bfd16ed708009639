"""May this person take this position now, and what is written when they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from approvals.models import SignOff
from approvals.positions import Outcome, Position, ReplyKind
from approvals.standing import Standing
from rfcs import clock, events
from rfcs.case import Case
from rfcs.errors import Kind, Reason, Refused, forbidden, not_ready
from rfcs.limits import unstorable
from rfcs.states import team_name
from rfcs.teams import display_name, teams_of
from rfcs.working_time import last_day, local_day

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 20_000
SKEW = timedelta(minutes=1)
"""How far the clock that noted the password may run ahead of the database's."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A position as asked for: for which team, on what text, why, and since when the person is authenticated."""

    team: str
    position: str
    digest: str
    rationale: str
    title: str
    authenticated_at: datetime | None
    until: date | None = None
    on_behalf_of: str = ""
    """The user name of the seat's holder, when a delegate signs."""


def already_there(standing: Standing, by: User, wanted: Wanted) -> SignOff | None:
    """The seat's last position, when its signer says the same of the same text again: a double click adds nothing.

    Also after the round was decided, for the click that came while the first one was deciding it.
    """
    round_ = standing.round
    if not round_.is_open and round_.outcome not in {Outcome.APPROVED, Outcome.REJECTED}:
        return None
    here = (row for row in standing.all_sign_offs if row.round_id == round_.pk and row.team == wanted.team)
    last = next((row for row in reversed(tuple(here)) if _is_on_seat(row, by, wanted.on_behalf_of)), None)
    if last is None or last.signer_id != by.pk:
        return None
    said = (last.position, last.material_digest, last.rationale, last.title, last.until)
    if round_.is_open and last.scope_digest != standing.case.scope_of(wanted.team):
        return None
    if last.replies.filter(kind=ReplyKind.OVERRIDE).exists():
        return None  # raised again, it is a new concern
    return last if said == (wanted.position, wanted.digest, wanted.rationale, wanted.title, wanted.until) else None


def _is_on_seat(row: SignOff, by: User, on_behalf_of: str) -> bool:
    """Whether it was said on this person's seat, by whomever, or on that of whoever they sign for."""
    return row.holder.get_username() == on_behalf_of if on_behalf_of else row.holder_id == by.pk


def require(standing: Standing, by: User, wanted: Wanted) -> None:
    """Raise Refused with every reason against this signature."""
    reasons = (
        *not_fresh(standing.case, wanted.authenticated_at),
        *why_not_by(standing, by, wanted.team, wanted.on_behalf_of),
        *_not_delegable(wanted),
        *_not_now(standing, wanted),
        *_not_complete(wanted, needs_reason=standing.round.in_debt),
        *_not_dated(standing, wanted),
    )
    if reasons:
        raise Refused(*reasons)


def why_not_by(standing: Standing, by: User, team: str, on_behalf_of: str = "") -> tuple[Reason, ...]:
    """Separation of duties: every reason why this person does not sign for this team.

    `on_behalf_of`: the user name of the seat's holder, when it is another person's seat.
    """
    if not on_behalf_of:
        return tuple(_why_not_by(standing, by, team))
    return tuple(_why_not_for(standing, by, team, on_behalf_of))


def _why_not_by(standing: Standing, by: User, team: str) -> Iterator[Reason]:
    name, rfc = team_name(team), standing.case.rfc
    if by.pk in standing.contributors or by.pk == rfc.owner_id:
        message = f"You wrote or own {rfc.number}; nobody signs their own RFC."
        yield forbidden(message, code="contributor", who=f"other members of the {name}")
    if by.pk in standing.auditors:
        message = f"Auditors read everything and sign nothing, also as members of the {name}."
        yield forbidden(message, code="auditor", who=f"other members of the {name}")
    if team not in standing.seats_of(by) or team not in teams_of(by):
        message = f"You have no seat for the {name} in this round."
        yield forbidden(message, code="no_seat", who=f"members of the {name}")
    yield from _other_seats(standing, by, team, by)


def _why_not_for(standing: Standing, by: User, team: str, name: str) -> Iterator[Reason]:
    """The same for a delegate, who is held to all that binds the seat's holder, and to all that binds themselves."""
    rfc, holder = standing.case.rfc, principal(standing, by, team, name)
    if holder is None:
        message = f"Nobody of that name lends you a seat in the {team_name(team)} today."
        yield forbidden(message, code="no_delegation", who="its holder")
        return
    who = display_name(holder)
    if by.pk in standing.contributors or by.pk == rfc.owner_id:
        message = f"You wrote or own {rfc.number}; nobody signs their own RFC."
        yield forbidden(message, code="contributor", who=who)
    if holder.pk not in _usable(standing, team):
        message = f"{who} may not sign here: wrote or owns {rfc.number}, left the team, audits, or is deactivated."
        yield forbidden(message, code="seat_barred", who=f"members of the {team_name(team)}")
    if team in teams_of(by):
        message = f"You are in the {team_name(team)} yourself; one person fills one seat."
        yield forbidden(message, code="one_seat", who=who)
    voice = standing.voices(team).get(holder.pk)
    if voice is not None and voice.counts and voice.sign_off.signer_id == holder.pk:
        message = f"{who} took a position; it stands, and only {who} changes it."
        yield Reason("seat_in_use", message, field="team", who=who)
    yield from _other_seats(standing, by, team, holder)


def principal(standing: Standing, by: User, team: str, name: str) -> User | None:
    """Who of this user name lends this person a seat of this team today."""
    found = (holder for slug, holder in standing.principals_of(by) if slug == team)
    return next((holder for holder in found if holder.get_username() == name), None)


def _usable(standing: Standing, slug: str) -> frozenset[int]:
    teams = (team for team in standing.teams if team.slug == slug)
    return frozenset(pk for team in teams for pk in standing.roster(team) - standing.barred(team))


def _other_seats(standing: Standing, by: User, team: str, holder: User) -> Iterator[Reason]:
    """Neither the signer nor the seat's holder has a part in another seat: two people are two voices at most."""
    people = {by.pk, holder.pk}
    said = (row for row in standing.all_sign_offs if people & {row.signer_id, row.on_behalf_of_id})
    messages = {
        f"{'You' if row.holder_id == by.pk == row.signer_id else row.signed_by} signed for the {row.team_name};"
        " one person signs for one team."
        for row in said
        if _seat(row) != (team, holder.pk)
    }
    for message in sorted(messages):
        yield forbidden(message, code="one_seat")


def _seat(row: SignOff) -> tuple[str, int]:
    return row.team, row.holder_id


def _not_delegable(wanted: Wanted) -> Iterator[Reason]:
    """Recusal is about a person: a delegate's conflict is not the holder's, and would lower the quorum."""
    if wanted.on_behalf_of and wanted.position == Position.RECUSE:
        message = "Nobody recuses somebody else; give the delegation back instead."
        yield not_ready("recusal_of_another", message, field="position", who="you")


def not_fresh(case: Case, authenticated_at: datetime | None) -> Iterator[Reason]:
    """Whoever signs or overrides gave the password within the policy's signing window."""
    window = timedelta(minutes=case.policy.signing_minutes)
    if authenticated_at is None or not -SKEW <= clock.now() - authenticated_at <= window:
        message = "Show again who you are, to sign; what you wrote is kept."
        yield Reason("reauthenticate", message, field="password", who="you", kind=Kind.UNAUTHENTICATED)


def _not_now(standing: Standing, wanted: Wanted) -> Iterator[Reason]:
    rfc = standing.case.rfc
    if not standing.round.is_open:
        yield Reason("round_closed", f"This round is closed: {standing.round.result}.", field="state")
    elif wanted.digest != rfc.material_digest:
        number = rfc.revision.number if rfc.revision else 0
        message = f"{rfc.number} changed while you were reading; read revision {number} and sign again."
        yield Reason("digest_mismatch", message, field="digest", who="you")


def _not_complete(wanted: Wanted, *, needs_reason: bool) -> Iterator[Reason]:
    if wanted.position not in Position.values:
        offered = ", ".join(Position.values)
        yield not_ready("unknown_position", f"Choose a position: {offered}.", field="position", who="you")
        return
    if wanted.position != Position.APPROVE and not wanted.rationale:
        message = f"Say why: “{Position(wanted.position).label}” needs a rationale."
        yield not_ready("rationale_missing", message, field="rationale", who="you")
    if wanted.position == Position.APPROVE and needs_reason and not wanted.rationale:
        message = "Your team owes something overdue; say why this one cannot wait until that is done."
        yield not_ready("rationale_missing", message, field="rationale", who="you")
    if wanted.position == Position.DISCUSS and not wanted.title:
        yield not_ready("title_missing", "Give the concern a title.", field="title", who="you")
    yield from unfit_text(wanted.rationale, title=wanted.title)


def unfit_text(text: str, *, title: str = "", field: str = "rationale") -> Iterator[Reason]:
    """What no row can hold."""
    if len(text) > LONGEST or len(title) > 200:
        message = f"The {field} can have {LONGEST:,} characters and the title 200."
        yield not_ready("too_long", message, field=field, who="you")
    if unstorable(text + title):
        message = f"The {field} or the title holds a character that is not text; remove it."
        yield not_ready("unstorable", message, field=field, who="you")


def latest_hold(standing: Standing) -> date:
    """The last day that a hold may name now."""
    return last_day(clock.now(), standing.case.policy.hold_days, standing.case.policy.calendar)


def _not_dated(standing: Standing, wanted: Wanted) -> Iterator[Reason]:
    if wanted.position != Position.HOLD:
        if wanted.until is not None:
            message = "Only “Hold” has a date; leave it empty."
            yield not_ready("until_unfit", message, field="until", who="you")
        return
    first, last = local_day(clock.now(), standing.case.policy.calendar), latest_hold(standing)
    if wanted.until is None or not first <= wanted.until <= last:
        message = f"Say until when you ask for time: a day from today to {last:%A %-d %B %Y}."
        yield not_ready("until_missing" if wanted.until is None else "until_unfit", message, field="until", who="you")


def append(standing: Standing, by: User, wanted: Wanted) -> SignOff:
    """Write the position and its event; the caller holds the RFC's lock."""
    rfc = standing.case.rfc
    assert rfc.revision is not None
    sign_off = SignOff(
        round=standing.round,
        team=wanted.team,
        signer=by,
        on_behalf_of=principal(standing, by, wanted.team, wanted.on_behalf_of) if wanted.on_behalf_of else None,
        position=wanted.position,
        title=wanted.title,
        rationale=wanted.rationale,
        until=wanted.until,
        revision=rfc.revision,
        material_digest=rfc.material_digest,
        scope_digest=standing.case.scope_of(wanted.team),
        at=clock.now(),
    )
    kind = f"sign_off.{wanted.position}"
    sign_off.event = events.record(rfc.stream, kind, actor=by, payload=sign_off.facts(), at=sign_off.at)
    sign_off.save(force_insert=True)
    return sign_off
