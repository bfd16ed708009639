"""What the OpenAPI document says beside the shapes: how to authenticate, and which failures to expect."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiResponse

from governance.api.serializers import ConflictSerializer, RefusalSerializer

TEXTS = {
    400: "Malformed: not JSON, a wrong type, an unknown field or parameter.",
    401: "No or bad credentials.",
    403: "This person, or this token, may not.",
    404: "Not there, or not visible to you.",
    409: "Not now: state, version or digest.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The document is not ready.",
    429: "Too many requests.",
}


class ScopedTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "governance.api.auth.ScopedTokens"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        description = "`Token <token>`; a token has a name, scopes and an end."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}


class ExactBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Bodies take no unknown field, and a PATCH keeps what it needs (the generator would make all optional)."""

    target_class = "governance.api.fields.Exact"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        if direction == "request":
            needed = [name for name, field in self.target.fields.items() if field.required]
            schema |= {"additionalProperties": False} | ({"required": needed} if needed else {})
        return schema


def failures(*statuses: int) -> dict[int, OpenApiResponse]:
    """The refusals of one operation, all in one shape; 409 may carry what is stored."""
    return {status: OpenApiResponse(_shape(status), description=TEXTS[status]) for status in statuses}


def _shape(status: int) -> type[RefusalSerializer]:
    return ConflictSerializer if status == 409 else RefusalSerializer


LISTING = failures(400, 401, 403, 429)
READING = failures(401, 403, 404, 429)
PAGING = failures(400, 401, 403, 404, 429)
CREATING = failures(400, 401, 403, 409, 413, 415, 422, 429)
CHANGING = failures(400, 401, 403, 404, 409, 413, 415, 422, 429)
