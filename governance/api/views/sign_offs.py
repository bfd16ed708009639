"""Positions of the teams: all that were taken, and taking one."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import concerns, rounds
from approvals.models import Round, SignOff
from approvals.standing import counting_standings, shown_round
from governance.api import positions, wire
from governance.api import serializers as shapes
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
        responses={200: positions.SignOffPage, **PAGING},
    )
    def get(self, request: Request, number: str) -> Response:
        query(shapes.PageQuery, request)
        counting = _counting(self.rfc)
        rows = (
            SignOff.objects.filter(round__rfc=self.rfc)
            .select_related("signer", "on_behalf_of", "revision")
            .prefetch_related("replies__by")
        )
        return page(rows, request, lambda row: wire.sign_off(row, counts=row.pk in counting))

    @extend_schema(
        summary="Take a position",
        description="Needs a token with the scope `sign`. The same position again answers 200 with the row there is.",
        operation_id="rfcs_sign_offs_create",
        request=positions.PositionSerializer,
        responses={200: positions.SignOffSerializer, 201: positions.SignOffSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        said = body(positions.PositionSerializer, request)
        now = clock.now()  # a signing token was minted with the password: it is fresh while it lives
        row = rounds.sign(self._round(), by=self.person, authenticated_at=now, **said)
        return Response(
            wire.sign_off(row, counts=row.pk in _counting(row.round.rfc)), status=201 if row.at > now else 200
        )

    def _round(self) -> Round:
        """The open round; a closed one answers why nothing is signed any more."""
        found = shown_round(self.rfc)
        if found is None:
            with attempt("sign", actor=self.person, on=self.rfc.stream):
                message = f"{self.rfc.number} has no round of sign-offs yet; its owner requests the review."
                raise Refused(Reason("no_round", message, field="state", who="the owner"))
        return found


class OfConcern(OfRFC):
    """A call about one position of an RFC: 404 when the RFC has no such position."""

    concern: SignOff

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        rows = SignOff.objects.select_related("signer", "on_behalf_of", "revision", "round__rfc")
        self.concern = get_object_or_404(rows, pk=self.kwargs["id"], round__rfc=self.rfc)

    def shown(self) -> Response:
        row = self.concern
        return Response(wire.sign_off(row, counts=row.pk in _counting(self.rfc)))


class Answer(OfConcern):
    @extend_schema(
        summary="Answer a concern",
        description="For the owner. The round's clock goes on when no other concern waits for an answer.",
        operation_id="rfcs_sign_offs_answer",
        request=positions.AnswerSerializer,
        responses={200: positions.SignOffSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str, id: int) -> Response:
        concerns.answer(self.concern, by=self.person, text=body(positions.AnswerSerializer, request)["text"])
        return self.shown()


class Override(OfConcern):
    scopes = {"POST": Scope.SIGN}

    @extend_schema(
        summary="Override a concern",
        description="For a lead of its team who neither raised it nor wrote the RFC. Needs the scope `sign`.",
        operation_id="rfcs_sign_offs_override",
        request=positions.OverrideSerializer,
        responses={200: positions.SignOffSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str, id: int) -> Response:
        said = body(positions.OverrideSerializer, request)
        now = clock.now()  # a signing token was minted with the password: it is fresh while it lives
        concerns.override(self.concern, by=self.person, reason=said["reason"], authenticated_at=now)
        return self.shown()


def _counting(rfc: RFC) -> frozenset[int]:
    """Ids of the positions that count now: of the last round that decided, and of the last retroactive one."""
    teams = [row for standing in counting_standings(rfc, Case(rfc)) for row in standing.rows]
    return frozenset(voice.sign_off.pk for team in teams for voice in team.voices if voice.counts)
