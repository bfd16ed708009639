"""Every failure in one form: `{"reasons": [{"code", "message", "field", "who"}]}`, all reasons at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from governance.api import wire
from rfcs.editing import Conflict
from rfcs.errors import Refused

CHALLENGE = "Token"
LONGEST_MESSAGE = 1_000


class TooLarge(exceptions.APIException):
    status_code = 413
    default_detail = "The body is larger than 5 MB; link to a document instead."
    default_code = "too_large"


def answer(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to what a view raised; None lets a defect of ours surface as a 500."""
    if isinstance(exc, Refused):
        return _refusal(exc)
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    elif isinstance(exc, RequestDataTooBig):
        exc = TooLarge()
    if not isinstance(exc, exceptions.APIException):
        return None
    return _reply(exc.status_code, {"reasons": list(_flat(exc.detail))}, wait=getattr(exc, "wait", None))


def _refusal(refused: Refused) -> Response:
    body: dict[str, Any] = {"reasons": [_cleaned(reason.as_json()) for reason in refused.reasons]}
    if isinstance(refused, Conflict):
        body["stored"] = wire.working_copy(refused.stored)
    return _reply(refused.status, body)


def _reply(status: int, body: Mapping[str, Any], *, wait: float | None = None) -> Response:
    headers = {"WWW-Authenticate": CHALLENGE} if status == 401 else {}
    if wait:
        headers["Retry-After"] = str(int(wait))
    return Response(body, status=status, headers=headers)


def _flat(detail: Any, path: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """Each message of DRF's nested errors with the dotted path of its field: `affected_packages.0.path`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, path if name == api_settings.NON_FIELD_ERRORS_KEY else (*path, str(name)))
    elif isinstance(detail, list):
        rows = any(isinstance(inner, Mapping | list) for inner in detail)
        for index, inner in enumerate(detail):
            yield from _flat(inner, (*path, str(index)) if rows else path)
    else:
        code = getattr(detail, "code", "invalid")
        yield _cleaned({"code": str(code), "message": str(detail), "field": ".".join(path), "who": "you"})


def _cleaned(reason: Mapping[str, str]) -> dict[str, str]:
    """Printable as UTF-8 whatever the client sent: a message may quote a lone surrogate."""
    return {key: text[:LONGEST_MESSAGE].encode("utf-8", "backslashreplace").decode() for key, text in reason.items()}
