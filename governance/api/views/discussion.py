"""Threads and comments of an RFC."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api import conversation as shapes
from governance.api.paging import page
from governance.api.schema import CHANGING, PAGING
from governance.api.serializers import PageQuery
from governance.api.views.base import Endpoint, OfRFC, body, query
from rfcs.conversation import discussion
from rfcs.conversation.discussion import Posted
from rfcs.models import RFC, Comment, Thread

POSTED = {200: shapes.PostedSerializer, 201: shapes.PostedSerializer, **CHANGING}


class Threads(OfRFC):
    @extend_schema(
        summary="The threads of an RFC, newest first",
        operation_id="rfcs_threads_list",
        parameters=[shapes.ThreadQuery],
        responses={200: shapes.ThreadPage, **PAGING},
    )
    def get(self, request: Request, number: str) -> Response:
        said, rows = query(shapes.ThreadQuery, request), shapes.threads(self.rfc)
        if "section" in said:
            rows = rows.filter(section=said["section"])
        if "resolved" in said:
            rows = rows.filter(resolved_at__isnull=not said["resolved"])
        return page(rows, request, shapes.thread)

    @extend_schema(
        summary="Begin a thread",
        operation_id="rfcs_threads_create",
        request=shapes.NewThreadSerializer,
        responses=POSTED,
    )
    def post(self, request: Request, number: str) -> Response:
        return _posted(discussion.open_thread(self.rfc, by=self.person, **body(shapes.NewThreadSerializer, request)))


class OfThread(Endpoint):
    """A call about one thread, or one comment, of an RFC that is visible to this person: found before any right."""

    thread: Thread
    comment: Comment

    def check_permissions(self, request: Request) -> None:
        if not request.user.is_authenticated:
            raise NotAuthenticated
        self.find(self.kwargs["key"], RFC.objects.visible_to(request.user))
        super().check_permissions(request)

    def find(self, pk: int, visible: Any) -> None:
        found = Thread.objects.select_related("rfc").filter(pk=pk, rfc__in=visible).first()
        if found is None:
            raise NotFound("There is no such thread, or its RFC is not visible to you.")
        self.thread = found

    @property
    def stream(self) -> str:
        return f"rfc:{self.thread.rfc_id}"


class OfComment(OfThread):
    def find(self, pk: int, visible: Any) -> None:
        found = Comment.objects.select_related("thread").filter(pk=pk, thread__rfc__in=visible).first()
        if found is None:
            raise NotFound("There is no such comment, or its RFC is not visible to you.")
        self.comment, self.thread = found, found.thread


class Comments(OfThread):
    @extend_schema(
        summary="The comments of a thread, newest first",
        operation_id="threads_comments_list",
        parameters=[PageQuery],
        responses={200: shapes.CommentPage, **PAGING},
    )
    def get(self, request: Request, key: int) -> Response:
        query(PageQuery, request)
        return page(shapes.comments(thread=self.thread), request, shapes.comment)

    @extend_schema(
        summary="Answer in a thread",
        operation_id="threads_comments_create",
        request=shapes.NewCommentSerializer,
        responses=POSTED,
    )
    def post(self, request: Request, key: int) -> Response:
        return _posted(discussion.reply(self.thread, by=self.person, **body(shapes.NewCommentSerializer, request)))


class Resolve(OfThread):
    @extend_schema(
        summary="Resolve a thread, or open it again",
        request=shapes.ResolveSerializer,
        responses={200: shapes.ThreadSerializer, **CHANGING},
    )
    def post(self, request: Request, key: int) -> Response:
        settle = discussion.resolve if body(shapes.ResolveSerializer, request)["resolved"] else discussion.reopen
        settle(self.thread, by=self.person)
        return Response(shapes.thread(shapes.threads(self.thread.rfc).get(pk=key)))


class OneComment(OfComment):
    @extend_schema(
        summary="Edit one's comment",
        request=shapes.NewWordingSerializer,
        responses={200: shapes.PostedSerializer, **CHANGING},
    )
    def patch(self, request: Request, key: int) -> Response:
        said = body(shapes.NewWordingSerializer, request)
        return _posted(discussion.edit(self.comment, by=self.person, **said), status=200)


class Retract(OfComment):
    @extend_schema(
        summary="Retract one's comment",
        request=shapes.RetractSerializer,
        responses={200: shapes.CommentSerializer, **CHANGING},
    )
    def post(self, request: Request, key: int) -> Response:
        body(shapes.RetractSerializer, request)
        discussion.retract(self.comment, by=self.person)
        return Response(shapes.comment(shapes.comments(pk=key).get()))


def _posted(posted: Posted, *, status: int | None = None) -> Response:
    row = shapes.comments(pk=posted.comment.pk).get()
    said = shapes.comment(row) | {"not_told": list(posted.not_told)}
    return Response(said, status=status or (201 if posted.is_new else 200))
