"""The floor: bare views that do the necessary SQL of a product's operation, and answer in JSON.

No permissions, no forms, no layout, no checks; of the middleware only session and user.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.utils import timezone

from approvals.models import RequiredTeam, Round, Seat, SignOff
from governance.models import AccessToken
from rfcs.models import RFC, Chain, Contribution, Event, Message, Revision, WorkingCopy

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
BARE = "0" * 64
PAGE = 51
EDITORS: QuerySet[Any] = RFC.editors.through._default_manager.all()


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page reads: the person, their teams, their unread messages."""
    unread = Message.objects.filter(recipient=request.user.pk, channel="in_app", read_at=None).order_by()[:99]
    teams = Group.objects.filter(user=request.user.pk).values_list("name", flat=True)
    return {"person": request.user.get_username(), "teams": list(teams), "unread": unread.count()}


def rfc_list(request: HttpRequest) -> HttpResponse:
    """Fifty rows with owner, packages, and the teams of open rounds."""
    rows = RFC.objects.filter(**{key: value for key, value in request.GET.items() if key != "q"}, embargoed=False)
    if "q" in request.GET:
        found = rows.matching(request.GET["q"]).order_by("-id").values_list("pk", flat=True)[:1_000]
        rows = rows.filter(pk__in=list(found))
    ids = list(rows.order_by("-id").values_list("pk", flat=True)[:PAGE])
    shown = RFC.objects.filter(pk__in=ids).annotate(packages_=Count("packages")).order_by("-id")
    listed = list(
        shown.values("id", "title", "state", "scenario", "owner__first_name", "owner__last_name", "packages_")
    )
    rounds = list(Round.objects.filter(rfc__in=ids, closed_at=None).values("id", "rfc", "decision_due"))
    teams = RequiredTeam.objects.filter(round__in=[row["id"] for row in rounds]).values("round", "slug")
    return JsonResponse(shell(request) | {"rows": listed, "rounds": rounds, "teams": list(teams)})


def rfc_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One RFC with revision, people, round, seats, signatures and checklist; with the tail of its events if asked."""
    names = ("author__username", "owner__username", "policy__body", "revision__content_json")
    rfc = RFC.objects.values("id", "title", "state", "material_digest", "working_copy__content_json", *names).get(pk=pk)
    answer = shell(request) | {"rfc": rfc, "editors": list(EDITORS.filter(rfc=pk).values("user"))}
    answer["round"] = standing(Round.objects.filter(rfc=pk).values("id", "closed_at", "decision_due").first())
    answer["wrote"] = list(Contribution.objects.filter(rfc=pk).values_list("person", flat=True))
    answer["checklist"] = list(RFC.objects.filter(pk=pk).values("checklist__slug", "checklist__closed_at"))
    if "events" in request.GET:
        events = Event.objects.filter(stream=f"rfc:{pk}").order_by("-seq")
        answer["events"] = list(events.values("seq", "kind", "at", "payload", "actor__username")[:100])
    return JsonResponse(answer)


def standing(round_: Any) -> Any:
    if round_ is None:
        return None
    seats = Seat.objects.filter(team__round=round_["id"])
    said = SignOff.objects.filter(round=round_["id"])
    return round_ | {
        "seats": list(seats.values("team__slug", "person", "person__username", "person__is_active")),
        "said": list(said.values("team", "signer", "position", "scope_digest", "revision__number", "at")),
    }


@transaction.atomic
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Lock, read, write the signature with its event; with `settles` also close the round and move the RFC."""
    by = request.user.pk
    assert by is not None
    rfc_id = Round.objects.values_list("rfc", flat=True).get(pk=pk)
    names = ("state", "material_digest", "revision_id", "owner_id", "revision__content_json", "policy__body")
    rfc = RFC.objects.select_for_update(of=("self",)).values(*names).get(pk=rfc_id)
    standing(Round.objects.values("id", "closed_at", "decision_due").get(pk=pk))
    list(Contribution.objects.filter(rfc=rfc_id).values_list("person", flat=True))
    list(Group.objects.filter(user=by).values_list("name", flat=True))
    event = append(rfc_id, "sign_off.approve", by, {"round": pk, "digest": rfc["material_digest"]})
    SignOff.objects.bulk_create([signature(pk, rfc, by, event)])
    if "settles" in request.POST:
        settle(pk, rfc_id, rfc, by)
    request.session["said"] = pk
    return JsonResponse({"signed": event.seq})


