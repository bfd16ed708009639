"""Parts of the RFC page as plain values for the templates: requirements, history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.urls import reverse

from governance.pages.record.places import place_of
from governance.standing import Outlook
from rfcs.case import Case
from rfcs.content import LABELS
from rfcs.errors import Reason
from rfcs.guards import NEVER, OWNER, Guard, Moot
from rfcs.lifecycle import Prospect, Requirement
from rfcs.models import RFC, Event
from rfcs.outages.telling import moment
from rfcs.policy import ITEM_TEXTS
from rfcs.states import ObligationKind, State, team_name
from rfcs.table import TABLE
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User


MOST_NAMED = 5
"""Reasons that one requirement lists."""
MOST_SHOWN = 2
"""Requirements that are met and still shown beside others that are not; more of them are folded away."""


def requirements(case: Case, outlook: Outlook, *, may_edit: bool) -> dict[str, Any] | None:
    """The requirements box of the way forward, or None when the move needs nothing. `may_edit`: links to fields."""
    forward = outlook.forward
    if forward is None or not forward.requirements:
        return None
    moot = [_moot(row.guard, row.moot) for row in forward.requirements if row.moot]
    met = [row for row in forward.requirements if row.is_met and not row.moot]
    unmet = [_unmet(case, row, may_edit=may_edit) for row in forward.requirements if not row.is_met]
    is_folded = bool(unmet) and len(met) > MOST_SHOWN
    shown = [] if is_folded else [{"state": "met", "word": "Met", "title": row.guard.title} for row in met]
    return {
        "title": f"Needed to {forward.move.label.lower()}",
        "rows": [*unmet, *moot, *shown],
        "folded": [row.guard.title for row in met] if is_folded else [],
        "met": len(met),
        "total": len(forward.requirements) - sum(row["word"] == NEVER for row in moot),
    }


def _moot(guard: Guard, moot: Moot) -> dict[str, Any]:
    """Nothing to check: neither met nor unmet."""
    return {"state": "not_applicable", "word": moot.word, "title": guard.title, "message": moot.message}


def _unmet(case: Case, requirement: Requirement, *, may_edit: bool) -> dict[str, Any]:
    """A sentence; where there are several reasons, a list of what they are about, each with its place."""
    guard, reasons = requirement.guard, list({reason.message: reason for reason in requirement.reasons}.values())
    places = [place_of(case, guard, reason, may_edit=may_edit) for reason in reasons[:MOST_NAMED]]
    common = places[0] if len(set(places)) == 1 else ""
    row: dict[str, Any] = {"state": "unmet", "word": "Unmet", "title": guard.title, "url": common}
    if len(reasons) == 1:
        return row | {"message": reasons[0].message}
    listed = [
        {
            "text": reason.thing if guard.many else reason.message,
            "url": "" if common else place,
            "is_name": bool(guard.many),
        }
        for reason, place in zip(reasons, places, strict=False)
    ]
    return row | {"message": guard.many, "listed": listed, "rest": max(0, len(reasons) - MOST_NAMED)}


def forward(rfc: RFC, outlook: Outlook) -> dict[str, Any] | None:
    """The move of the way forward as a button, or None where no person makes it."""
    prospect = outlook.forward
    if prospect is None or not prospect.move.asked_by:
        return None
    return _button(rfc, prospect, "primary", _beside_the_box(prospect))


def side_moves(rfc: RFC, outlook: Outlook, user: User) -> list[dict[str, Any]]:
    """The other moves of this state as buttons, for those who may make them; the owner sees why not."""
    owns = rfc.owner_id == user.pk
    others = [prospect for prospect in outlook.others if prospect.is_allowed or owns]
    exits = [prospect for prospect in outlook.exits if prospect.is_allowed]
    return [
        _button(rfc, prospect, "danger" if prospect in exits else "secondary", _told_to_owner(prospect.reasons))
        for prospect in (*others, *exits)
    ]


def _told_to_owner(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Nobody else sees them; the owner is not told that the owner can do that."""
    return tuple(replace(reason, who="you") if reason.who == OWNER else reason for reason in reasons)


def _button(rfc: RFC, prospect: Prospect, variant: str, reasons: tuple[Reason, ...]) -> dict[str, Any]:
    move = prospect.move
    return {
        "name": move.name,
        "label": move.label,
        "url": reverse("rfc-move", args=[rfc.number]),
        "variant": variant,
        "reasons": reasons,
        "inputs": move.inputs,
        "confirm": f"{move.label} {rfc.number}? {AND_THEN[move.name]}" if move.is_exit else "",
    }


AND_THEN = {
    "withdraw": "Who watches it is told; the reason stays on its page. Its owner may revise it as a new draft.",
    "roll_back": "It ends for good. Who watches it is told, the reason stays on its page, the owner owes the lesson.",
}
"""What comes of the moves that leave the way, asked before they are made."""


