"""Webhooks and deliveries: for stewards; auditors read them."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api import channels as shapes
from governance.api.paging import page
from governance.api.schema import CHANGING, CREATING, PAGING, READING
from governance.api.views.base import Endpoint, body, query
from governance.delivering import CHANNELS, require_reader, rows_of
from rfcs import events
from rfcs.delivery import retrying, webhooks
from rfcs.delivery.webhooks import Wish
from rfcs.events import attempt
from rfcs.models import Webhook


class OfStewards(Endpoint):
    """Said before the body is read."""

    stream = events.ACCESS

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        changes = request.method not in SAFE_METHODS
        with attempt(f"api.{str(request.method).lower()}", actor=self.person, on=events.ACCESS, changes=changes):
            (retrying.require_steward if changes else require_reader)(self.person)

    def found(self) -> Webhook:
        return get_object_or_404(Webhook, pk=self.kwargs["id"], ended_at=None)


class Webhooks(OfStewards):
    @extend_schema(
        summary="Webhooks",
        operation_id="webhooks_list",
        responses={200: shapes.WebhookSerializer(many=True), **READING},
    )
    def get(self, request: Request) -> Response:
        return Response([shapes.webhook(row) for row in Webhook.objects.filter(ended_at=None)])

    @extend_schema(
        summary="Create a webhook",
        description="For stewards. The answer holds the secret, this once.",
        operation_id="webhooks_create",
        request=shapes.WishSerializer,
        responses={201: shapes.SecretSerializer, **CREATING},
    )
    def post(self, request: Request) -> Response:
        row, secret = webhooks.create(_wish(body(shapes.WishSerializer, request)), by=self.person)
        return Response(shapes.webhook(row) | {"secret": secret}, status=201)


class OneWebhook(OfStewards):
    @extend_schema(
        summary="Change a webhook",
        operation_id="webhooks_update",
        request=shapes.ChangeSerializer,
        responses={200: shapes.WebhookSerializer, **CHANGING},
    )
    def put(self, request: Request, id: int) -> Response:
        wish = _wish(body(shapes.ChangeSerializer, request))
        return Response(shapes.webhook(webhooks.change(self.found(), wish, by=self.person)))

    @extend_schema(
        summary="End a webhook",
        description="Nothing more is sent there, not even what is queued.",
        operation_id="webhooks_end",
        responses={200: shapes.WebhookSerializer, **CHANGING},
    )
    def delete(self, request: Request, id: int) -> Response:
        row = self.found()
        webhooks.end(row, by=self.person)
        return Response(shapes.webhook(row))


class WebhookKey(OfStewards):
    @extend_schema(
        summary="Make a new key",
        description="It signs from now on; the one before it signs beside it for a day.",
        operation_id="webhooks_rotate",
        request=None,
        responses={200: shapes.SecretSerializer, **CHANGING},
    )
    def post(self, request: Request, id: int) -> Response:
        row = self.found()
        return Response(shapes.webhook(row) | {"secret": webhooks.rotate(row, by=self.person)})


class WebhookTest(OfStewards):
    @extend_schema(
        summary="Send a test",
        operation_id="webhooks_test",
        request=None,
        responses={202: shapes.DeliverySerializer, **CHANGING},
    )
    def post(self, request: Request, id: int) -> Response:
        return Response(shapes.delivery(webhooks.test(self.found(), by=self.person)), status=202)


class Deliveries(OfStewards):
    @extend_schema(
        summary="What was queued, sent, failed and given up, newest first",
        operation_id="deliveries_list",
        parameters=[shapes.DeliveryQuery],
        responses={200: shapes.DeliveryPage, **PAGING},
    )
    def get(self, request: Request) -> Response:
        said = query(shapes.DeliveryQuery, request)
        return page(rows_of(said["channel"], said.get("standing", "")), request, shapes.delivery)


class DeliveryRetry(OfStewards):
    @extend_schema(
        summary="Send again what was given up or waits",
        operation_id="deliveries_retry",
        request=None,
        responses={200: shapes.DeliverySerializer, **CHANGING},
    )
    def post(self, request: Request, channel: str, id: int) -> Response:
        if channel not in CHANNELS:
            raise NotFound("There is no such channel.")
        row = get_object_or_404(rows_of(channel), pk=id)
        retrying.retry(row, by=self.person)
        return Response(shapes.delivery(rows_of(channel).get(pk=id)))


def _wish(said: dict[str, Any]) -> Wish:
    lists = {name: tuple(said[name]) for name in ("topics", "packages", "teams")}
    return Wish(said["name"].strip(), said["url"].strip(), said["style"], **lists)
