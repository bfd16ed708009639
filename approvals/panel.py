"""The approval panel: team x position x person x revision x time, and the form for who may sign. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from approvals import foresight, signing
from approvals.concerns import why_not_answered_by, why_not_overridden_by
from approvals.earlier import Earlier, earlier
from approvals.models import Reply, Round, SignOff
from approvals.positions import LASTING, Position, ReplyKind, RoundKind, Void
from approvals.standing import Standing, shown_round
from approvals.tally import Tally
from approvals.voices import Concern, TeamStanding, Voice
from rfcs import clock
from rfcs.case import Case
from rfcs.models import RFC, Event
from rfcs.obligations import due
from rfcs.states import team_name
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NOTHING: Mapping[str, str] = {}


def panel(rfc: RFC, user: User, *, is_fresh: bool, typed: Mapping[str, str] = NOTHING) -> dict[str, Any]:
    """What the template shows; `round` is None before the first review. `typed`: what a refused form said."""
    round_ = shown_round(rfc)
    if round_ is None:
        return {"round": None}
    standing = Standing(round_, Case(rfc))
    seats = _signing_teams(standing, user) if round_.is_open else []
    positions, unchosen = _positions(standing, seats), f"Sign {foresight.revision_of(standing)}"
    return {
        "round": round_,
        "amendment": _amendment(standing),
        "teams_standing": [_team(row) for row in standing.rows],
        "seats": list(_seats(standing)),
        "earlier": [_of_round(at, rows, standing) for at, rows in earlier(standing)],
        "signing_teams": seats,
        "why_not": _why_not(standing, user) if round_.is_open else (),
        "concerns": [_concern(standing, concern, user) for concern in standing.concerns] if round_.is_open else [],
        "positions": positions,
        "latest_hold": signing.latest_hold(standing) if round_.is_open else None,
        "digest": rfc.material_digest,
        "is_fresh": is_fresh,
        "owed": _owed(round_, rfc),
        "button": _button(seats, positions, typed) or unchosen,
        "unchosen": unchosen,
    }


def _amendment(standing: Standing) -> str | None:
    """What its owner says of the amendment that this round reviews; None where it reviews none."""
    round_ = standing.round
    if round_.kind != RoundKind.REVIEW or round_.continues_id is None:
        return None
    asked = Event.objects.filter(stream=standing.case.rfc.stream, kind="move.amend", at__lte=round_.opened_at)
    amended = asked.order_by("-seq").first()
    return amended.payload.get("note", "") if amended else ""


def _owed(round_: Round, rfc: RFC) -> list[dict[str, Any]]:
    """What would be owed from now on if it were authorised in this moment."""
    if round_.kind != RoundKind.AUTHORISATION or not round_.is_open:
        return []
    debts = due.after_authorisation(rfc.track, clock.now(), rfc.pinned.policy)
    return [{"label": debt.kind.label, "due_at": debt.due_at} for debt in debts]


def _positions(standing: Standing, seats: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each position with the words of the button, by seat."""
    wire = {seat["value"]: (seat["slug"], seat["holder"]) for seat in seats}
    return [
        {
            "value": position.value,
            "label": position.label,
            "hint": HINTS[position],
            "labels": (labels := foresight.labels(standing, wire, position)),
            "labels_json": json.dumps(labels),
        }
        for position in Position
    ]


def _button(seats: list[dict[str, Any]], positions: list[dict[str, Any]], typed: Mapping[str, str]) -> str:
    """What the position that was chosen will do; empty before one is."""
    seat = typed.get("team") or next((seat["value"] for seat in seats), "")
    chosen: Mapping[str, str] = next((row["labels"] for row in positions if row["value"] == typed.get("position")), {})
    return chosen.get(seat, "")


HINTS = {
    Position.APPROVE: "Counts towards the quorum.",
    Position.NO_OBJECTION: "On record, but does not count towards the quorum.",
    Position.DISCUSS: "A named concern; blocks until you clear it, or a lead of your team overrides it with a reason.",
    Position.HOLD: "Asks for time until a day; blocks until then, or until you take another position.",
    Position.ABSTAIN: "You stay in the quorum and do not approve.",
    Position.RECUSE: "You leave the quorum, for example because of a conflict of interest.",
    Position.REJECT: "You are against it; enough rejects end the RFC.",
}


