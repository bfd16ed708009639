"""What a standing is read from: compiled querysets, each of one round, of one RFC, or of a list of keys."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.db.models import QuerySet

from approvals.models import Reply, RequiredTeam, Round, Seat, SignOff
from rfcs.compiled import Compiled, Place, one_of


@Compiled
def rounds_of(rfc: Place) -> QuerySet[Round]:
    return Round.objects.filter(rfc=rfc)


@Compiled
def open_rounds_of(rfc: Place) -> QuerySet[Round]:
    return Round.objects.filter(rfc=rfc, closed_at=None)


@Compiled
def teams_of_round(round_: Place) -> QuerySet[RequiredTeam]:
    return RequiredTeam.objects.filter(round=round_)


@Compiled
def seats_of_round(round_: Place) -> QuerySet[Seat]:
    return Seat.objects.filter(team__round=round_)


@Compiled
def members_of(slugs: Place) -> QuerySet[Group, tuple[str, int]]:
    return Group.objects.filter(one_of("name", slugs)).values_list("name", "user")


@Compiled
def people_of(ids: Place) -> QuerySet[User]:
    return User.objects.filter(one_of("pk", ids))


@Compiled
def sign_offs_of(rfc: Place) -> QuerySet[SignOff]:
    rows = SignOff.objects.filter(round__rfc=rfc).order_by("id")
    return rows.select_related("revision").defer("revision__content_json")


@Compiled
def replies_to(sign_offs: Place) -> QuerySet[Reply]:
    return Reply.objects.filter(one_of("sign_off", sign_offs)).select_related("by")
