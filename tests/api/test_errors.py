"""What the ladder makes of exceptions that no call of today raises."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions

from governance.api.errors import answer
from rfcs.errors import Kind, Reason, Refused


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Http404("secret path"), 404, "not_found"),
        (PermissionDenied("secret rule"), 403, "permission_denied"),
        (exceptions.Throttled(wait=30), 429, "throttled"),
        (exceptions.NotAcceptable(), 406, "not_acceptable"),
    ],
)
def test_exceptions_of_the_frameworks_become_reasons(raised: Exception, status: int, code: str) -> None:
    reply = answer(raised, {})
    assert reply is not None
    assert (reply.status_code, [reason["code"] for reason in reply.data["reasons"]]) == (status, [code])
    assert "secret" not in str(reply.data)


def test_too_many_requests_say_when_to_come_back() -> None:
    reply = answer(exceptions.Throttled(wait=30), {})
    assert reply is not None
    assert reply["Retry-After"] == "30"


def test_refusal_for_want_of_the_password_carries_a_challenge() -> None:
    reply = answer(Refused(Reason("reauthenticate", "Again.", kind=Kind.UNAUTHENTICATED)), {})
    assert reply is not None
    assert (reply.status_code, reply["WWW-Authenticate"]) == (401, "Token")


def test_defect_of_ours_is_not_dressed_up() -> None:
    assert answer(KeyError("x"), {}) is None