def append(rfc_id: int, kind: str, actor: int, payload: dict[str, Any]) -> Event:
    stream, at = f"rfc:{rfc_id}", timezone.now()
    head = Chain.objects.select_for_update().filter(pk=stream).values("seq", "digest").get()
    event = Event(stream=stream, seq=head["seq"] + 1, kind=kind, actor_id=actor, at=at, payload=payload)
    event.previous, event.digest = head["digest"], BARE
    event.save(force_insert=True)
    Chain.objects.filter(pk=stream).update(seq=event.seq, digest=BARE)
    return event


def signature(pk: int, rfc: dict[str, Any], signer: int, event: Event) -> SignOff:
    digest, revision = rfc["material_digest"], rfc["revision_id"]
    facts = {"team": "architecture", "position": "approve", "material_digest": digest, "scope_digest": BARE}
    return SignOff(round_id=pk, signer_id=signer, revision_id=revision, at=event.at, event=event, **facts)


def settle(pk: int, rfc_id: int, rfc: dict[str, Any], actor: int) -> None:
    at = timezone.now()
    Round.objects.filter(pk=pk).update(closed_at=at, outcome="approved")
    changes = {"approved_digest": F("material_digest"), "approved_revision": F("revision"), "updated_at": at}
    RFC.objects.filter(pk=rfc_id).update(state="approved", state_since=at, **changes)
    append(rfc_id, "move.approve", actor, {"from": "review", "to": "approved"})
    rows = [message(rfc_id, rfc["owner_id"], channel, at) for channel in ("in_app", "mail")]
    Message.objects.bulk_create(rows, ignore_conflicts=True)


def message(rfc_id: int, to: int, channel: str, at: Any) -> Message:
    facts = {"subject": f"RFC-{rfc_id} is approved", "text": "The round is closed.", "path": f"/rfcs/RFC-{rfc_id}/"}
    return Message(
        key=f"floor:{rfc_id}:{channel}", channel=channel, recipient_id=to, rfc_id=rfc_id, created_at=at, **facts
    )


def api_rfc(request: HttpRequest, pk: int) -> HttpResponse:
    """The token's person, and one RFC with its texts."""
    person = AccessToken.objects.values("user", "user__username", "scopes").get(pk=request.headers["X-Digest"])
    list(Group.objects.filter(user=person["user"]).values_list("name", flat=True))
    rfc = RFC.objects.values("id", "title", "state", "author__username", "owner__username", "revision__number").get(
        pk=pk
    )
    texts = Revision.objects.filter(rfc=pk).values_list("content_json", flat=True).first()
    copy = WorkingCopy.objects.values("version", "content_json").get(rfc=pk)
    return JsonResponse({"person": person["user__username"], "rfc": rfc, "texts": texts, "copy": copy})


def api_list(request: HttpRequest) -> HttpResponse:
    person = AccessToken.objects.values("user", "user__username").get(pk=request.headers["X-Digest"])
    list(Group.objects.filter(user=person["user"]).values_list("name", flat=True))
    rows = RFC.objects.filter(embargoed=False).order_by("-id")
    shown = rows.values("id", "title", "state", "scenario", "author__username", "owner__username", "revision__number")
    return JsonResponse({"rows": list(shown[:PAGE])})


urlpatterns = [
    path("", include("governance.urls")),
    path("floor/rfcs/", rfc_list),
    path("floor/rfcs/<int:pk>/", rfc_page),
    path("floor/sign-off/<int:pk>/", approve),
    path("floor/api/rfcs/", api_list),
    path("floor/api/rfcs/<int:pk>/", api_rfc),
]