def _beside_the_box(prospect: Prospect) -> tuple[Reason, ...]:
    """Why not, without repeating the requirements box beside it."""
    unmet = sum(not requirement.is_met for requirement in prospect.requirements)
    listed = {reason for requirement in prospect.requirements for reason in requirement.reasons}
    rest = tuple(reason for reason in prospect.reasons if reason not in listed)
    if not unmet:
        return rest
    things = "One requirement below is" if unmet == 1 else f"{unmet} requirements below are"
    return (*rest, Reason("unmet", f"{things} unmet."))


def people(rfc: RFC) -> list[User]:
    """Co-authors whom the owner invited."""
    return list(rfc.editors.order_by("username"))


ICONS = {
    "rfc": "plus-lg",
    "revision": "file-earmark-text",
    "move": "arrow-right",
    "sign_off": "pen",
    "checklist": "list-check",
    "round": "people",
    "concern": "chat-left-text",
    "hold": "clock",
    "edits": "trash",
    "acknowledgement": "people",
    "owner": "people",
    "clash": "people",
    "freeze": "clock-history",
    "document": "file-earmark-text",
    "obligation": "clock-history",
    "justification": "file-earmark-text",
    "retroactive": "people",
    "risk": "pen",
    "follow_up": "arrow-right",
    "incident": "file-earmark-text",
    "thread": "chat-left-text",
    "comment": "chat-left-text",
    "attachment": "paperclip",
    "embargo": "eye-slash",
    "outage": "lightning-charge",
    "reminder": "bell",
}


TURNED_AWAY = (State.WITHDRAWN, State.ROLLED_BACK)


def ending(rfc: RFC) -> dict[str, Any] | None:
    """Who withdrew it or rolled it back, why, and what was said with it."""
    if rfc.state not in TURNED_AWAY:
        return None
    moves = Event.objects.filter(stream=rfc.stream, kind__in=("move.withdraw", "move.roll_back"))
    last = moves.select_related("actor").order_by("-seq").first()
    return event_row(last) if last else None


def newest_events(rfc: RFC, most: int, *, before: int = 0) -> tuple[list[dict[str, Any]], bool]:
    """The end of its history, or of that before an event, in words, the newest first, and whether there is more."""
    events = Event.objects.filter(stream=rfc.stream).select_related("actor").order_by("-seq")
    rows = list((events.filter(seq__lt=before) if before else events)[: most + 1])
    return event_rows(rows[:most]), len(rows) > most


