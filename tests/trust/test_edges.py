"""The edge of the portal: CSRF, headers and the deploy check (test plan, rows 31 and 36), from the URLconf itself."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from governance.embedded import ROOT
from rfcs.models import RFC, Event
from tests.factories import board, client_of, person, rfc_in
from tests.trust.routes import Route, pages

pytestmark = pytest.mark.django_db
SIGNED = {"unsubscribe"}
"""A mail program posts there without a session (RFC 8058); the signed address is all that permits it."""
PAGES = [route for route in pages() if route.name not in SIGNED]
UNSAFE = ("post", "put", "patch", "delete")
EVERYWHERE = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize("route", PAGES, ids=str)
def test_no_page_takes_a_form_without_its_csrf_token(route: Route) -> None:
    """Before anything is looked up, so the address need not lead anywhere."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(person())
    events = Event.objects.count()

    answers = [getattr(client, method)(route.address()).status_code for method in UNSAFE]

    assert answers == [403] * len(UNSAFE)
    assert Event.objects.count() == events


def hold_headers(response: Any, *, csp: str = "default-src 'none'") -> None:
    assert {name: response.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert csp in response.headers["Content-Security-Policy"]
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.fixture
def rfc() -> RFC:
    board()
    return rfc_in("assessment")


def test_pages_answers_of_the_api_downloads_and_errors_carry_the_headers(rfc: RFC) -> None:
    client = client_of(rfc.owner)
    statuses = {}
    for path in (
        reverse("queue"),
        reverse("rfc-page", args=[rfc.number]),
        reverse("rfc-markdown", args=[rfc.number]),
        reverse("rfc-list-csv"),
        reverse("people"),
        reverse("api-rfcs"),
        reverse("api-docs"),
        reverse("api-health"),
        "/nowhere/",
        "/api/v1/nowhere/",
        "/static/css/tokens.css",
    ):
        response: Any = client.get(path)
        hold_headers(response)
        statuses[path] = response.status_code
        if response.streaming:
            b"".join(response.streaming_content)  # to its end, so that files are closed
    assert sorted(set(statuses.values())) == [200, 401, 403, 404]
    hold_headers(Client().get(reverse("login")))


def test_defect_of_ours_answers_with_the_headers_and_without_details(rfc: RFC, monkeypatch: Any) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("canary of a traceback")

    monkeypatch.setattr(RFC, "number", property(broken))
    client = client_of(rfc.owner)
    client.raise_request_exception = False

    response = client.get(f"/rfcs/RFC-{rfc.pk:04d}/")

    assert response.status_code == 500
    assert b"canary of a traceback" not in response.content
    hold_headers(response)


def test_over_https_the_browser_is_told_to_stay_there() -> None:
    with override_settings(SECURE_HSTS_SECONDS=31_536_000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True):
        response = Client().get(reverse("login"), secure=True)

    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_deploy_check_is_clean_under_the_settings_of_production() -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "BREAKWATER_ENV": "production",
        "SECRET_KEY": "fjw84hfKJH-34jfkl-3489fh_kJHFKJ39-3hf98Hkjh3-kjhKJHk39845",
        "ALLOWED_HOSTS": "breakwater.example.org",
        "PORTAL_URL": "https://breakwater.example.org",
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "EMAIL_URL": "smtp+tls://user:secret@mail.example.org:587",
    }
    command = [sys.executable, "-W", "ignore", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


def test_misspelt_environment_is_refused_before_it_counts_as_the_demo() -> None:
    environment = {"PATH": os.environ["PATH"], "BREAKWATER_ENV": "prod"}
    command = [sys.executable, "manage.py", "check"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].endswith("BREAKWATER_ENV is 'prod'; say demo, test or production.")


def test_cookies_are_out_of_reach_of_scripts() -> None:
    assert (settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE) == (True, "Lax")
