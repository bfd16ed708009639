"""Alive, and ready to serve? Both servers are asked each time."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import Error, connection
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import HealthSerializer
from governance.api.views.base import Endpoint

PATIENCE = 1.0
"""Seconds for Redis to answer."""


class Health(Endpoint):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        summary="Liveness and readiness",
        auth=[],
        responses={200: HealthSerializer, 503: HealthSerializer},
    )
    def get(self, request: Request) -> Response:
        ready = database_answers()
        found = {
            "version": settings.VERSION,
            "live": True,
            "ready": ready,
            "database": "ok" if ready else "away",
            "redis": "ok" if redis_answers() else "away",
        }
        return Response(found, status=200 if ready else 503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except Error:
        return False


def redis_answers() -> bool:
    """Its absence is told and does not count: Redis only rings, the rows say what is due."""
    address = settings.REDIS_URL
    try:
        with redis.Redis.from_url(address, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
