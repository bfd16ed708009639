"""Views of the list that a person keeps: filters under a name. Their own, and part of no record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from governance.models import SavedView
from governance.pages.filters import FilterForm
from governance.pages.record.subject import person, post_only
from rfcs.compiled import Compiled, Place
from rfcs.limits import unstorable

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 30
LONGEST = 60
OFFERED = (
    ("All", ""),
    ("Open", "state=open"),
    ("Mine", "mine=on"),
    ("In review", "state=review"),
    ("Touches security", "touches_security=on"),
)
"""Views that everybody has."""


def shown(user: User, form: FilterForm) -> dict[str, Any]:
    """The views above the list, the one that is open marked; and whether the filters are worth a name."""
    here = form.query if form.is_valid() else None
    kept = _kept(user.pk)
    offered = [{"name": name, "url": _address(query), "active": query == here} for name, query in OFFERED]
    own = [
        {"name": view.name, "url": _address(view.query), "active": view.query == here, "pk": view.pk} for view in kept
    ]
    is_known = any(view["active"] for view in (*offered, *own))
    return {"views": [*offered, *own], "here": here or "", "may_save_view": bool(here) and not is_known}


@Compiled
def _kept(person: Place) -> QuerySet[SavedView]:
    return SavedView.objects.filter(person=person)


def _address(query: str) -> str:
    return reverse("rfc-list") + (f"?{query}" if query else "")


@post_only
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters of `query` under `name`; a name that is taken is given to the new filters."""
    name, form = " ".join(request.POST.get("name", "").split()), FilterForm(QueryDict(request.POST.get("query", "")))
    query = form.query if form.is_valid() else ""
    problem = _problem(person(request), name, query)
    if problem:
        messages.error(request, problem)
        return redirect(_address(query))
    _, is_new = SavedView.objects.update_or_create(person=person(request), name=name, defaults={"query": query})
    messages.success(request, f"{'Saved' if is_new else 'Changed'} the view “{name}”.")
    return redirect(_address(query))


def _problem(user: User, name: str, query: str) -> str:
    if not name or len(name) > LONGEST or unstorable(name):
        return f"Give the view a name of 1 to {LONGEST} characters."
    if not query or len(query) > 1_000:
        return "Choose some filters first; a view is a set of filters."
    if SavedView.objects.filter(person=user).exclude(name=name).count() >= MOST:
        return f"You have {MOST} views; remove one to save another."
    return ""


@post_only
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one of one's own views; somebody else's is not there."""
    with transaction.atomic():
        view = SavedView.objects.filter(person=person(request), pk=pk).first()
        if view is not None:
            view.delete()
            messages.success(request, f"Removed the view “{view.name}”.")
    return redirect("rfc-list")
