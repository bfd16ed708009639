"""The record as JSON: what each call answers. The shapes are declared in serializers.py, and the tests hold
every answer against them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group

from approvals.models import Absence, Delegation, Reply, Round, SignOff
from approvals.standing import Standing, asking_round
from approvals.voices import TeamStanding
from governance.exporting.keys import PublicKey
from governance.exporting.models import Export
from governance.pages.teams import TASKS
from governance.standing import waiting_on
from rfcs.case import Case
from rfcs.compliance.checklists import ItemStatus, statuses
from rfcs.content import LABELS, Content
from rfcs.impact.acknowledgements import Standing as Acknowledgement
from rfcs.impact.clashes import Clash
from rfcs.importing import Proposal
from rfcs.lifecycle import Prospect
from rfcs.models import RFC, Embargo, Event, Evidence, Lesson, OwnerAnswer, Waiver, WorkingCopy
from rfcs.models.record import RFCQuerySet
from rfcs.risk import Assessment
from rfcs.states import SIGNING, team_name
from rfcs.teams import display_name

JSON = dict[str, Any]
SUMMARISED = (
    "title",
    "track",
    "scenario",
    "state",
    "touches_security",
    "embargoed",
    "material_digest",
    "created_at",
    "state_since",
    "updated_at",
    "closed_at",
)
"""Columns of an RFC that a row of a list shows under their own names, or nearly."""


def document(content: Content) -> JSON:
    """The fields that engineers write, under their names on the wire."""
    stored = content.json()
    stored["affected_packages"] = stored.pop("packages")
    return stored


def files(content: Content) -> list[JSON]:
    """The files that belong to it."""
    stored: list[JSON] = content.json()["attachments"]
    return stored


def working_copy(copy: WorkingCopy) -> JSON:
    return document(copy.content) | {"version": copy.version}


def with_summaries(rows: RFCQuerySet) -> RFCQuerySet:
    """These RFCs with no more than `summary` shows."""
    return rows.with_people().only(*SUMMARISED, "author__username", "owner__username", "revision__number")


def summary(rfc: RFC) -> JSON:
    """One row of a list, from the RFC's row alone (and its people and revision, joined)."""
    return {
        "number": rfc.number,
        "title": rfc.title,
        "track": rfc.track,
        "scenario": rfc.scenario,
        "state": rfc.state,
        "touches_security": rfc.touches_security,
        "embargoed": rfc.embargoed,
        "author": rfc.author.get_username(),
        "owner": rfc.owner.get_username(),
        "revision": rfc.revision.number if rfc.revision else None,
        "digest": rfc.material_digest,
        "created_at": rfc.created_at,
        "state_since": rfc.state_since,
        "updated_at": rfc.updated_at,
        "closed_at": rfc.closed_at,
        "url": f"{settings.PORTAL_URL}{rfc.get_absolute_url()}",
    }


def rfc(row: RFC) -> JSON:
    """One RFC whole: what its current revision says (in draft: the working copy), and how it stands."""
    case, round_ = Case(row), asking_round(row)
    standing = Standing(round_, case) if round_ else None
    return {
        **summary(row),
        **document(case.content),
        "embargoed": row.embargoed,
        "version": row.working_copy.version,
        "unsaved_fields": [WIRE_NAMES.get(name, name) for name in case.unsaved_fields],
        "risk_score": risk_score(case.risk),
        "round": open_round_of(standing) if standing else None,
        "obligations": [{"kind": owed.kind, "due_at": owed.due_at, "met_at": owed.met_at} for owed in case.obligations],
        "waiting_on": [
            {"who": turn.who, "what": turn.what, "due": turn.due} for turn in waiting_on(row, standing=standing)
        ],
    }


def embargo(row: RFC) -> JSON:
    """Whether it is on, and what is known of its beginning and its end."""
    found = Embargo.objects.filter(rfc=row).select_related("imposed_by", "lifted_by").first() or Embargo(rfc=row)
    return {
        "embargoed": row.embargoed,
        "imposed_at": found.imposed_at,
        "imposed_by": found.imposed_by.get_username() if found.imposed_by else "",
        "ends_at": found.ends_at,
        "lifted_at": found.lifted_at,
        "lifted_by": found.lifted_by.get_username() if found.lifted_by else "",
        "reason": found.reason,
    }


