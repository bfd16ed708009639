"""The tab “Discussion”: threads, answers, edits. Each form's address shows its page too, so a login leads back."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from governance.pages.record import threads
from governance.pages.record.rfc import show_tab
from governance.pages.record.subject import person, rfc_for
from rfcs import comparison, markup
from rfcs.conversation import discussion
from rfcs.errors import Refused
from rfcs.models import RFC, Comment, Thread
from rfcs.teams import display_name

if TYPE_CHECKING:
    from rfcs.conversation.discussion import Posted

PAGE = 30
COMMENTS = 100
"""Comments of one thread on one page."""
VERSIONS = 50
SUGGESTED = 8
SHOWN = {"open": "Open", "resolved": "Resolved", "all": "All"}


def overview(request: HttpRequest, number: int) -> HttpResponse:
    """Threads by section, the open ones first; a POST begins one."""
    rfc = rfc_for(request, number)
    if request.method != "POST" or "preview" in request.POST:
        return _overview(request, rfc, _typed(request))
    section, text, token = (request.POST.get(name, "") for name in ("section", "text", "token"))
    try:
        posted = discussion.open_thread(rfc, by=person(request), section=section, text=text, token=token)
    except Refused as refusal:
        return _overview(request, rfc, _typed(request, refusal), status=refusal.status)
    return _posted(request, rfc, posted, "Your thread is begun.")


def _overview(request: HttpRequest, rfc: RFC, typed: dict[str, Any], *, status: int = 200) -> HttpResponse:
    rows = Thread.objects.filter(rfc=rfc)
    section = request.GET.get("section", "")
    if section in discussion.TITLES and section:
        rows = rows.filter(section=section)
    counts = rows.aggregate(open=Count("pk", filter=Q(resolved_at=None)), all=Count("pk"))
    counts["resolved"] = counts["all"] - counts["open"]
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else "open" if counts["open"] or not counts["all"] else "resolved"
    page, older = _page(rows, shown, request.GET.get("before", ""))
    url = partial(_url, request, rfc)
    context = {
        "groups": threads.grouped(threads.listed(page, rfc, person(request))),
        "filters": [
            {"name": label, "url": url(show=key), "active": key == shown, "count": counts[key]}
            for key, label in SHOWN.items()
        ],
        "shown": shown,
        "counts": counts,
        "section": section if section in discussion.TITLES else "",
        "section_title": discussion.TITLES.get(section, ""),
        "sections": list(discussion.TITLES.items()),
        "prev_url": url(show=shown) if request.GET.get("before") else None,
        "next_url": url(show=shown, before=older) if older else None,
        "may_speak": discussion.may_speak(person(request)),
        "typed": typed,
        "token": uuid.uuid4().hex,
    }
    return show_tab(request, rfc, "discussion", context, template="rfcs/discussion.html", status=status)


def _page(rows: Any, shown: str, before: str) -> tuple[list[Thread], int | None]:
    """One page by key, newest first, and the key behind which older ones lie."""
    if shown != "all":
        rows = rows.filter(resolved_at__isnull=shown == "open")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(threads.with_counts(rows).order_by("-id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def _url(request: HttpRequest, rfc: RFC, **query: object) -> str:
    kept = request.GET.copy()
    for name in ("before", "show"):
        kept.pop(name, None)
    for name, value in query.items():
        kept[name] = str(value)
    return f"{reverse('rfc-discussion', args=[rfc.number])}?{kept.urlencode()}"


def one_thread(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """One thread whole; a POST answers in it."""
    rfc = rfc_for(request, number)
    thread = get_object_or_404(threads.with_counts(Thread.objects.filter(rfc=rfc)), pk=pk)
    if request.method != "POST" or "preview" in request.POST:
        return _one_thread(request, rfc, thread, _typed(request))
    try:
        text, token = request.POST.get("text", ""), request.POST.get("token", "")
        posted = discussion.reply(thread, by=person(request), text=text, token=token)
    except Refused as refusal:
        return _one_thread(request, rfc, thread, _typed(request, refusal), status=refusal.status)
    return _posted(request, rfc, posted, "Your comment is posted.")


def _one_thread(
    request: HttpRequest, rfc: RFC, thread: Thread, typed: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    first = request.GET.get("from", "")
    rows = Comment.objects.filter(thread=thread).order_by("id")
    if first.isascii() and first.isdecimal() and len(first) < 19:
        rows = rows.filter(pk__gte=int(first))
    found = list(rows.select_related("author")[: COMMENTS + 1])
    here = reverse("rfc-thread", args=[rfc.number, thread.pk])
    shown = threads.whole(thread, found[:COMMENTS], rfc, person(request)) | {"left_out": 0}
    context = {
        "thread": shown,
        "first_url": here if first else None,
        "more_url": f"{here}?from={found[COMMENTS].pk}" if len(found) > COMMENTS else None,
        "typed": typed | ({} if typed.get("text") else {"text": _quoted(request, thread)}),
        "token": uuid.uuid4().hex,
    }
    return show_tab(request, rfc, "discussion", context, template="rfcs/thread.html", status=status)


def _quoted(request: HttpRequest, thread: Thread) -> str:
    """The comment that `?quote=` names, as a quotation to answer."""
    wanted = request.GET.get("quote", "")
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) < 19):
        return ""
    found = Comment.objects.filter(thread=thread, pk=int(wanted), retracted_at=None).select_related("author").first()
    if found is None:
        return ""
    lines = "".join(f"> {line}\n" for line in discussion.text_of(found).split("\n"))
    return f"{display_name(found.author)} wrote:\n\n{lines}\n"


def comment(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """The permanent address of one comment: leads to its place, on whichever page that is."""
    rfc, found = _comment_for(request, number, pk)
    here = reverse("rfc-thread", args=[rfc.number, found.thread_id])
    before = Comment.objects.filter(thread=found.thread_id, pk__lt=found.pk).count()
    start = f"?from={found.pk}" if before >= COMMENTS else ""
    return redirect(f"{here}{start}#comment-{found.pk}")


def edit(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Another wording of one's comment."""
    rfc, found = _comment_for(request, number, pk)
    if request.method != "POST" and not discussion.may_edit(found, person(request)):
        return redirect("rfc-comment", rfc.number, found.pk)
    if request.method != "POST" or "preview" in request.POST:
        now = {} if request.method == "POST" else {"text": discussion.text_of(found)}
        return _edit_page(request, rfc, found, _typed(request) | now)
    try:
        posted = discussion.edit(found, by=person(request), text=request.POST.get("text", ""))
    except Refused as refusal:
        return _edit_page(request, rfc, found, _typed(request, refusal), status=refusal.status)
    return _posted(request, rfc, posted, "Your comment is changed.")