def _team(row: TeamStanding) -> dict[str, Any]:
    state, icon, word = _stand(row.tally)
    return {"name": row.name, "forecast": row.forecast, "state": state, "icon": icon, "word": word, "tally": row.tally}


def _stand(tally: Tally) -> tuple[str, str, str]:
    """Colour, icon and word of how a team stands: waiting is no trouble yet, the others are."""
    if tally.is_rejected or tally.is_blocked:
        return "failed", "item-failed", "Rejected" if tally.is_rejected else "Cannot pass"
    if tally.is_passed:
        return "met", "met", "Passed"
    return ("blocked", "exclamation-triangle", "Blocked") if tally.concerns else ("unmet", "unmet", "Not yet")


def _seats(standing: Standing) -> Iterator[dict[str, Any]]:
    silence = "waiting" if standing.round.is_open else "abstain"
    for row in standing.rows:
        for voice in row.voices:
            yield _voice(standing, row, voice)
        spoken = {voice.sign_off.holder_id for voice in row.voices}
        for person in (person for person in row.silent if person.pk not in spoken):
            yield _seat(row.name, person, silence, _waiting(standing, row, person)) | _may_sign_for(row, person)
        for person in row.elsewhere:
            yield _seat(row.name, person, "abstain", "Signed on another seat of this RFC")
        for person in row.barred:
            if person.pk not in spoken:
                yield _seat(row.name, person, "abstain", "May not sign: wrote the RFC, audits or is deactivated")


def _of_round(round_: Round, rows: tuple[Earlier, ...], standing: Standing) -> dict[str, Any]:
    """Positions that the table does not show, of the round shown or of one before."""
    is_shown = round_.pk == standing.round.pk
    ended = f", {round_.result}" if not round_.is_open else ""
    title = "Earlier positions" if is_shown else f"{round_.get_kind_display()} of {round_.opened_at:%-d %B %Y}{ended}"
    seats = (_earlier(row, standing) for row in rows)
    return {"title": title, "seats": sorted(seats, key=lambda seat: str(seat["team"]))}


def _earlier(row: Earlier, standing: Standing) -> dict[str, Any]:
    said = row.sign_off
    return _seat(said.team_name, said.signer, said.position, _label(said)) | {
        "revision": said.revision.number,
        "at": said.at,
        "stale": row.why,
        "rationale": f"{said.title}\n{said.rationale}".strip(),
        "replies": [_reply(reply) for reply in standing.replies.get(said.pk, ()) if reply.text],
        "via": f"for {display_name(said.on_behalf_of)}" if said.on_behalf_of else "",
    }


def _may_sign_for(row: TeamStanding, person: User) -> dict[str, str]:
    """Who stands in for somebody whose position is awaited."""
    names = [display_name(delegate) for delegate, principal in row.delegates if principal == person]
    return {"via": f"{names[0]} may sign for them"} if names else {}


def _waiting(standing: Standing, row: TeamStanding, person: User) -> str:
    if not standing.round.is_open:
        return "Took no position"
    if row.tally.is_passed:
        return "Not needed any more"
    last = standing.away.get(person.pk)
    return f"Away until {last:%A %-d %B}" if last else "Waiting"


def _voice(standing: Standing, row: TeamStanding, voice: Voice) -> dict[str, Any]:
    sign_off, current = voice.sign_off, standing.case.rfc.revision
    signer = standing.people[sign_off.signer_id]
    more = {
        "revision": sign_off.revision.number,
        "at": sign_off.at,
        "stale": _why_void(voice, current.number if current else 0),
        "stale_url": _since(standing, sign_off) if voice.void == Void.STALE else "",
        "carried": _carried(standing, voice),
        "rationale": f"{sign_off.title}\n{sign_off.rationale}".strip(),
        "replies": [_reply(reply) for reply in standing.replies.get(sign_off.pk, ()) if reply.text],
    }
    if standing.round.is_open and sign_off.pk in {concern.sign_off.pk for concern in standing.concerns}:
        more |= {"rationale": "", "replies": [], "above": f"#concern-{sign_off.pk}", "title": sign_off.title}
    behalf = sign_off.on_behalf_of_id
    more["via"] = f"for {display_name(standing.people[behalf])}" if behalf else ""
    return _seat(row.name, signer, sign_off.position, _label(sign_off)) | more


