"""The calendar of a month or quarter."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from governance import reading as readers
from governance.api import calendar as shapes
from governance.api.schema import LISTING
from governance.api.views.base import Endpoint, query
from governance.calendar import spans
from governance.calendar.reading import plan
from governance.pages.calendar import today_in_office


class Calendar(Endpoint):
    @extend_schema(
        summary="RFCs by their planned days, with clashes and freeze windows",
        operation_id="calendar_retrieve",
        parameters=[shapes.CalendarQuery],
        responses={200: shapes.CalendarSerializer, **LISTING},
    )
    def get(self, request: Request) -> Response:
        said = query(shapes.CalendarQuery, request)
        span = spans.read(said["at"]) if said.get("at") else spans.this_month(today_in_office())
        if span is None:
            raise ValidationError({"at": ["Name a month such as 2026-11, or a quarter such as 2026-Q4."]})
        readers.note(self.person, what=request.get_full_path(), on="rfcs")
        return Response(shapes.calendar(plan(self.person, span, said)))
