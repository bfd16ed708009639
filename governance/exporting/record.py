"""What an export says of an RFC: the facts as JSON, taken in the moment in which somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from approvals.models import Reply, SignOff
from approvals.positions import Position, ReplyKind, voiced
from approvals.standing import Standing, counting_rounds
from governance import documents
from governance.exporting import checked
from rfcs.case import Case
from rfcs.digests import sha256
from rfcs.models import RFC, Chain
from rfcs.states import State, team_name
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

JSON = dict[str, Any]


def facts(rfc: RFC) -> JSON:
    """Who, what and which state; the document; every signature; and how far the chain of events reaches."""
    case = Case(rfc)
    return {
        "number": rfc.number,
        "title": case.content.title,
        "state": rfc.state,
        "state_label": State(rfc.state).label,
        "track": rfc.track,
        "scenario": case.content.scenario,
        "embargoed": rfc.embargoed,
        "author": display_name(rfc.author),
        "owner": display_name(rfc.owner),
        "revision": _revision(case),
        "revisions": rfc.revision.number if rfc.revision else 0,
        "digest": rfc.material_digest,
        "policy": rfc.pinned.version,
        "document": documents.markdown_of(rfc),
        "attachments": case.content.json()["attachments"],
        "sign_offs": list(_sign_offs(rfc, case)),
        "overrides": sorted((*_overridden_concerns(rfc), *_overridden_freezes(rfc)), key=lambda row: str(row["at"])),
        "obligations": list(_obligations(rfc)),
        "acceptances": list(_acceptances(rfc)),
        "outages": list(_outages(rfc)),
        "checklist": list(checked.checklist(case)),
        "acknowledgements": list(checked.acknowledgements(case)),
        "chain": _head(rfc),
    }


def edition(found: JSON) -> str:
    """The digest that tells one edition from the next; how far the chain reaches matters to a bundle only."""
    return sha256(found)


def printed(found: JSON) -> JSON:
    """The facts of a printed document: without the chain, which every reading of the history moves on."""
    return {name: value for name, value in found.items() if name != "chain"}


def _revision(case: Case) -> int | None:
    """The revision whose text this is; None for a draft that no revision holds."""
    revision = case.rfc.revision
    return revision.number if revision and revision.content == case.content else None


def _head(rfc: RFC) -> JSON:
    head = Chain.objects.filter(pk=rfc.stream).values("seq", "digest").first()
    return dict(head) if head else {"seq": 0, "digest": ""}


def _sign_offs(rfc: RFC, case: Case) -> Iterator[JSON]:
    """Every position ever taken, oldest first; `counts` says whether it does now."""
    counting = _counting(rfc, case)
    rows = SignOff.objects.filter(round__rfc=rfc).select_related("signer", "on_behalf_of", "revision", "round")
    for row in rows.order_by("id"):
        yield sign_off(row, counts=row.pk in counting)


def sign_off(row: SignOff, *, counts: bool) -> JSON:
    """One signature as its event has it, with the words that people read: name, meaning, team, on whose behalf."""
    said: JSON = dict(row.facts())
    return said | {
        "name": display_name(row.signer),
        "user_name": row.signer.get_username(),
        "meaning": f"{voiced(row.round.kind, row.position)}, revision {row.revision.number}",
        "team_name": team_name(row.team),
        "on_behalf_of_name": display_name(row.on_behalf_of) if row.on_behalf_of else "",
        "at": row.at.isoformat(),
        "round_kind": row.round.kind,
        "counts": counts,
    }


def _overridden_concerns(rfc: RFC) -> Iterator[JSON]:
    """What a lead decided against a position that blocked."""
    rows = Reply.objects.filter(sign_off__round__rfc=rfc, kind=ReplyKind.OVERRIDE)
    for row in rows.select_related("by", "sign_off__signer"):
        concern = row.sign_off
        title = concern.title or Position(concern.position).label
        what = f"“{title}” of {display_name(concern.signer)} for the {team_name(concern.team)}"
        yield _override("concern", what, row.by, row.text, row.at)


def _overridden_freezes(rfc: RFC) -> Iterator[JSON]:
    for row in rfc.freeze_overrides.select_related("by"):
        yield _override("freeze", row.freeze, row.by, row.reason, row.at)


def _override(kind: str, what: str, by: User | None, reason: str, at: datetime) -> JSON:
    names = {"name": _name(by), "user_name": by.get_username() if by else ""}
    return {"kind": kind, "what": what, **names, "reason": reason, "at": at.isoformat()}


def _obligations(rfc: RFC) -> Iterator[JSON]:
    """What an authorised emergency or hotfix owes and owed."""
    for row in rfc.obligations.select_related("rfc__owner", "met_by"):
        met = {"met_at": row.met_at.isoformat() if row.met_at else None, "met_by": _name(row.met_by)}
        yield {
            "kind": row.kind,
            "title": row.get_kind_display(),
            "who": row.who,
            "due_at": row.due_at.isoformat(),
            **met,
        }


def _acceptances(rfc: RFC) -> Iterator[JSON]:
    """Who of the board bears the risk of what it denied, until when."""
    for row in rfc.risk_acceptances.select_related("by"):
        names = {"name": display_name(row.by), "user_name": row.by.get_username(), "at": row.at.isoformat()}
        yield {"until": row.until.isoformat(), "reason": row.reason, **names}


def _name(person: User | None) -> str:
    return display_name(person) if person else ""


def _outages(rfc: RFC) -> Iterator[JSON]:
    """What stands of them; the events of the bundle hold what was corrected."""
    for row in rfc.outages.standing().select_related("by"):
        names = {"name": display_name(row.by), "user_name": row.by.get_username(), "at": row.at.isoformat()}
        end = row.ended_at.isoformat() if row.ended_at else None
        yield {"started_at": row.started_at.isoformat(), "ended_at": end, "note": row.note, **names}


def _counting(rfc: RFC, case: Case) -> frozenset[int]:
    rounds = [round_ for round_ in counting_rounds(rfc) if round_.outcome not in documents.UNSIGNED]
    voices = (voice for round_ in rounds for row in Standing(round_, case).rows for voice in row.voices)
    return frozenset(voice.sign_off.pk for voice in voices if voice.counts)
