"""Positions of the teams: all that were taken, and taking one."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import rounds
from approvals.models import Round, SignOff
from approvals.standing import Standing, latest_round, open_round
from governance.api import serializers as shapes
from governance.api import wire
from governance.api.paging import page
from governance.api.schema import CHANGING, PAGING
from governance.api.views.base import OfRFC, body, query
from governance.models import Scope
from rfcs import clock
from rfcs.case import Case
from rfcs.errors import Reason, Refused
from rfcs.events import attempt
from rfcs.models import RFC


class SignOffs(OfRFC):
    scopes = {"POST": Scope.SIGN}

    @extend_schema(
        summary="All positions, newest first",
        operation_id="rfcs_sign_offs_list",
        parameters=[shapes.PageQuery],
        responses={200: shapes.SignOffPage, **PAGING},
    )
    def get(self, request: Request, number: str) -> Response:
        query(shapes.PageQuery, request)
        counting = _counting(self.rfc)
        rows = SignOff.objects.filter(round__rfc=self.rfc).select_related("signer", "revision")
        return page(rows, request, lambda row: wire.sign_off(row, counts=row.pk in counting))

    @extend_schema(
        summary="Take a position",
        description="Needs a token with the scope `sign`. The same position again answers 200 with the row there is.",
        operation_id="rfcs_sign_offs_create",
        request=shapes.PositionSerializer,
        responses={200: shapes.SignOffSerializer, 201: shapes.SignOffSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        said = body(shapes.PositionSerializer, request)
        now = clock.now()  # a signing token was minted with the password: it is fresh while it lives
        row = rounds.sign(self._round(), by=self.person, authenticated_at=now, **said)
        return Response(
            wire.sign_off(row, counts=row.pk in _counting(row.round.rfc)), status=201 if row.at > now else 200
        )

    def _round(self) -> Round:
        """The open round; a closed one answers why nothing is signed any more."""
        found = open_round(self.rfc) or latest_round(self.rfc)
        if found is None:
            with attempt("sign", actor=self.person, on=self.rfc.stream):
                message = f"{self.rfc.number} has no round of sign-offs yet; its owner requests the review."
                raise Refused(Reason("no_round", message, field="state", who="the owner"))
        return found


def _counting(rfc: RFC) -> frozenset[int]:
    """Ids of the positions that count now, in the last round and those that it continues."""
    round_ = latest_round(rfc)
    if round_ is None:
        return frozenset()
    teams = Standing(round_, Case(rfc)).rows
    return frozenset(voice.sign_off.pk for team in teams for voice in team.voices if voice.counts)
