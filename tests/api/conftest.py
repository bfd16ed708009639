"""A client of the API whose every answer is held against the OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.contrib.auth.models import User
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft4Validator
from rest_framework.test import APIClient

from governance.api import tokens
from governance.models import AccessToken, Scope
from rfcs import clock

Client = Callable[..., "Caller"]


@cache
def openapi() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True)))
    plain: dict[str, Any] = _without_nullable(document)
    return plain


def _without_nullable(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` as JSON Schema says it."""
    if isinstance(node, list):
        return [_without_nullable(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _without_nullable(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


def operation(method: str, path: str) -> dict[str, Any] | None:
    for template, methods in openapi()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            found: dict[str, Any] | None = methods.get(method.lower())
            return found
    return None


def hold_against_schema(method: str, path: str, answer: Any) -> None:
    """The status is announced, and the body has the announced shape."""
    announced = operation(method, path)
    if announced is None or answer["Content-Type"] != "application/json":
        return
    assert str(answer.status_code) in announced["responses"], f"{method} {path} does not announce {answer.status_code}"
    shape = announced["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
    validator(json.dumps(shape)).validate(json.loads(answer.content))


@cache
def validator(shape: str) -> Draft4Validator:
    return Draft4Validator(json.loads(shape) | {"components": openapi()["components"]})


class Caller:
    """One person with one token. Paths are given below /api/v1/."""

    def __init__(self, token: str | None) -> None:
        self.http = APIClient(raise_request_exception=True)
        if token is not None:
            self.http.credentials(HTTP_AUTHORIZATION=f"Token {token}")

    def call(self, method: str, path: str, body: Any = None, **extra: Any) -> Any:
        address = f"/api/v1/{path}"
        answer = getattr(self.http, method)(address, body, **extra)
        hold_against_schema(method, address.split("?")[0], answer)
        return answer

    def get(self, path: str, **query: Any) -> Any:
        return self.call("get", path, query)

    def post(self, path: str, body: Any = None, **extra: Any) -> Any:
        return self.call("post", path, {} if body is None else body, **extra)

    def patch(self, path: str, body: Any) -> Any:
        return self.call("patch", path, body)

    def move(self, number: str, name: str, **inputs: str) -> Any:
        return self.post(f"rfcs/{number}/moves/", {"move": name, **inputs})

    def sign(self, number: str, position: str = "approve", **said: str) -> Any:
        """Sign for the board what the RFC says now."""
        digest = said.pop("digest", None) or self.get(f"rfcs/{number}/").json()["digest"]
        wanted = {"team": "architecture", "position": position, "digest": digest} | said
        return self.post(f"rfcs/{number}/sign-offs/", wanted)


def mint(user: User, *scopes: str, life: timedelta = timedelta(hours=1)) -> str:
    """The secret of a token that was in use already, so that no call writes down that it is."""
    token, secret = tokens.mint(user, name="test", scopes=scopes or tuple(Scope), password_ok=True, life=life)
    AccessToken.objects.filter(pk=token.pk).update(last_used_at=clock.now())
    return secret


@pytest.fixture
def as_(db: None) -> Client:
    """`as_(user)`: a client with a token of all scopes; `as_(user, "read")`: of this one; `as_()`: without."""
    return lambda user=None, *scopes: Caller(mint(user, *scopes) if user else None)


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.json()["reasons"]]


def fields(answer: Any) -> list[str]:
    return [reason["field"] for reason in answer.json()["reasons"]]
