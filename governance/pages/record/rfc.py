"""The RFC page: its document, checklist, sign-offs and history, with the requirements box beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from approvals import freshness
from approvals.panel import panel
from approvals.positions import RoundKind, Void
from approvals.standing import Standing, asking_round, counting_standings, may_be_asking
from governance import documents, moves, standing
from governance.pages.record import checklists, haste, outages, panels, threads, unsaved
from governance.pages.record import lessons as lessons_page
from governance.pages.record.editing import tracks, version_of
from governance.pages.record.embargo import parts as embargo_parts
from governance.pages.record.impact import parts as impact_parts
from governance.pages.record.subject import led_on, person, post_only, rfc_for
from governance.turns import by_person
from rfcs import authority, clock, editing, embargo, lessons
from rfcs.case import Case
from rfcs.conversation import watching
from rfcs.errors import Refused
from rfcs.files import filetypes
from rfcs.impact import answering, naming, planning
from rfcs.impact.clashes import Clash
from rfcs.models import RFC, Event
from rfcs.outages import telling
from rfcs.states import SHORT, SHORT_STEPS, STEPS, State, state_name
from rfcs.table import TABLE
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TABS = (
    ("document", "Document", "rfc-page"),
    ("impact", "Impact", "rfc-impact"),
    ("checklist", "Checklist", "rfc-checklist"),
    ("sign-offs", "Sign-offs", "rfc-sign-offs"),
    ("discussion", "Discussion", "rfc-discussion"),
    ("history", "History", "rfc-history"),
)
HISTORY = 100
MOST_DIGITS = 9
"""Of an event's number; more is none that the column holds."""
MOMENTS = tuple({wanted.field for move in TABLE.values() for wanted in move.inputs if wanted.kind == "moment"})
INPUTS = tuple(dict.fromkeys(wanted.field for move in TABLE.values() for wanted in move.inputs))