def _why_void(voice: Voice, revision: int) -> str:
    return {
        Void.NONE: "",
        Void.STALE: f"Void: revision {revision} changed what this team signs.",
        Void.BARRED: "Void: wrote or owns the RFC, left the team, audits, or is deactivated.",
        Void.OVERRIDDEN: "Overridden; it blocks no more.",
        Void.LAPSED: "Lapsed; it blocks no more.",
    }[voice.void]


def _carried(standing: Standing, voice: Voice) -> str:
    """Why it counts in a round in which nobody said it."""
    said, revision = voice.sign_off, standing.case.rfc.revision
    if not voice.counts or said.round_id == standing.round.pk or revision is None:
        return ""
    if said.position in LASTING or said.revision.number == revision.number:
        return "Carried over from the review before."
    return f"Carried over: revision {revision.number} changes nothing that this team signs."


def _label(sign_off: SignOff) -> str:
    label = Position(sign_off.position).label
    return f"{label} until {sign_off.until:%A %-d %B}" if sign_off.until else label


def _reply(reply: Reply) -> dict[str, Any]:
    kind = ReplyKind(reply.kind).label
    return {
        "who": display_name(reply.by) if reply.by else "Breakwater",
        "kind": kind,
        "text": reply.text,
        "at": reply.at,
    }


def _concern(standing: Standing, concern: Concern, user: User) -> dict[str, Any]:
    """One concern that blocks, and what this person may do about it."""
    row, rfc = concern.sign_off, standing.case.rfc
    behalf = "" if user.pk == row.holder_id else standing.people[row.holder_id].get_username()
    return {
        "pk": row.pk,
        "title": row.title,
        "position": row.position,
        "label": _label(row),
        "who": standing.name_of(row),
        "team": _value(row.team, behalf),
        "team_name": row.team_name,
        "text": row.rationale,
        "at": row.at,
        "revision": row.revision.number,
        "replies": [_reply(reply) for reply in concern.replies if reply.text],
        "is_answered": concern.is_answered,
        "may_answer": not any(why_not_answered_by(rfc, row, user)),
        "may_clear": standing.is_cleared_by(row, user) and not signing.why_not_by(standing, user, row.team, behalf),
        "may_override": not why_not_overridden_by(rfc, row, user),
    }


def _since(standing: Standing, sign_off: SignOff) -> str:
    """Where it stands what changed since this signature; nowhere when it was made on the current revision."""
    rfc = standing.case.rfc
    if rfc.revision is None or sign_off.revision.number >= rfc.revision.number:
        return ""
    return reverse("rfc-comparison", args=[rfc.number, sign_off.revision.number, rfc.revision.number])


def _seat(team: str, person: User, position: str, label: str) -> dict[str, Any]:
    name = display_name(person)
    return {"team": team, "name": name, "position": position, "label": label}


def _signing_teams(standing: Standing, user: User) -> list[dict[str, Any]]:
    """Seats on which this person may sign now: their own, then those that others lend them."""
    return [
        _signing_team(slug, behalf, holder)
        for slug, behalf, holder in _offered(standing, user)
        if not signing.why_not_by(standing, user, slug, behalf)
    ]


def _signing_team(slug: str, behalf: str, holder: User) -> dict[str, Any]:
    who = display_name(holder) if behalf else ""
    name = f"{team_name(slug)}, for {who}" if who else team_name(slug)
    return {"value": _value(slug, behalf), "name": name, "who": who, "slug": slug, "holder": holder.pk}


def _offered(standing: Standing, user: User) -> Iterator[tuple[str, str, User]]:
    """Team, user name of the principal if it is another person's, and holder, of every seat that one could use."""
    yield from ((slug, "", user) for slug in standing.seats_of(user))
    for slug, holder in standing.principals_of(user):
        yield slug, holder.get_username(), holder


def _value(team: str, behalf: str) -> str:
    """The team on the form's wire: `architecture`, or `architecture/ingrid` for a seat that Ingrid lends."""
    return f"{team}/{behalf}" if behalf else team


def _why_not(standing: Standing, user: User) -> tuple[object, ...]:
    """Why a member of an asked team may not sign; nothing for those who were never asked."""
    offered = _offered(standing, user)
    return tuple(reason for slug, behalf, _ in offered for reason in signing.why_not_by(standing, user, slug, behalf))
