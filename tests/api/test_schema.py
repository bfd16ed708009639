"""The OpenAPI document: valid, without warnings, with every refusal; and the pages that show it."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client as Browser

from governance.api import urls
from tests.api.conftest import openapi

UNSAFE = {"post", "put", "patch", "delete"}
OPEN = ("/health/", "/signing-keys/")
"""Answered without a token."""


def test_document_is_valid_and_complete() -> None:
    call_command("spectacular", fail_on_warn=True, validate=True, stdout=StringIO())


def test_every_address_is_in_the_document() -> None:
    served = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/api/{pattern.pattern}") for pattern in urls.urlpatterns}
    hidden = {"/api/schema/", "/api/docs/", "/api/^v1/(?:.*/)?$"}
    assert set(openapi()["paths"]) == served - hidden


def test_every_operation_announces_its_refusals() -> None:
    for path, methods in openapi()["paths"].items():
        if path.endswith(OPEN):
            continue
        for method, operation in methods.items():
            announced = set(operation["responses"])
            expected = {"401", "403"} | ({"404"} if "{number}" in path else set())
            expected |= {"400", "409", "422"} if method in UNSAFE else set()
            assert expected <= announced, (method, path)
            for status in announced - {"200", "201", "202"}:
                shape = operation["responses"][status]["content"]["application/json"]["schema"]["$ref"]
                assert shape.rsplit("/", 1)[1] in {"Refusal", "Conflict"}


def test_bodies_are_closed_and_an_edit_needs_its_version() -> None:
    shapes = openapi()["components"]["schemas"]
    assert {
        name for name, shape in shapes.items() if name.endswith("Request") and shape["additionalProperties"]
    } == set()
    assert shapes["PatchedEditRequest"]["required"] == ["version"]
    assert {"state", "author", "digest", "number"} & shapes["PatchedEditRequest"]["properties"].keys() == set()
    assert "medium" in shapes["PackageRequest"]["properties"]["severity"]["description"]


@pytest.mark.django_db
def test_document_and_its_pages_are_open_and_run_no_inline_script() -> None:
    browser = Browser()
    assert browser.get("/api/schema/").status_code == 200
    page = browser.get("/api/docs/").content.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    script = re.findall(r'src="([^"]*script[^"]*)"', page)[-1]
    assert browser.get(script.replace("&amp;", "&"))["Content-Type"].startswith("application/javascript")


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["lang=xx", "lang=%00", "version=nonsense", "format=nonsense", "lang=../../etc"])
def test_odd_parameters_of_the_document_never_fail(query: str) -> None:
    assert Browser().get(f"/api/schema/?{query}").status_code < 500
    assert Browser().get(f"/api/docs/?{query}").status_code < 500