def _edit_page(
    request: HttpRequest, rfc: RFC, found: Comment, typed: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context = {"comment": found, "typed": typed}
    return show_tab(request, rfc, "discussion", context, template="rfcs/comment_edit.html", status=status)


def retract(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    rfc, found = _comment_for(request, number, pk)
    if request.method == "POST":
        discussion.retract(found, by=person(request))
        messages.success(request, "Your comment is retracted.")
    return redirect("rfc-comment", rfc.number, found.pk)


def settle(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Resolve a thread, or open it again."""
    rfc = rfc_for(request, number)
    thread = get_object_or_404(Thread, rfc=rfc, pk=pk)
    if request.method == "POST" and "reopen" in request.POST:
        discussion.reopen(thread, by=person(request))
        messages.success(request, "The thread is open again.")
    elif request.method == "POST":
        discussion.resolve(thread, by=person(request))
        messages.success(request, "The thread is resolved.")
    return redirect("rfc-thread", rfc.number, thread.pk)


def versions(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Every wording of a comment, newest first, each with what changed."""
    rfc, found = _comment_for(request, number, pk)
    if not discussion.may_read_versions(found, person(request)):
        return redirect("rfc-comment", rfc.number, found.pk)
    rows = list(found.versions.order_by("-number")[: VERSIONS + 1])
    olds = [*(row.text for row in rows[1:]), ""]
    shown = [
        {
            "number": row.number,
            "at": row.at,
            "html": threads.rendered(row.text),
            "blocks": comparison.lines(old, row.text),
        }
        for row, old in zip(rows, olds, strict=True)
    ]
    context = {"comment": found, "who": display_name(found.author), "versions": shown[:VERSIONS], "first": 1}
    return show_tab(request, rfc, "discussion", context, template="rfcs/comment_versions.html")


def preview(request: HttpRequest, number: int) -> HttpResponse:
    """A text as it would be shown, for the script of the form; without one, the form itself comes back with it."""
    rfc = rfc_for(request, number)
    if request.method != "POST":
        return redirect("rfc-discussion", rfc.number)
    return render(request, "rfcs/_comment_preview.html", {"html": threads.rendered(request.POST.get("text", ""))})


def people(request: HttpRequest, number: int) -> JsonResponse:
    """Who can be mentioned here, by the beginning of a name: only those who may see the RFC."""
    rfc, start = rfc_for(request, number), request.GET.get("q", "")[:150].replace("\0", "")
    named = Q(username__istartswith=start) | Q(first_name__istartswith=start) | Q(last_name__istartswith=start)
    found = rfc.seen_by(get_user_model()._default_manager.filter(named)).order_by("username")[:SUGGESTED]
    rows = [{"username": one.get_username(), "name": display_name(one)} for one in found if start]
    return JsonResponse({"people": [row for row in rows if markup.mentions(f"@{row['username']}")]})


def _comment_for(request: HttpRequest, number: int, pk: int) -> tuple[RFC, Comment]:
    rfc = rfc_for(request, number)
    return rfc, get_object_or_404(Comment.objects.select_related("thread", "author"), pk=pk, thread__rfc=rfc)


def _typed(request: HttpRequest, refusal: Refused | None = None) -> dict[str, Any]:
    """What was sent and not taken, and its preview where that was asked for."""
    if request.method != "POST":
        return {}
    text = request.POST.get("text", "")
    html = threads.rendered(text) if "preview" in request.POST else ""
    section = request.POST.get("section", "")
    return {"text": text, "section": section, "preview": html, "reasons": refusal.reasons if refusal else ()}


def _posted(request: HttpRequest, rfc: RFC, posted: Posted, said: str) -> HttpResponse:
    messages.success(request, said)
    for name in posted.not_told:
        messages.warning(request, f"{name} cannot see this RFC and was not told.")
    return redirect("rfc-comment", rfc.number, posted.comment.pk)
