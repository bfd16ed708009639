"""Writing an RFC in the browser: new, edit, autosave, conflict, preview, discard, co-authors."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from governance import documents, moves, standing
from governance.pages.record import panels, unsaved
from governance.pages.record.subject import led_on, person, post_only, rfc_for
from rfcs import authority, editing, guards, limits, scenarios
from rfcs.case import Case
from rfcs.content import LABELS, Content, changed_fields
from rfcs.content import Package as ContentPackage
from rfcs.digests import sha256
from rfcs.errors import Reason, Refused, not_ready
from rfcs.events import attempt
from rfcs.files import attachments, filetypes
from rfcs.forms import SECTIONS, RFCForm
from rfcs.guards import Guard
from rfcs.models import RFC, Package, WorkingCopy
from rfcs.risk import QUESTIONS
from rfcs.states import Severity, Track
from rfcs.table import TABLE
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MORE_ROWS = 3


def create(request: HttpRequest) -> HttpResponse:
    """A new RFC: the empty form; its first save makes the draft."""
    if request.method != "POST":
        with attempt("create", actor=person(request), on="rfcs"):  # an auditor reads at once that they write none
            return _page(request, None, RFCForm())
    if "add_rows" in request.POST:
        return _page(request, None, RFCForm(_with_more_rows(request.POST)))
    form = RFCForm(request.POST)
    if form.is_valid() and not form.content().title.strip():
        form.refuse([not_ready("title", "Give it a title: its number is given once and for all.", field="title")])
    elif form.is_valid():
        try:
            token = request.POST.get("token", "")
            rfc = editing.create(by=person(request), content=form.content(), token=token)
        except Refused as refusal:
            form.refuse(refusal.reasons)
        else:
            messages.success(request, f"{rfc.number} is your draft. It saves as you type.")
            return redirect("rfc-edit", rfc.number)
    return _page(request, None, form, status=422)


def edit(request: HttpRequest, number: int) -> HttpResponse:
    """The form over the working copy; saving mints a revision where the state does."""
    rfc = rfc_for(request, number)
    if request.method != "POST":
        _require_writing(rfc, person(request))
        return _page(request, rfc, RFCForm(content=rfc.working_copy.content))
    with attempt("save", actor=person(request), on=rfc.stream):
        _require_writing(rfc, person(request))
    if "add_rows" in request.POST:
        return _page(request, rfc, RFCForm(_with_more_rows(request.POST)))
    form = RFCForm(request.POST)
    if not form.is_valid():
        return _page(request, rfc, form, status=422)
    return _save(request, rfc, form)


def _require_writing(rfc: RFC, user: User) -> None:
    authority.require_writer(rfc, user)
    editing.require_writable(rfc)


def _save(request: HttpRequest, rfc: RFC, form: RFCForm) -> HttpResponse:
    content = _chosen(request.POST, _written(rfc, form), rfc.working_copy)
    note = request.POST.get("note", "")
    try:
        saved = moves.save(rfc, by=person(request), version=version_of(request.POST), content=content, note=note)
    except editing.Conflict as conflict:
        return _conflict(request, rfc, form, conflict)
    except Refused as refusal:
        form.refuse(refusal.reasons)
        return _page(request, rfc, form, status=refusal.status)
    return _saved(request, rfc, saved, note)


def _saved(request: HttpRequest, before: RFC, rfc: RFC, note: str) -> HttpResponse:
    """A note goes with a revision; without a new one it waits for the one that comes."""
    is_new, said = before.revision_id != rfc.revision_id, unsaved.said_of_saving(rfc, before=before)
    unsaved.keep_note(request, rfc, "" if is_new else note)
    if is_new or not Case(rfc).mints_on_save:
        messages.success(request, said)
        return redirect(rfc)
    messages.info(request, f"{said} Your note is still here." if note else said)
    return redirect(f"{reverse('rfc-edit', args=[rfc.number])}#save")


@post_only
def autosave(request: HttpRequest, number: int) -> JsonResponse:
    """Keep what is being typed. JSON: the new version, or why not; 409 names the page that shows both versions."""
    rfc, form = rfc_for(request, number), RFCForm(request.POST, lenient=True)
    if not form.is_valid():
        return JsonResponse({"message": " ".join(form.messages())}, status=422)
    try:
        content = _written(rfc, form)
        copy = editing.autosave(rfc, by=person(request), version=version_of(request.POST), content=content)
    except editing.Conflict as conflict:
        return JsonResponse({"conflict_url": "#save", "message": str(conflict)}, status=409)
    except Refused as refusal:
        return JsonResponse({"message": str(refusal)}, status=refusal.status)
    base = base_of(copy.content)
    return JsonResponse({"version": copy.version, "saved_at": copy.saved_at.isoformat(), "base": base})


def _written(rfc: RFC, form: RFCForm) -> Content:
    """What the form says, with the files that are attached now: they come and go by buttons of their own."""
    return form.content().with_(attachments=rfc.working_copy.content.attachments)


@post_only
def attach(request: HttpRequest, number: int) -> HttpResponse:
    """Add a file to the working copy; what was typed beside it is saved with it."""
    file = request.FILES.get("file")

    def verb(rfc: RFC, by: User) -> str:
        if file is None:
            raise Refused(not_ready("file_missing", "Choose a file first.", field="file", who="you"))
        attachments.attach(rfc, by=by, name=file.name or "", chunks=file.chunks())
        return "The file is attached. It counts once it is saved as a revision."

    return _with_typed(request, rfc_for(request, number), "attach", verb)


@post_only
def detach(request: HttpRequest, number: int) -> HttpResponse:
    """Take a file off the working copy; revisions that hold it keep it."""

    def verb(rfc: RFC, by: User) -> str:
        attachments.detach(rfc, request.POST.get("detach", ""), by=by)
        return "The file is taken off the working copy; revisions that hold it keep it."

    return _with_typed(request, rfc_for(request, number), "detach", verb)


def _with_typed(request: HttpRequest, rfc: RFC, what: str, verb: Callable[[RFC, User], str]) -> HttpResponse:
    """Save what the form holds and do the verb, both or neither; whatever happens, the typed text is shown again."""
    form = RFCForm(request.POST, lenient=True)
    if not form.is_valid():
        return _page(request, rfc, form, status=422)
    try:
        with attempt(what, actor=person(request), on=rfc.stream):
            content = _written(rfc, form)
            editing.autosave(rfc, by=person(request), version=version_of(request.POST), content=content)
            said = verb(rfc, person(request))
    except editing.Conflict as conflict:
        return _conflict(request, rfc, form, conflict)
    except Refused as refusal:
        form.refuse(refusal.reasons)
        return _page(request, rfc, form, status=refusal.status)
    messages.success(request, said)
    return led_on(request, f"{reverse('rfc-edit', args=[rfc.number])}#attachments")


def preview(request: HttpRequest, number: int) -> HttpResponse:
    """The working copy as the export would be, and what it still lacks."""
    rfc = rfc_for(request, number)
    authority.require_writer(rfc, person(request))
    html = documents.html_of(rfc, content=rfc.working_copy.content)
    return render(request, "rfcs/_preview.html", {"document": html})


def readiness(request: HttpRequest, number: int) -> HttpResponse:
    """The section list and the requirements, fresh after each autosave."""
    rfc = rfc_for(request, number)
    authority.require_writer(rfc, person(request))
    return render(request, "rfcs/_readiness.html", _readiness(request, rfc))


@post_only
def discard(request: HttpRequest, number: int) -> HttpResponse:
    rfc = rfc_for(request, number)
    editing.discard(rfc, by=person(request))
    unsaved.forget_note(request, rfc)
    messages.success(request, "The edits are discarded; the history keeps them.")
    return redirect(rfc)


@post_only
def change_track(request: HttpRequest, number: int) -> HttpResponse:
    rfc = editing.change_track(rfc_for(request, number), by=person(request), track=request.POST.get("track", ""))
    track = rfc.get_track_display().lower()
    messages.success(request, f"{rfc.number} is on the {track} track now; everything that was written is still there.")
    return redirect(rfc)


TRACKS = {
    Track.STANDARD: "Assessed, acknowledged by the owners and approved by the board before anything changes.",
    Track.EMERGENCY: "A critical security patch. One of the security team authorises it; the rest is owed afterwards.",
    Track.HOTFIX: "Production is broken. An incident commander authorises it; the rest is owed afterwards.",
}


def tracks(rfc: RFC, user: User) -> list[tuple[str, str, str]]:
    """The other tracks that this person can put the draft on: value, name, what it is for."""
    if rfc.owner_id != user.pk or editing.why_track_is_fixed(rfc):
        return []
    return [(track.value, track.label, text) for track, text in TRACKS.items() if track != rfc.track]


@post_only
def invite(request: HttpRequest, number: int) -> HttpResponse:
    """Make somebody a co-author, or the owner; or end that they write."""
    rfc, name = rfc_for(request, number), request.POST.get("username", "").strip()
    known = get_user_model().objects.none() if limits.unstorable(name) else get_user_model().objects.all()
    fit = {} if "remove" in request.POST else {"is_active": True}
    other = known.filter(username=name, **fit).first()
    if other is None:
        messages.error(request, f"Nobody has the user name “{name[:80]}”; ask the person for theirs.")
    elif "remove" in request.POST:
        editing.unshare(rfc, by=person(request), with_=other)
        messages.success(request, f"{display_name(other)} no longer writes {rfc.number}.")
    elif "hand_over" in request.POST:
        editing.hand_over(rfc, by=person(request), to=other)
        messages.success(request, f"{display_name(other)} owns {rfc.number} now.")
    else:
        editing.share(rfc, by=person(request), with_=other)
        messages.success(request, f"{display_name(other)} may write {rfc.number} with you.")
    return redirect(rfc)


def _page(request: HttpRequest, rfc: RFC | None, form: RFCForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "rfc": rfc,
        "form": form.fields,
        "packages": form.packages,
        "errors": form.messages() if form.fields.is_bound else [],
        "copy_version": request.POST.get("version") or (rfc.working_copy.version if rfc else 0),
        "note": request.POST.get("note", unsaved.kept_note(request, rfc) if rfc else ""),
        "longest_note": limits.NOTE,
        "paths": Package.objects.values_list("path", flat=True)[:500],
        "sections": _sections(None, {}),
        "token": request.POST.get("token") or uuid.uuid4().hex,
    }
    if rfc is not None:
        context |= _readiness(request, rfc)
        context["base"] = request.POST.get("base") or base_of(rfc.working_copy.content)
        context["document"] = documents.html_of(rfc, content=rfc.working_copy.content)
        context["attachments"] = rfc.working_copy.content.attachments
        context |= {"accept": filetypes.ACCEPT, "most_megabytes": settings.ATTACHMENT_MEGABYTES}
    return render(request, "rfcs/edit.html", context, status=status)


def _readiness(request: HttpRequest, rfc: RFC) -> dict[str, Any]:
    case = Case(rfc, drafting=True)
    reasons = tuple((guard, reason) for guard in _document_guards() for reason in guard.reasons(case))
    nothing = {} if case.content.attachments else {"attachments": "optional"}
    if moot := guards.scenario_answered.moot(case):
        nothing["answers"] = moot.word.lower()
    outlook = standing.outlook(rfc, person(request), case=case)
    needed = panels.requirements(case, outlook, may_edit=True)
    return {"sections": _sections(reasons, nothing), "requirements": needed, "rfc": rfc}


def _document_guards() -> tuple[Guard, ...]:
    guards = (*TABLE["submit"].needs, *TABLE["request_review"].needs)
    return tuple(guard for guard in guards if guard.place not in {"top", "checklist", "impact", "sign-offs"})


def _sections(reasons: tuple[tuple[Guard, Reason], ...] | None, nothing: Mapping[str, str]) -> list[dict[str, Any]]:
    """The sections with what each still lacks; None for an RFC that does not exist yet, where all are open.

    `nothing`: by anchor, the word for a section that lacks nothing because nothing is asked there.
    """
    found = reasons or ()
    lacking = {reason.field for _, reason in found} | {guard.place for guard, reason in found if not reason.field}
    if "affected_packages" in lacking:
        lacking.add("packages")
    rows = []
    for section in SECTIONS:
        is_open = reasons is None or bool(lacking & {*section.fields, section.anchor})
        state, label = ("open", "incomplete") if is_open else ("done", "complete")
        if section.anchor in nothing:
            state, label = "not_applicable", nothing[section.anchor]
        rows.append({"label": section.title, "url": f"#{section.anchor}", "state": state, "state_label": label})
    return rows


def _conflict(request: HttpRequest, rfc: RFC, form: RFCForm, conflict: editing.Conflict) -> HttpResponse:
    """Both versions side by side; the next save carries, field by field, what its author chose."""
    theirs = conflict.stored.content
    mine = form.content().tidied().with_(attachments=theirs.attachments)
    differing = set(changed_fields(theirs, mine))
    untouched = _as_opened(request.POST, mine) | _taken(request.POST)
    mine_alone = _as_opened(request.POST, theirs) - untouched
    fields = [
        {"name": name, "label": LABELS.get(name, name), "mine": _shown(mine, name), "theirs": _shown(theirs, name)}
        for name in changed_fields(theirs, mine)
        if name not in untouched | mine_alone
    ]
    context = {
        "rfc": rfc,
        "fields": fields,
        "posted": list(_posted(request.POST)),
        "base": base_of(theirs),
        "taken": sorted(untouched & differing),
        "kept": [LABELS.get(name, name) for name in sorted(mine_alone & differing)],
        "copy_version": conflict.stored.version,
        "who": display_name(conflict.stored.saved_by),
        "at": conflict.stored.saved_at,
    }
    return render(request, "rfcs/conflict.html", context, status=409)


HIDDEN = {"csrfmiddlewaretoken", "version", "base"}


def _posted(sent: QueryDict) -> Iterator[tuple[str, str]]:
    """What was typed, to be sent again; what was chosen for each field is written anew by the page."""
    for key, values in sent.lists():
        if key not in HIDDEN and not key.startswith("keep-"):
            yield from ((key, value) for value in values)


def base_of(content: Content) -> str:
    """What the form was opened with, a short digest a field: tells later which fields its author left alone."""
    stored = content.json()
    return json.dumps({name: sha256(value)[:16] for name, value in stored.items()})


def _as_opened(posted: QueryDict, content: Content) -> frozenset[str]:
    """Fields that say here what they said when the form was opened: whoever wrote this left them alone."""
    try:
        before = json.loads(posted.get("base", ""))
    except ValueError:
        return frozenset()
    now = json.loads(base_of(content))
    return frozenset(name for name, digest in now.items() if isinstance(before, dict) and before.get(name) == digest)


def _chosen(posted: QueryDict, mine: Content, stored: WorkingCopy) -> Content:
    """After a conflict: mine, but for the fields of which theirs was taken."""
    return mine.with_(**{name: getattr(stored.content, name) for name in _taken(posted)})


def _taken(posted: QueryDict) -> frozenset[str]:
    """Fields of which theirs was chosen."""
    chosen = (
        key.removeprefix("keep-") for key, value in posted.items() if key.startswith("keep-") and value == "theirs"
    )
    return frozenset(name for name in chosen if name in LABELS)


def _shown(content: Content, name: str) -> str:
    value = getattr(content, name)
    if name == "attachments":
        return "\n".join(attached.name for attached in value)
    if name == "packages":
        return "\n".join(_package(package) for package in value)
    if name == "answers":
        return "\n".join(f"{scenarios.LABELS.get(slug, slug)}: {text}" for slug, text in value.items())
    if name == "risk":
        return "\n".join(f"{asked.label}: {asked.choice(value.get(asked.slug, ''))[0]}" for asked in QUESTIONS)
    if name == "timeline":
        return "\n".join(
            f"{phase}: {days['start']} to {days['end']}" for phase, days in content.json()["timeline"].items()
        )
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value)


def _package(package: ContentPackage) -> str:
    kinds = (("API", package.api), ("data", package.data), ("behaviour", package.behavior))
    changes = ", ".join(name for name, is_changed in kinds if is_changed) or "none named"
    severity = Severity(package.severity).label if package.severity in Severity.values else "not assessed"
    return f"{package.path} - {package.description} (severity: {severity}; changes: {changes})"


def version_of(posted: QueryDict) -> int:
    value = posted.get("version", "")
    return int(value) if value.isdecimal() and len(value) < 10 else -1


def _with_more_rows(posted: QueryDict) -> QueryDict:
    more = posted.copy()
    total = posted.get("packages-TOTAL_FORMS", "0")
    more["packages-TOTAL_FORMS"] = str((int(total) if total.isdecimal() and len(total) < 6 else 0) + MORE_ROWS)
    return more
