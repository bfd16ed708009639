"""The impact on other people: what the owners of the packages say, and answering as one."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api import impact as shapes
from governance.api import wire
from governance.api.schema import CHANGING, READING
from governance.api.views.base import OfRFC, body, find
from rfcs import actions, embargo, lessons
from rfcs.case import Case
from rfcs.impact import answering, naming, planning
from rfcs.models import Lesson


class Acknowledgements(OfRFC):
    @extend_schema(
        summary="Every affected package with its owners' answers",
        operation_id="rfcs_acknowledgements_list",
        responses={200: shapes.AcknowledgementSerializer(many=True), **READING},
    )
    def get(self, request: Request, number: str) -> Response:
        return Response([wire.acknowledgement(standing) for standing in Case(self.rfc).acknowledgements])

    @extend_schema(
        summary="Answer as an owner of a package",
        description="The same answer again changes nothing.",
        operation_id="rfcs_acknowledgements_create",
        request=shapes.OwnerSaysSerializer,
        responses={200: shapes.AcknowledgementSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        said = body(shapes.OwnerSaysSerializer, request)
        asked = answering.answer(
            self.rfc, said["package"], by=self.person, answer=said["answer"], reason=said["reason"]
        )
        standings = Case(find(number, self.person)).acknowledgements
        return Response(next(wire.acknowledgement(one) for one in standings if one.is_of(asked)))


class Owners(OfRFC):
    @extend_schema(
        summary="Name an owner of a package of which nobody is left who answers",
        description="By a steward who did not write the RFC. Whoever owns the package already changes nothing.",
        operation_id="rfcs_owners_create",
        request=shapes.OwnerNamedSerializer,
        responses={200: shapes.AcknowledgementSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        said = body(shapes.OwnerNamedSerializer, request)
        package = naming.name_owner(self.rfc, said["package"], said["username"], by=self.person, reason=said["reason"])
        standings = Case(find(number, self.person)).acknowledgements
        return Response(next(wire.acknowledgement(one) for one in standings if one.path == package.path))


class Clashes(OfRFC):
    @extend_schema(
        summary="RFCs on their way that meet this one in packages and days",
        operation_id="rfcs_clashes_list",
        responses={200: shapes.ClashSerializer(many=True), **READING},
    )
    def get(self, request: Request, number: str) -> Response:
        return Response([wire.clash(clash) for clash in Case(self.rfc).clashes])

    @extend_schema(
        summary="Record how a clash was settled",
        description="By the owner of either RFC; it then stands on both.",
        operation_id="rfcs_clashes_create",
        request=shapes.SettlingSerializer,
        responses={200: shapes.ClashSerializer(many=True), **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        said = body(shapes.SettlingSerializer, request)
        planning.resolve(self.rfc, find(said["rfc"], self.person).pk, by=self.person, note=said["note"])
        return Response([wire.clash(clash) for clash in Case(find(number, self.person)).clashes])


class Embargo(OfRFC):
    @extend_schema(
        summary="The embargo of an RFC",
        operation_id="rfcs_embargo_retrieve",
        responses={200: shapes.EmbargoSerializer, **READING},
    )
    def get(self, request: Request, number: str) -> Response:
        return Response(wire.embargo(self.rfc))

    @extend_schema(
        summary="Lift the embargo, or begin one at once",
        description="What is so already stays as it is. An embargo that was lifted never begins again.",
        operation_id="rfcs_embargo_create",
        request=shapes.EmbargoChangeSerializer,
        responses={200: shapes.EmbargoSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        said = body(shapes.EmbargoChangeSerializer, request)
        verb = embargo.impose if said["embargoed"] else embargo.lift
        return Response(wire.embargo(verb(self.rfc, by=self.person, reason=said["reason"])))


class Freezes(OfRFC):
    @extend_schema(
        summary="Freeze windows of the policy in force that concern this RFC",
        operation_id="rfcs_freezes_list",
        responses={200: shapes.FreezeSerializer(many=True), **READING},
    )
    def get(self, request: Request, number: str) -> Response:
        return Response(wire.freezes(Case(self.rfc)))

    @extend_schema(
        summary="Let an RFC start in spite of a freeze",
        operation_id="rfcs_freezes_create",
        request=shapes.FreezeOverrideSerializer,
        responses={200: shapes.FreezeSerializer(many=True), **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        said = body(shapes.FreezeOverrideSerializer, request)
        planning.override(self.rfc, said["freeze"], by=self.person, reason=said["reason"])
        return Response(wire.freezes(Case(find(number, self.person))))


class OneLesson(OfRFC):
    @extend_schema(
        summary="What was learnt from a rollback",
        description="404 for an RFC that was not rolled back.",
        operation_id="rfcs_lesson_retrieve",
        responses={200: shapes.LessonSerializer, **READING},
    )
    def get(self, request: Request, number: str) -> Response:
        return Response(wire.lesson(self._found()))

    @extend_schema(
        summary="Write the lesson of a rollback, or a new version of it",
        description="By the owner, co-authors or a steward. 409 when somebody wrote meanwhile or without a rollback.",
        operation_id="rfcs_lesson_create",
        request=shapes.LessonSaysSerializer,
        responses={200: shapes.LessonSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        said = body(shapes.LessonSaysSerializer, request)
        wanted = actions.read(said.pop("actions", ()))
        lessons.write(self.rfc, by=self.person, texts=said, wanted=wanted, version=said.pop("version"))
        return Response(wire.lesson(self._found()))

    def _found(self) -> Lesson:
        lesson = Lesson.objects.filter(rfc=self.rfc).first()
        if lesson is None:
            raise NotFound(f"{self.rfc.number} was not rolled back, so it has no lesson.")
        return lesson
