"""Who signs, who authorises, who looks after the portal. Everybody reads it; stewards change it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from governance import rosters
from governance.api import team_shapes, wire
from governance.api.schema import CHANGING, CREATING, LISTING, READING
from governance.api.views.base import Endpoint, body
from governance.pages.teams import in_order
from rfcs.errors import Refused, not_ready
from rfcs.events import attempt
from rfcs.limits import unstorable

MEMBERS = User.objects.order_by("-is_active", "first_name", "last_name", "username")


def rows() -> QuerySet[Group]:
    """Teams with their members, in two queries for any number."""
    return Group.objects.prefetch_related(Prefetch("user_set", MEMBERS))


class OfStewards(Endpoint):
    """What changes a roster is a steward's; said before the body is read."""

    stream = rosters.ROSTER

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if request.method not in SAFE_METHODS:
            with attempt(f"api.{str(request.method).lower()}", actor=self.person, on=rosters.ROSTER):
                rosters.require_steward(self.person)


class OfTeam(OfStewards):
    """A call about one team, which is found before any right is asked."""

    def check_permissions(self, request: Request) -> None:
        if not request.user.is_authenticated:
            raise NotAuthenticated
        self._found()
        super().check_permissions(request)

    def answer(self, status: int = 200) -> Response:
        """The team as it is now."""
        return Response(wire.team(self._found(), rosters.leads()), status=status)

    def _found(self) -> Group:
        slug = self.kwargs["slug"]
        found = None if unstorable(slug) else rows().filter(name=slug).first()
        if found is None:
            raise NotFound("There is no such team.")
        return found


class Teams(OfStewards):
    @extend_schema(
        summary="Teams and their members",
        operation_id="teams_list",
        responses={200: team_shapes.TeamSerializer(many=True), **LISTING},
    )
    def get(self, request: Request) -> Response:
        leads = rosters.leads()
        return Response([wire.team(group, leads) for group in in_order(rows())])

    @extend_schema(
        summary="Create a team",
        description="For stewards. It has no members yet.",
        operation_id="teams_create",
        request=team_shapes.NewTeamSerializer,
        responses={201: team_shapes.TeamSerializer, **CREATING},
    )
    def post(self, request: Request) -> Response:
        group = rosters.create(**body(team_shapes.NewTeamSerializer, request), by=self.person)
        return Response(wire.team(group, frozenset()), status=201)


class OneTeam(OfTeam):
    @extend_schema(
        summary="One team",
        operation_id="teams_retrieve",
        responses={200: team_shapes.TeamSerializer, **READING},
    )
    def get(self, request: Request, slug: str) -> Response:
        return self.answer()


class Members(OfTeam):
    @extend_schema(
        summary="Put somebody into a team",
        description="For stewards. The person's sessions end. The same again answers 200.",
        operation_id="teams_members_create",
        request=team_shapes.NewMemberSerializer,
        responses={200: team_shapes.TeamSerializer, 201: team_shapes.TeamSerializer, **CHANGING},
    )
    def post(self, request: Request, slug: str) -> Response:
        said = body(team_shapes.NewMemberSerializer, request)
        is_new = rosters.add(slug, self._named(said["username"]), by=self.person)
        return self.answer(201 if is_new else 200)

    def _named(self, username: str) -> User:
        user = rosters.account(username)
        if user is None:
            with attempt("roster.add", actor=self.person, on=rosters.ROSTER):
                message = f"Nobody has the user name “{username[:80]}”; invite them first."
                raise Refused(not_ready("nobody", message, field="username", who="you"))
        return user


class OneMember(OfTeam):
    """Somebody with an account; whether they are in the team is the verb's question."""

    member: User

    def check_permissions(self, request: Request) -> None:
        if request.user.is_authenticated:
            self.member = self._member()
        super().check_permissions(request)

    def _member(self) -> User:
        found = rosters.account(self.kwargs["username"])
        if found is None:
            raise NotFound("There is no such account.")
        return found

    @extend_schema(
        summary="Make a member a lead, or a lead a member",
        description="For stewards.",
        operation_id="teams_members_update",
        request=team_shapes.LeadSerializer,
        responses={200: team_shapes.TeamSerializer, **CHANGING},
    )
    def put(self, request: Request, **address: Any) -> Response:
        said = body(team_shapes.LeadSerializer, request)
        rosters.set_lead(address["slug"], self.member, by=self.person, leads=said["leads"])
        return self.answer()

    @extend_schema(
        summary="Take somebody out of a team",
        description="For stewards. The person's sessions end, and approvals of theirs in open reviews count no more. "
        "409 for the last steward; the same again answers 200.",
        operation_id="teams_members_remove",
        request=None,
        responses={200: team_shapes.TeamSerializer, **CHANGING},
    )
    def delete(self, request: Request, **address: Any) -> Response:
        rosters.remove(address["slug"], self.member, by=self.person)
        return self.answer()
