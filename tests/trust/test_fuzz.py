"""Everything that the API announces, with bodies and parameters made from its own schema and against it.

Rows 30, 34 and 37 of the trust list: no 5xx, every answer as announced, nothing written that no body may write.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from django.apps import apps
from django.contrib.auth.models import User
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIClient
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok

from governance.api import tokens
from governance.models import Scope
from rfcs.models import RFC
from tests.api.conftest import hold_against_schema
from tests.factories import draft, person, rfc_in
from tests.shared import taken_back

pytestmark = pytest.mark.django_db
Operation = APIOperation[Any, Any, Any, Any]


def operations() -> list[Operation]:
    document = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True)))
    schema = schemathesis.openapi.from_dict(document)
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


OPERATIONS = {operation.label: operation for operation in operations()}
TEN_THOUSAND = 10_000
"""Requests of the long run, over all operations."""
UNHURRIED = settings(deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))


def client_of(user: User) -> APIClient:
    _, secret = tokens.mint(user, name="fuzz", scopes=list(Scope), password_ok=True, life=timedelta(hours=1))
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return client


def cases(operation: Operation) -> st.SearchStrategy[Case[Any]]:
    """What the schema allows, and what it does not."""
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    return st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))


def send(client: APIClient, case: Case[Any], number: str, *, at_home: bool) -> Any:
    """One request; `at_home` puts an RFC that exists into the address."""
    if at_home and "number" in case.path_parameters:
        case.path_parameters["number"] = number
    method, values = case.method.lower(), (case.query or {}).items()
    query = urlencode({key: value for key, value in values if isinstance(value, (str, int))}, errors="replace")
    address = f"{case.formatted_path}?{query}"
    if method == "get":
        return client.get(address)
    body = case.body if isinstance(case.body, (dict, list, str, int, float, bool, type(None))) else {}
    text = body if isinstance(body, str) else json.dumps(body)
    return getattr(client, method)(address, text, content_type=case.media_type or "application/json")


World = tuple[list[RFC], list[APIClient]]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """RFCs in three states, and those who call: their owners, and one of the board who is a steward too."""
    with taken_back(django_db_blocker):
        rfcs = [rfc_in("review"), rfc_in("implementation"), draft()]
        yield rfcs, [client_of(rfc.owner) for rfc in rfcs] + [client_of(person(None, "architecture", "stewards"))]


def fuzz(label: str, world: World, examples: int) -> None:
    rfcs, clients = world

    @settings(UNHURRIED, max_examples=examples)
    @given(cases(OPERATIONS[label]), st.sampled_from(clients), st.sampled_from(rfcs), st.booleans())
    def run(case: Case[Any], client: APIClient, rfc: RFC, at_home: bool) -> None:
        answer = send(client, case, rfc.number, at_home=at_home)
        assert answer.status_code < 500, (case.method, case.formatted_path, case.query, case.body)
        hold_against_schema(case.method, case.formatted_path, answer)

    run()


@pytest.mark.parametrize("label", OPERATIONS)
def test_no_body_and_no_parameter_makes_the_api_fail(label: str, world: World) -> None:
    fuzz(label, world, 10)


@pytest.mark.soak
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_body_and_no_parameter_makes_the_api_fail_many(label: str, world: World) -> None:
    fuzz(label, world, -(-TEN_THOUSAND // len(OPERATIONS)))


# What no body may write ---------------------------------------------------------------------------------------

WRITTEN_BY_VERBS = ("state", "track", "author_id", "owner_id", "revision_id", "material_digest", "approved_digest")


def fields_of_every_model() -> list[str]:
    rooms = ("rfcs", "approvals", "governance", "auth")
    models = [model for room in rooms for model in apps.get_app_config(room).get_models()]
    return sorted({field.name for model in models for field in model._meta.get_fields()})


def test_no_field_of_any_model_is_written_by_a_body_that_does_not_announce_it() -> None:
    rfc = rfc_in("approved")
    client, address = client_of(rfc.owner), f"/api/v1/rfcs/{rfc.number}/"
    before = RFC.objects.values(*WRITTEN_BY_VERBS).get(pk=rfc.pk)
    account = User.objects.values().get(pk=rfc.owner_id)
    for name in fields_of_every_model():
        version = client.get(address).json()["version"]
        body = {"version": version, name: 1} if name != "version" else {"version": version}
        answer = client.patch(address, body, format="json")
        assert answer.status_code in {200, 400, 422}, (name, answer.content)
        assert RFC.objects.values(*WRITTEN_BY_VERBS).get(pk=rfc.pk) == before, name
        assert User.objects.values().get(pk=rfc.owner_id) == account, name


def test_no_field_of_any_model_is_a_filter_that_the_api_does_not_announce() -> None:
    client = client_of(person())
    announced = {row["name"] for row in OPERATIONS["GET /api/v1/rfcs/"].definition.raw["parameters"]}
    for name in fields_of_every_model():
        for parameter in (name, f"{name}__startswith", f"owner__{name}", f"-{name}"):
            if parameter not in announced:
                answer = client.get("/api/v1/rfcs/", {parameter: "1"})
                assert answer.status_code == 400, parameter
    for parameter in ("order", "order_by", "ordering", "sort", "fields", "limit", "offset", "page", "format"):
        assert client.get("/api/v1/rfcs/", {parameter: "id"}).status_code == 400, parameter