def event_rows(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events of the history, in words; for whom a delegate signed is looked up once for all."""
    rows = list(events)
    ids = {event.payload["on_behalf_of"] for event in rows if "on_behalf_of" in event.payload}
    people = get_user_model()._default_manager.in_bulk(ids) if ids else {}
    return [event_row(event, principal=people.get(event.payload.get("on_behalf_of"))) for event in rows]


def event_row(event: Event, *, principal: User | None = None) -> dict[str, Any]:
    """One event of the history, in words."""
    family = event.kind.split(".")[0]
    url, action = _leads_to(event)
    return {
        "icon": ICONS.get(family, "clock-history"),
        "who": display_name(event.actor) if event.actor else "Breakwater",
        "text": _words(event) + (f" on behalf of {display_name(principal)}" if principal else ""),
        "detail": _detail(event),
        "at": event.at,
        "state": event.payload.get("to", "") if family == "move" else "",
        "url": url,
        "action": action,
        "seq": event.seq,
        "digest": event.digest,
    }


def _leads_to(event: Event) -> tuple[str, str]:
    """Where what the event tells of can be read, and the words of the link."""
    rfc, said = f"RFC-{int(event.stream[4:]):04d}", event.payload
    if event.kind == "revision.minted":
        return reverse("rfc-revision", args=[rfc, said["revision"]]), f"Read revision {said['revision']}"
    if "comment" in said:
        return reverse("rfc-comment", args=[rfc, said["comment"]]), "Read the comment"
    return (reverse("rfc-thread", args=[rfc, said["thread"]]), "Read the thread") if "thread" in said else ("", "")


def _words(event: Event) -> str:
    said, kind = event.payload, event.kind
    family, _, name = kind.partition(".")
    if kind in DECIDED:
        return f"settled the round: {DECIDED[kind]}"
    if family == "move" and name in TABLE:
        return f"made the move “{TABLE[name].label}”"
    if family == "sign_off":
        return f"took the position “{name.replace('_', ' ')}” on revision {said['revision']}"
    if family == "concern":
        return f"{name} the concern “{said['title'] or 'hold'}”"
    if family == "outage":
        return OUTAGE[bool(said["corrects"]), said["retracted"]]
    if family == "checklist":
        return CHECKLIST.get(name, f"{name} {{item}}").format(item=f"the item “{_item(said['item'])}”")
    return WORDS.get(kind, kind).format(
        **{
            "revision": "",
            "with": "",
            "to": "",
            "team": "",
            "name": "",
            "package": "",
            "person": "",
            "freeze": "",
            **said,
            **_owed(said),
            **({"team": team_name(said["team"])} if "team" in said else {}),
        }
    )


def _item(slug: str) -> str:
    return ITEM_TEXTS.get(slug, slug.replace("_", " "))


def _owed(said: Mapping[str, Any]) -> dict[str, str]:
    return {"obligation": ObligationKind(said["obligation"]).label.lower()} if "obligation" in said else {}


CHECKLIST = {
    "evidence_added": "gave more evidence for {item}",
    "evidence_removed": "set evidence aside for {item}",
    "waiver_revoked": "revoked the waiver of {item}",
}
OUTAGE = {
    (False, False): "recorded an outage",
    (True, False): "corrected an outage",
    (True, True): "took back an outage",
}
"""By whether it takes the place of an earlier one, and whether it says that there was none."""
DECIDED = {
    "move.approve": "approved",
    "move.authorise": "authorised",
    "move.reject": "rejected",
    "retroactive.ratified": "ratified",
    "retroactive.denied": "denied",
}
WORDS = {
    "rfc.created": "opened the draft",
    "rfc.track_changed": "put the draft on the {to} track",
    "rfc.shared": "invited {with} as a co-author",
    "rfc.unshared": "ended that {with} writes as a co-author",
    "rfc.handed_over": "handed the RFC over to {to}",
    "revision.minted": "saved revision {revision}",
    "document.imported": "imported an edited document",
    "attachment.added": "attached {name}",
    "attachment.removed": "took {name} off the working copy",
    "attachment.cleared": "cleared away {name}, which nothing named any more",
    "clash.resolved": "settled the clash with {with}",
    "embargo.imposed": "put the RFC under embargo",
    "embargo.lifted": "lifted the embargo",
    "freeze.overridden": "let it start in spite of the freeze {freeze}",
    "owner.named": "named {person} an owner of {package}",
    "acknowledgement.asked": "asked package owners to acknowledge",
    "acknowledgement.acknowledge": "acknowledged the change of {package}",
    "acknowledgement.object": "objected to the change of {package}",
    "acknowledgement.more_time": "asked for more time for {package}",
    "acknowledgement.withdraw": "withdrew the objection to the change of {package}",
    "acknowledgement.lapsed": "recorded that no owner of {package} answered in time",
    "edits.discarded": "discarded the edits that no revision held",
    "thread.opened": "began a thread",
    "thread.resolved": "resolved a thread",
    "thread.reopened": "opened a thread again",
    "comment.posted": "answered in a thread",
    "comment.edited": "edited a comment",
    "comment.retracted": "retracted a comment",
    "hold.lapsed": "let the hold run out",
    "lesson.written": "wrote version {version} of the lesson",
    "round.paused": "stopped the round's clock until the owner answers",
    "round.resumed": "set the round's clock going again",
    "obligation.began": "began to owe: {obligation}",
    "obligation.met": "met what was owed: {obligation}",
    "justification.filed": "filed revision {revision} as the full justification",
    "reminder.escalated": "escalated, since it is overdue: {what}",
    "retroactive.asked_again": "asked the board again, as it is today",
    "risk.accepted": "bears the risk of what the board denied",
    "follow_up.opened": "opened the follow-up {with}",
    "follow_up.of": "began this as the follow-up to {with}",
    "incident.filed": "filed version {version} of the post-incident review",
    "incident.accepted": "accepted version {version} of the post-incident review",
    "round.team_asked": "asked the {team} to sign",
}


def _detail(event: Event) -> str:
    said = event.payload
    changed = ", ".join(LABELS.get(name, name).lower() for name in said.get("changed", ()))
    revert = said.get("revert_commit", "")
    lines = [f"Changed: {changed}." if changed else "", said.get("note", "")]
    lines += [f"Revert commit: {revert}" if revert else ""]
    lines += ["Nothing was merged." if said.get("nothing_merged") else "", _outage(said)]
    lines += [said.get("title", "") if event.kind.startswith("sign_off") else "", said.get("rationale", "")]
    lines += [f"Until {_day(said['until'])}" if said.get("until") else "", said.get("reply", "")]
    lines += [said.get("link", ""), said.get("file", {}).get("name", ""), said.get("reason", "")]
    lines += [f"Told: {', '.join(said['told']) or 'nobody, as nobody is there to tell'}." if "told" in said else ""]
    lines += [f"Until {_day(said['expires_on'])}" if "expires_on" in said else ""]
    return "\n".join(line for line in lines if line)


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%-d %B %Y}"


def _outage(said: dict[str, Any]) -> str:
    """The times; rollbacks told of them in their own event before outages had one."""
    start = moment(said.get("started_at") or said.get("outage_start", ""))
    end = moment(said.get("ended_at") or said.get("outage_end", ""))
    if start is None:
        return ""
    until = f"to {end:%-d %B %Y, %H:%M} UTC" if end else "UTC on"
    return f"Outage from {start:%-d %B %Y, %H:%M} {until}."