def risk_score(found: Assessment) -> JSON:
    return {"score": found.score, "level": found.level, "inputs": [asdict(row) for row in found.inputs]}


WIRE_NAMES = {"packages": "affected_packages"}


def proposal(offered: Proposal) -> JSON:
    """What an import changes, and what it is bound to."""
    before, after = document(offered.before), document(offered.after)
    names = [WIRE_NAMES.get(name, name) for name in offered.changed]
    return {
        "version": offered.version,
        "digest": offered.digest,
        "changes": [
            {"field": name, "label": _label(name), "before": before[name], "after": after[name]} for name in names
        ],
        "kept": [WIRE_NAMES.get(name, name) for name in offered.kept],
        "emptied": list(offered.emptied),
        "lacks": list(offered.lacks),
    }


def _label(name: str) -> str:
    return LABELS.get({wire: own for own, wire in WIRE_NAMES.items()}.get(name, name), name)


def team(group: Group, leads: frozenset[tuple[int, int]]) -> JSON:
    """A team whose members are loaded; `leads` holds the keys of teams and of who leads them."""
    return {
        "slug": group.name,
        "name": team_name(group.name),
        "task": TASKS.get(group.name, ""),
        "signs": group.name in SIGNING,
        "members": [
            {
                "username": user.get_username(),
                "name": display_name(user),
                "leads": (group.pk, user.pk) in leads,
                "active": user.is_active,
            }
            for user in group.user_set.all()
        ],
    }


def export(row: Export) -> JSON:
    return {
        "kind": row.kind,
        "status": row.status,
        "revision": row.facts["revision"],
        "asked_at": row.asked_at,
        "url": f"{settings.PORTAL_URL}{row.get_absolute_url()}",
    }


def signing_key(key: PublicKey, *, is_current: bool) -> JSON:
    return {"id": key.id, "algorithm": "Ed25519", "public_key": key.text, "pem": key.pem, "current": is_current}


def open_round_of(standing: Standing) -> JSON:
    round_: Round = standing.round
    return {
        "id": round_.pk,
        "kind": round_.kind,
        "teams": [_team(row) for row in standing.rows],
        "first_response_due": round_.first_response_due,
        "decision_due": round_.decision_due,
        "paused_at": round_.paused_at,
    }


def _team(row: TeamStanding) -> JSON:
    return {"team": row.slug, "needed": row.tally.needed, "approvals": row.tally.approvals, "forecast": row.forecast}


def outlook(prospects: Iterable[Prospect]) -> list[JSON]:
    return [_prospect(prospect) for prospect in prospects]


def _prospect(prospect: Prospect) -> JSON:
    return {
        "name": prospect.move.name,
        "label": prospect.move.label,
        "allowed": prospect.is_allowed,
        "reasons": [reason.as_json() for reason in prospect.reasons],
        "who": prospect.who,
    }


def sign_off(row: SignOff, *, counts: bool) -> JSON:
    """One signature with all it is bound to; `counts` says whether it does now."""
    return {
        "id": row.pk,
        "round": row.round_id,
        "team": row.team,
        "signer": row.signer.get_username(),
        "signer_name": display_name(row.signer),
        "on_behalf_of": row.on_behalf_of.get_username() if row.on_behalf_of else None,
        "on_behalf_of_name": display_name(row.on_behalf_of) if row.on_behalf_of else None,
        "position": row.position,
        "title": row.title,
        "rationale": row.rationale,
        "until": row.until,
        "revision": row.revision.number,
        "digest": row.material_digest,
        "scope_digest": row.scope_digest,
        "at": row.at,
        "counts": counts,
        "replies": [_reply(reply) for reply in row.replies.all()],
    }


def _reply(row: Reply) -> JSON:
    by = row.by
    return {
        "kind": row.kind,
        "by": by.get_username() if by else None,
        "by_name": display_name(by) if by else None,
        "text": row.text,
        "at": row.at,
    }


