"""What an export says of the checklist, with evidence and waivers, and of the packages' owners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rfcs.case import Case
from rfcs.compliance.checklists import statuses
from rfcs.models import Evidence, OwnerAnswer, Waiver
from rfcs.states import Answer, Phase, WaiverKind
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

JSON = dict[str, Any]
STATES = {"open": "Open", "done": "Done", **{kind.value: str(kind.label) for kind in WaiverKind}}
ANSWERS = {
    Answer.ACKNOWLEDGE: "acknowledged",
    Answer.OBJECT: "objected",
    Answer.MORE_TIME: "asked for time",
    Answer.WITHDRAW: "withdrew the objection",
}


def checklist(case: Case) -> Iterator[JSON]:
    """Each item as it stands, with every piece of evidence and every waiver that it ever had."""
    evidence, waivers = _evidence(case), _waivers(case)
    for item in statuses(case):
        closed = item.row if item.state == "done" else None
        yield {
            "slug": item.slug,
            "phase": Phase(item.phase).label,
            "item": item.text,
            "state": item.state,
            "state_label": STATES[item.state],
            "closed_by": _name(closed.closed_by) if closed else "",
            "closed_at": _at(closed.closed_at) if closed else None,
            "evidence": evidence[item.slug],
            "waivers": waivers[item.slug],
        }


def _evidence(case: Case) -> defaultdict[str, list[JSON]]:
    found: defaultdict[str, list[JSON]] = defaultdict(list)
    rows = Evidence.objects.filter(item__rfc=case.rfc).select_related("item", "attachment", "given_by", "set_aside_by")
    for row in rows:
        file = row.attachment
        found[row.item.slug].append(
            {
                "link": row.link,
                "text": row.text,
                "file": {"name": file.name, "size": file.size, "sha256": file.sha256} if file else None,
                "by": _name(row.given_by),
                "at": _at(row.given_at),
                "set_aside_by": _name(row.set_aside_by),
                "set_aside_at": _at(row.set_aside_at),
            }
        )
    return found


def _waivers(case: Case) -> defaultdict[str, list[JSON]]:
    found: defaultdict[str, list[JSON]] = defaultdict(list)
    for row in Waiver.objects.filter(rfc=case.rfc).select_related("granted_by", "revoked_by"):
        found[row.slug].append(
            {
                "kind": row.kind,
                "kind_label": row.get_kind_display(),
                "reason": row.reason,
                "by": _name(row.granted_by),
                "at": _at(row.granted_at),
                "expires_on": row.expires_on.isoformat(),
                "revoked_by": _name(row.revoked_by),
                "revoked_at": _at(row.revoked_at),
            }
        )
    return found


def acknowledgements(case: Case) -> Iterator[JSON]:
    """Each affected package with its owners of today and what they said since they were asked."""
    for standing in case.acknowledgements:
        row = standing.row
        yield {
            "package": standing.path,
            "named": list(standing.named),
            "state": standing.state,
            "state_label": str(standing.state.label),
            "owners": [display_name(owner) for owner in standing.owners],
            "asked_at": _at(row.asked_at) if row else None,
            "due_at": _at(row.due_at) if row else None,
            "lapsed_at": _at(row.lapsed_at) if row else None,
            "answers": [_answer(said) for said in standing.answers],
        }


def _answer(said: OwnerAnswer) -> JSON:
    return {
        "name": display_name(said.person),
        "user_name": said.person.get_username(),
        "answer": said.answer,
        "answer_label": ANSWERS[Answer(said.answer)],
        "reason": said.reason,
        "revision": said.revision.number,
        "at": _at(said.at),
    }


def _at(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _name(person: User | None) -> str:
    return display_name(person) if person else ""
