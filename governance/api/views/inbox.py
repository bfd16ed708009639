"""What the person of the token is told, chose to be told, and watches."""

from __future__ import annotations

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api import conversation as shapes
from governance.api.paging import page
from governance.api.schema import CHANGING, LISTING, READING
from governance.api.views.base import Endpoint, body, query
from rfcs.conversation import watching
from rfcs.delivery import outbox, preferences
from rfcs.delivery.preferences import Choice
from rfcs.delivery.quiet import Hours
from rfcs.models import Watch
from rfcs.notices import Notice

MOST_SHOWN = 500


class Messages(Endpoint):
    @extend_schema(
        summary="Your messages, newest first",
        operation_id="me_messages_list",
        parameters=[shapes.MessageQuery],
        responses={200: shapes.MessagePage, **LISTING},
    )
    def get(self, request: Request) -> Response:
        said, rows = query(shapes.MessageQuery, request), outbox.inbox_of(self.person)
        if "unread" in said:
            rows = rows.filter(read_at__isnull=said["unread"])
        if "kind" in said:
            rows = rows.filter(kind=said["kind"])
        return page(rows, request, shapes.message)


class ReadMessages(Endpoint):
    own = True

    @extend_schema(
        summary="Mark messages as read",
        request=shapes.ReadSerializer,
        responses={200: shapes.ReadCountSerializer, **CHANGING},
    )
    def post(self, request: Request) -> Response:
        said = body(shapes.ReadSerializer, request)
        if said["all"] == ("ids" in said):
            raise ValidationError({"ids": ["Name the messages in `ids`, or send `all`: true."]})
        return Response({"read": outbox.mark_read(self.person, None if said["all"] else said["ids"])})


class Preferences(Endpoint):
    own = True

    @extend_schema(
        summary="Over which channels you are told what",
        responses={200: shapes.PreferenceSerializer(many=True), **READING},
        operation_id="me_preferences_list",
    )
    def get(self, request: Request) -> Response:
        return Response(shapes.preferences(preferences.choices_of(self.person)))

    @extend_schema(
        summary="Choose the channels",
        request=shapes.ChoicesSerializer,
        responses={200: shapes.PreferenceSerializer(many=True), **CHANGING},
        operation_id="me_preferences_update",
    )
    def put(self, request: Request) -> Response:
        said = body(shapes.ChoicesSerializer, request)["preferences"]
        wanted = {Notice(row["kind"]): Choice(row["in_app"], row["mail"], row["daily"]) for row in said}
        return Response(shapes.preferences(preferences.choose(self.person, wanted)))


class MailHours(Endpoint):
    own = True

    @extend_schema(
        summary="When mail comes to you",
        operation_id="me_mail_hours",
        responses={200: shapes.HoursSerializer, **READING},
    )
    def get(self, request: Request) -> Response:
        return Response(asdict(preferences.hours_of(self.person)))

    @extend_schema(
        summary="Choose when mail comes",
        operation_id="me_mail_hours_update",
        request=shapes.HoursSerializer,
        responses={200: shapes.HoursSerializer, **CHANGING},
    )
    def put(self, request: Request) -> Response:
        said = body(shapes.HoursSerializer, request)
        preferences.keep_hours(self.person, Hours(**said))
        return Response(asdict(preferences.hours_of(self.person)))


class Watching(Endpoint):
    own = True

    @extend_schema(
        summary="What you chose to watch, or to hear nothing of",
        responses={200: shapes.WatchSerializer(many=True), **READING},
        operation_id="me_watching_list",
    )
    def get(self, request: Request) -> Response:
        return Response(self._rows())

    @extend_schema(
        summary="Watch something, or end it",
        request=shapes.WatchingSerializer,
        responses={200: shapes.WatchSerializer(many=True), **CHANGING},
        operation_id="me_watching_update",
    )
    def put(self, request: Request) -> Response:
        said = body(shapes.WatchingSerializer, request)
        change = watching.watch if said["watching"] else watching.unwatch
        change(self.person, said["kind"], said["key"])
        return Response(self._rows())

    def _rows(self) -> list[shapes.JSON]:
        rows = Watch.objects.filter(person=self.person).order_by("-since")
        return [shapes.watch(row) for row in rows[:MOST_SHOWN]]