def document(
    request: HttpRequest,
    number: int,
    *,
    refusal: Refused | None = None,
    typed: Mapping[str, str] | None = None,
    lesson: Mapping[str, Any] | None = None,
    outage: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The first tab, with what was refused and `typed` there; `lesson`, `outage`: of a refused attempt to tell one."""
    rfc = rfc_for(request, number)
    refused = refusal or next((sent["refusal"] for sent in (lesson, outage) if sent), None)
    case = Case(rfc)
    standings = counting_standings(rfc, case)
    empty = any(problem.rule == "JD002" for problem in case.problems)
    empty = empty and not documents.is_abbreviated(rfc.track, case.content)
    context = {
        "document": threads.with_links(documents.html_of(rfc, standings=standings), case),
        "empty_sections": empty,
    }
    context["attachments"] = case.content.attachments
    context["lesson"] = lessons_page.parts(rfc, person(request), typed=lesson)
    context |= {"refusal": refusal, "typed": typed or {}}
    if outage:
        context["outages"] = outages.parts(rfc, person(request), typed=outage)
    here = next((standing for standing in standings if standing.round.is_open), None)
    return _show(request, rfc, "document", context, here=here, case=case, status=refused.status if refused else 200)


@post_only
def write_lesson(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what was learnt; a refusal shows every reason beside all that was typed."""
    rfc = rfc_for(request, number)
    sent = lessons_page.read(request.POST)
    try:
        lessons.write(
            rfc, by=person(request), texts=sent["texts"], wanted=sent["actions"], version=version_of(request.POST)
        )
    except Refused as refusal:
        return document(request, number, lesson=sent | {"refusal": refusal})
    messages.success(request, "The lesson is kept; whoever has an action is told.")
    return redirect(rfc.lesson_url)


def impact(
    request: HttpRequest, number: int, *, typed: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    rfc = rfc_for(request, number)
    case = Case(rfc)
    watched = watching.watched_packages(person(request), case.content.paths)
    shown = impact_parts(case, person(request)) | {"typed": typed or {}, "watched": watched}
    return _show(request, rfc, "impact", shown, case=case, status=status)


@post_only
def settle_clash(request: HttpRequest, number: int, other: int) -> HttpResponse:
    """Record how two owners settled that their changes meet."""
    rfc, note = rfc_for(request, number), request.POST.get("note", "")
    try:
        planning.resolve(rfc, other, by=person(request), note=note)
    except Refused as refusal:
        typed = {"clash": other, "note": note, "refusal": refusal}
        return impact(request, number, typed=typed, status=refusal.status)
    messages.success(request, f"The clash with RFC-{other:04d} is settled on record, on both RFCs.")
    return redirect(rfc.impact_url)


@post_only
def override_freeze(request: HttpRequest, number: int) -> HttpResponse:
    """A steward lets this RFC start in spite of a freeze."""
    rfc, freeze, reason = rfc_for(request, number), request.POST.get("freeze", ""), request.POST.get("reason", "")
    try:
        planning.override(rfc, freeze, by=person(request), reason=reason)
    except Refused as refusal:
        typed = {"freeze": freeze, "freeze_reason": reason, "refusal": refusal}
        return impact(request, number, typed=typed, status=refusal.status)
    messages.success(request, "The override is on record; the freeze no longer holds this RFC.")
    return redirect(rfc.impact_url)


@post_only
def acknowledge(request: HttpRequest, number: int) -> HttpResponse:
    """Answer as an owner of a package. A refusal is shown on the tab; what was typed is kept."""
    rfc, sent = rfc_for(request, number), request.POST.dict()
    path, reason = sent.get("package", ""), sent.get("reason", "")
    try:
        answering.answer(rfc, path, by=person(request), answer=sent.get("answer", ""), reason=reason)
    except Refused as refusal:
        typed = {"package": path, "reason": reason, "refusal": refusal}
        return impact(request, number, typed=typed, status=refusal.status)
    messages.success(request, f"Your answer for {path} is on record.")
    return redirect(rfc.impact_url)


@post_only
def name_owner(request: HttpRequest, number: int) -> HttpResponse:
    """A steward names an owner of a package that has none who could answer."""
    rfc, sent = rfc_for(request, number), request.POST.dict()
    path, username, reason = sent.get("package", ""), sent.get("username", ""), sent.get("reason", "")
    try:
        naming.name_owner(rfc, path, username, by=person(request), reason=reason)
    except Refused as refusal:
        typed = {"package": path, "username": username, "why": reason, "refusal": refusal}
        return impact(request, number, typed=typed, status=refusal.status)
    messages.success(request, f"{username} owns {path} from now on, and is told what waits for them.")
    return redirect(rfc.impact_url)


def checklist(
    request: HttpRequest, number: int, *, typed: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    rfc = rfc_for(request, number)
    case = Case(rfc)
    context = {
        "phases": checklists.phases(case, person(request)),
        "days": checklists.days_of_waivers(case),
        "why_not_waive": checklists.why_not_waive(case, person(request)),
        "typed": typed or {},
        "accept": filetypes.ACCEPT,
        "most_megabytes": settings.ATTACHMENT_MEGABYTES,
    }
    return _show(request, rfc, "checklist", context, case=case, status=status)


def sign_offs(request: HttpRequest, number: int) -> HttpResponse:
    rfc = rfc_for(request, number)
    fresh = freshness.is_fresh(request, rfc.pinned.policy)
    ways = None if fresh else freshness.ways(person(request))
    return _show(request, rfc, "sign-offs", {"panel": panel(rfc, person(request), is_fresh=fresh), "ways": ways})


def history(request: HttpRequest, number: int) -> HttpResponse:
    """Events, the newest first, in pages of HISTORY; `?before=` is the number of an event in the record of this RFC."""
    rfc = rfc_for(request, number)
    before = _event_number(request.GET.get("before", ""))
    events, more = panels.newest_events(rfc, HISTORY, before=before)
    context = {
        "events": events,
        "newer": _newer(rfc, before) if before else "",
        "older": f"?before={events[-1]['seq']}" if more else "",
    }
    return _show(request, rfc, "history", context)


def _event_number(text: str) -> int:
    """0 for what is none; the newest events are shown then."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else 0


def _newer(rfc: RFC, before: int) -> str:
    """The address of the page that ends just before this one begins; of the first page, without a key."""
    rows = Event.objects.filter(stream=rfc.stream, seq__gte=before).order_by("seq").values_list("seq", flat=True)
    numbers = list(rows[: HISTORY + 1])
    return f"?before={numbers[HISTORY]}" if len(numbers) > HISTORY else "?"


@post_only
def move(request: HttpRequest, number: int) -> HttpResponse:
    """Make a move. A refusal is shown on the page with every reason; what was typed is kept."""
    rfc = rfc_for(request, number)
    inputs = _in_zone({key: request.POST[key] for key in INPUTS if request.POST.get(key)}, request.POST.get("zone", ""))
    try:
        after = moves.make(rfc, request.POST.get("move", ""), by=person(request), inputs=inputs)
    except Refused as refusal:
        return document(request, number, refusal=refusal, typed=request.POST.dict())
    if after.revision_id != rfc.revision_id:
        unsaved.forget_note(request, after)
    messages.success(request, f"{after.number} moved on: {after.state_name.lower()}.")
    return redirect(after)


def _in_zone(inputs: Mapping[str, str], zone: str) -> dict[str, str]:
    """The times of a form are of the zone that it names; what is no time stays as it was typed, to be refused."""
    read = {name: telling.moment(inputs[name], zone or "UTC") for name in MOMENTS if name in inputs}
    return {**inputs, **{name: at.isoformat() for name, at in read.items() if at}}


@post_only
def change_embargo(request: HttpRequest, number: int) -> HttpResponse:
    """Lift an embargo, or put the RFC under one. A refusal is shown on the page; what was typed is kept."""
    rfc, sent = rfc_for(request, number), request.POST
    lifts, reason = sent.get("embargo") == "lift", sent.get("reason", "")
    try:
        (embargo.lift if lifts else embargo.impose)(rfc, by=person(request), reason=reason)
    except Refused as refusal:
        typed = {"embargo": "lift" if lifts else "impose", "reason": reason}
        return document(request, number, refusal=refusal, typed=typed)
    said = "Everybody sees it from now on." if lifts else "From now on only those who need it see it."
    messages.success(request, f"{rfc.number}: {said}")
    return redirect(rfc)


@post_only
def checklist_item(request: HttpRequest, number: int, slug: str) -> HttpResponse:
    """Close, open again, waive ...: a refusal is shown beside the item, with all that was typed."""
    rfc, sent = rfc_for(request, number), request.POST
    try:
        checklists.change(rfc, slug, by=person(request), sent=sent, file=request.FILES.get("file"))
    except Refused as refusal:
        typed = {"slug": slug, "refusal": refusal, **{key: sent.get(key, "") for key in checklists.TYPED}}
        return checklist(request, number, typed=typed, status=refusal.status)
    return led_on(request, f"{reverse('rfc-checklist', args=[rfc.number])}#{slug}")


def show_tab(
    request: HttpRequest, rfc: RFC, tab: str, context: dict[str, Any], *, template: str, status: int = 200
) -> HttpResponse:
    """For the tabs that have a module of their own."""
    return _show(request, rfc, tab, context, template=template, status=status)


def _show(
    request: HttpRequest,
    rfc: RFC,
    tab: str,
    context: dict[str, Any],
    *,
    case: Case | None = None,
    here: Standing | None = None,
    status: int = 200,
    template: str | None = None,
) -> HttpResponse:
    """`here`: how the open round stands, when it has been read already."""
    user, case = person(request), case or Case(rfc)
    if here is None and may_be_asking(rfc) and (round_ := asking_round(rfc)):
        here = Standing(round_, case)
    frame = _frame(rfc, user, tab, case, here) | {"kept_note": unsaved.kept_note(request, rfc)}
    return render(request, template or f"rfcs/{tab.replace('-', '_')}.html", frame | context, status=status)


def _frame(rfc: RFC, user: User, tab: str, case: Case, here: Standing | None) -> dict[str, Any]:
    """What surrounds every tab: header, steps, whose turn, requirements and moves."""
    outlook, turns = standing.outlook(rfc, user, case=case), standing.waiting_on(rfc, standing=here)
    may_write = authority.may_write(rfc, user)
    may_edit = rfc.is_writable and may_write
    return {
        "rfc": rfc,
        "case": case,
        "tabs": _tabs(case, tab),
        "attention": watching.attention(rfc, user),
        "steps": list(_steps(rfc)),
        "ended": _ended(rfc),
        "ending": panels.ending(rfc),
        "turns": list(by_person(turns).values()),
        "yours": _yours(here, user) if here else "",
        "blocked": list(_blocked(here)) if here else [],
        "forward": panels.forward(rfc, outlook),
        "haste": haste.panel(case, user) if rfc.track in SHORT or hasattr(rfc, "follows") else None,
        "outages": outages.parts(rfc, user),
        "moves": panels.side_moves(rfc, outlook, user),
        "requirements": panels.requirements(case, outlook, may_edit=may_edit),
        "may_edit": may_edit,
        "unsaved": unsaved.way(case, user) if may_write else None,
        "tracks": tracks(rfc, user) if rfc.state == State.DRAFT else [],
        "people": panels.people(rfc) if rfc.owner_id == user.pk else [],
        "may_hand_over": (not rfc.is_ended or case.owed) and editing.may_hand_over(rfc, user),
        "embargo": embargo_parts(rfc, user),
        "void": _void(here, user) if here else None,
        "meets": _meets(case),
        "now": clock.now() if turns else None,
        "author_name": display_name(rfc.author),
        "owner_name": display_name(rfc.owner),
    }


def _meets(case: Case) -> list[Clash]:
    """Clashes that nobody settled, said before they hold up the start: there the requirements name them."""
    is_ahead = case.rfc.state in (State.ASSESSMENT, State.REVIEW)
    return [clash for clash in case.clashes if clash.resolution is None] if is_ahead else []


def _yours(here: Standing, user: User) -> str:
    """What the round waits for from this person, as the words of a button; nothing when it is not their turn."""
    if not here.is_waiting_for(user):
        return ""
    if user in here.answerers and user not in here.awaited():
        return "Answer the concern" if here.waits_for_owner else ""
    return YOURS[RoundKind(here.round.kind)]


YOURS = {
    RoundKind.REVIEW: "Take your position",
    RoundKind.AUTHORISATION: "Authorise, or say why not",
    RoundKind.RETROACTIVE: "Ratify or deny",
}


def _blocked(here: Standing) -> Iterator[str]:
    """Why the review cannot pass; of one after the fact, what the RFC owes says it, with the way out."""
    if here.round.kind != RoundKind.RETROACTIVE:
        yield from (f"{row.name}: {row.forecast}" for row in here.rows if row.tally.is_blocked)


def _tabs(case: Case, active: str) -> list[dict[str, Any]]:
    counts = {"discussion": sum(case.open_threads.values()) or None}
    return [
        {"label": label, "url": reverse(url, args=[case.rfc.number]), "active": key == active, "count": counts.get(key)}
        for key, label, url in TABS
    ]


def _void(here: Standing, user: User) -> int | None:
    """The revision on which this person signed, where that no longer counts since the text changed."""
    voices = [voice for row in here.rows for voice in row.voices if voice.sign_off.signer_id == user.pk]
    current = here.case.rfc.revision
    stale = [voice.sign_off.revision.number for voice in voices if voice.void == Void.STALE]
    return max((number for number in stale if current and number < current.number), default=None)


def _steps(rfc: RFC) -> Iterator[dict[str, Any]]:
    """The way of its track: `done`, where it stands (`current`) or has ended (`ended`), and `todo`."""
    steps = SHORT_STEPS if rfc.track in SHORT else STEPS
    stands = "current" if rfc.state in STEPS else "ended"
    at = steps.index(State(rfc.state) if stands == "current" else _ended_in(rfc))
    for place, state in enumerate(steps):
        status = "done" if place < at or rfc.state == State.CLOSED else stands if place == at else "todo"
        yield {"state": state.value, "label": state_name(state, rfc.track), "status": status}


def _ended_in(rfc: RFC) -> State:
    """The step out of which it was rejected, withdrawn or rolled back."""
    moves_here = Event.objects.filter(stream=rfc.stream, kind__startswith="move.", payload__to=rfc.state)
    last = moves_here.order_by("-seq").first()
    return State(last.payload["from"]) if last else State.DRAFT


def _ended(rfc: RFC) -> dict[str, str] | None:
    if rfc.state in STEPS:
        return None
    return {"state": rfc.state, "label": rfc.get_state_display()}