def checklist(case: Case) -> list[JSON]:
    """Every item with its evidence and its waiver."""
    rows = Evidence.objects.filter(item__rfc=case.rfc, set_aside_at=None)
    pieces: dict[str, list[JSON]] = {}
    for row in rows.select_related("item", "attachment", "given_by"):
        pieces.setdefault(row.item.slug, []).append(_piece(row))
    return [item(status) | {"pieces": pieces.get(status.slug, [])} for status in statuses(case)]


def _piece(row: Evidence) -> JSON:
    file = row.attachment
    return {
        "id": row.pk,
        "link": row.link,
        "text": row.text,
        "file": {"name": file.name, "sha256": file.sha256, "size": file.size} if file else None,
        "by": row.given_by.get_username(),
        "at": row.given_at,
    }


def _waiver(row: Waiver) -> JSON:
    return {
        "kind": row.kind,
        "reason": row.reason,
        "by": row.granted_by.get_username(),
        "at": row.granted_at,
        "expires": row.expires_on,
    }


def item(status: ItemStatus) -> JSON:
    """One line of the checklist; `evidence` is null while it is open, waived, or computed."""
    return {
        "slug": status.slug,
        "phase": status.phase,
        "kind": status.kind,
        "item": status.text,
        "closed": status.is_closed,
        "why_open": status.why_open,
        "who": status.who,
        "state": status.state,
        "evidence": _evidence(status) if status.state == "done" and status.row else None,
        "waiver": _waiver(status.waiver) if status.waiver else None,
    }


def _evidence(status: ItemStatus) -> JSON:
    row = status.row
    assert row is not None
    closed_by = row.closed_by.get_username() if row.closed_by else ""
    return {"link": row.link, "text": row.text, "by": closed_by, "at": row.closed_at}


def acknowledgement(standing: Acknowledgement) -> JSON:
    """One affected package with what its owners said."""
    row = standing.row
    return {
        "package": standing.path,
        "named": list(standing.named),
        "state": standing.state,
        "owners": [owner.get_username() for owner in standing.owners],
        **{name: getattr(row, name, None) for name in ("asked_at", "due_at", "extended_at", "lapsed_at")},
        "answers": [_owner_answer(said) for said in standing.answers],
    }


def _owner_answer(said: OwnerAnswer) -> JSON:
    return {
        "by": said.person.get_username(),
        "by_name": display_name(said.person),
        "answer": said.answer,
        "reason": said.reason,
        "revision": said.revision.number,
        "at": said.at,
    }


def lesson(row: Lesson) -> JSON:
    """What was learnt from a rollback, with all its versions."""
    return {
        "opened_at": row.opened_at,
        "written_at": row.written_at,
        "versions": [
            {"version": version.number, **version.said, "by": version.by.get_username(), "at": version.at}
            for version in row.versions.select_related("by")
        ],
    }


def clash(found: Clash) -> JSON:
    return {
        "rfc": found.other.number,
        "owner": found.other.owner.get_username(),
        "packages": list(found.paths),
        "first": found.days[0],
        "last": found.days[1],
        "in_deployment": found.in_deployment,
        "settled": found.resolution is not None,
        "note": found.resolution.note if found.resolution else "",
    }


def freezes(case: Case) -> list[JSON]:
    return [
        {
            "key": freeze.key,
            **asdict(freeze),
            "paths": list(freeze.paths),
            "is_on": freeze.is_on(case.today),
            "overridden": freeze.key in case.overrides,
        }
        for freeze in case.freezes
    ]


def event(row: Event) -> JSON:
    return {
        "stream": row.stream,
        "seq": row.seq,
        "kind": row.kind,
        "actor": row.actor.get_username() if row.actor else None,
        "at": row.at,
        "payload": row.payload,
        "previous": row.previous,
        "digest": row.digest,
    }


def absence(row: Absence) -> JSON:
    days = {"starts_on": row.starts_on, "ends_on": row.ends_on}
    return {"id": row.pk, **days, "note": row.note, "ended_at": row.ended_at}


def delegation(row: Delegation) -> JSON:
    return {
        "id": row.pk,
        "principal": row.principal.get_username(),
        "delegate": row.delegate.get_username(),
        "team": row.team,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "reason": row.reason,
        "granted_at": row.granted_at,
        "revoked_at": row.revoked_at,
    }
