"""The audit trail: of one RFC, and of all streams that this person may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance import reading
from governance.api import serializers as shapes
from governance.api import wire
from governance.api.paging import page
from governance.api.schema import LISTING, PAGING
from governance.api.views.base import Endpoint, OfRFC, query
from rfcs.models import RFC, Event
from rfcs.states import AUDITORS, STEWARDS
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

READ_EVERY_STREAM = frozenset({AUDITORS, STEWARDS})
STREAM = Concat(Value("rfc:"), Cast("pk", CharField()))


class Events(Endpoint):
    @extend_schema(
        summary="Events of every stream visible to you, newest first",
        operation_id="events_list",
        parameters=[shapes.PageQuery],
        responses={200: shapes.EventPage, **LISTING},
    )
    def get(self, request: Request) -> Response:
        query(shapes.PageQuery, request)
        reading.note(self.person, what=request.path, on="events")
        return page(readable(self.person).select_related("actor"), request, wire.event)


class RFCEvents(OfRFC):
    @extend_schema(
        summary="Events of an RFC, newest first",
        operation_id="rfcs_events_list",
        parameters=[shapes.PageQuery],
        responses={200: shapes.EventPage, **PAGING},
    )
    def get(self, request: Request, number: str) -> Response:
        query(shapes.PageQuery, request)
        rows = Event.objects.filter(stream=self.rfc.stream).select_related("actor")
        return page(rows, request, wire.event)


def readable(user: User) -> QuerySet[Event]:
    """Auditors and stewards read all streams; everybody else those of the RFCs that they see."""
    if teams_of(user) & READ_EVERY_STREAM:
        return Event.objects.all()
    hidden = RFC.objects.filter(embargoed=True).exclude(pk__in=RFC.objects.visible_to(user).values("pk"))
    return Event.objects.filter(stream__startswith="rfc:").exclude(stream__in=hidden.values_list(STREAM))
