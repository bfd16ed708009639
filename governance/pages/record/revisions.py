"""The revisions of an RFC: the list, each for ever, and what changed between any two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from approvals.models import SignOff
from governance import documents
from governance.pages.record import rfc as rfc_page
from governance.pages.record.subject import rfc_for
from rfcs import markup
from rfcs.comparison import compare
from rfcs.content import LABELS, Content, changed_fields
from rfcs.models import RFC, Revision
from rfcs.teams import display_name

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTED = 200


def all_revisions(request: HttpRequest, number: int) -> HttpResponse:
    """Every revision with author, note and what it changed; two can be chosen and compared."""
    if "from" in request.GET and "to" in request.GET:
        return _chosen(request, number)
    rfc = rfc_for(request, number)
    rows = list(Revision.objects.filter(rfc=rfc).select_related("made_by").order_by("-number")[: LISTED + 1])
    context = {
        "rows": _rows(rfc, rows)[:LISTED],
        "newest": rows[0].number if rows else 0,
        "second": max(1, rows[0].number - 1) if rows else 0,
        "more": len(rows) > LISTED,
    }
    return rfc_page.show_tab(request, rfc, "history", context, template="rfcs/revisions.html")


def one(request: HttpRequest, number: int, revision_number: int) -> HttpResponse:
    """One revision for ever: its document, and what changed since the one before."""
    rfc = rfc_for(request, number)
    this, before = _revision(rfc, revision_number), None
    if revision_number > 1:
        before = _revision(rfc, revision_number - 1)
    context = {
        "this": this,
        "document": markup.html(documents.markdown_of_revision(this)),
        "changes": compare(before.content, this.content) if before else None,
        "attachments": this.content.attachments,
        "is_current": this.pk == rfc.revision_id,
        **_neighbours(rfc, this.number),
    }
    return rfc_page.show_tab(request, rfc, "history", context, template="rfcs/revision.html")


def between(request: HttpRequest, number: int, old: int, new: int) -> HttpResponse:
    """What changed from one revision to another; the other way round leads to the right one."""
    if old > new:
        return redirect("rfc-comparison", f"RFC-{number:04d}", new, old)
    rfc = rfc_for(request, number)
    before, after = _revision(rfc, old), _revision(rfc, new)
    context = {
        "before": before,
        "after": after,
        "changes": compare(before.content, after.content),
        "notes": Revision.objects.filter(rfc=rfc, number__gt=old, number__lte=new)
        .select_related("made_by")
        .order_by("number")[:LISTED],
        "mine": _signed(request, rfc, old),
        "is_current": after.pk == rfc.revision_id,
    }
    return rfc_page.show_tab(request, rfc, "history", context, template="rfcs/comparison.html")


def _chosen(request: HttpRequest, number: int) -> HttpResponse:
    """The form of the list, as the permanent address of the comparison."""
    old, new = (request.GET[name] for name in ("from", "to"))
    if not all(text.isascii() and text.isdecimal() and len(text) < 8 for text in (old, new)):
        raise Http404
    return redirect("rfc-comparison", f"RFC-{number:04d}", *sorted((int(old), int(new))))


def _revision(rfc: RFC, number: int) -> Revision:
    return get_object_or_404(Revision.objects.select_related("rfc", "made_by"), rfc=rfc, number=number)


def _neighbours(rfc: RFC, number: int) -> dict[str, Any]:
    newest = rfc.revision.number if rfc.revision else 0
    return {
        "previous": number - 1 if number > 1 else None,
        "next": number + 1 if number < newest else None,
        "newest": newest,
    }


def _rows(rfc: RFC, rows: list[Revision]) -> list[dict[str, Any]]:
    """The revisions as rows, newest first, each with the names of the fields that it changed."""
    return [_row(rfc, this, before) for this, before in zip(rows, [*rows[1:], None], strict=False)]


def _row(rfc: RFC, this: Revision, before: Revision | None) -> dict[str, Any]:
    changed = changed_fields(before.content if before else Content(), this.content)
    return {
        "number": this.number,
        "who": display_name(this.made_by),
        "at": this.made_at,
        "note": this.note,
        "changed": _named(changed) if this.number > 1 else "The first revision",
        "url": reverse("rfc-revision", args=[rfc.number, this.number]),
        "is_current": this.pk == rfc.revision_id,
        "is_approved": this.pk == rfc.approved_revision_id,
    }


def _named(changed: Iterable[str]) -> str:
    return ", ".join(LABELS.get(name, name).lower() for name in changed) or "nothing"


def _signed(request: HttpRequest, rfc: RFC, number: int) -> SignOff | None:
    """The position that this person took on the older revision: then the page is “since I signed”."""
    mine = Q(round__rfc=rfc, signer=request.user.pk, revision__number=number)
    return SignOff.objects.filter(mine).select_related("revision").order_by("-id").first()
