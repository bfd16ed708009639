"""Browsers for the journeys: each person has one of their own, as at work."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.factories import PASSWORD

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's event loop runs in the thread of the test
expect.set_options(timeout=30_000)

Desk = Callable[..., Page]


@pytest.fixture(autouse=True)
def everything_is_stored(transactional_db: None) -> None:
    """The server of a journey has its own connections, so what a journey makes is really committed.

    The table of counted attempts is no model's, so it is not emptied with the others.
    """
    cache.clear()


@pytest.fixture
def desk(browser: Browser, live_server) -> Iterator[Desk]:
    """`desk(person)`: a page in that person's own browser, logged in; complaints of the page fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_desk(user: User | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        if user is not None:
            name, value = settings.SESSION_COOKIE_NAME, session_of(user)
            context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None
        )
        if user is not None:
            page.goto("/")
            expect(page.get_by_role("heading", name="My queue")).to_be_visible()
        return page

    yield open_desk
    for context in contexts:
        context.close()
    assert complaints == []


@contextmanager
def leaving(page: Page) -> Iterator[None]:
    """What is pressed in here leads to another page: go on when that one is there, with its scripts.

    A click alone promises neither. What comes next could meet the old page, cut off a form that is being sent,
    or press a button before its script listens.
    """
    with page.expect_navigation():
        yield


def session_of(user: User) -> str:
    """The key of somebody who has just sent the form of the login: a browser that shows it each time shows no more."""
    client = Client()
    client.post("/login/", {"login": user.username, "password": PASSWORD})
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def log_in(page: Page, user: User) -> None:
    """By the form, in the browser."""
    page.goto("/login/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    with leaving(page):
        page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="My queue")).to_be_visible()


@pytest.fixture
def later(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`later(hours=25)`: for every connection from now on, the portal's too, it is so much later than it really is."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)  # a browser keeps its line, not ours
    options = connections.settings["default"]["OPTIONS"]

    def shift(**by: float) -> None:
        shifted = f"-c breakwater.clock_shift={timedelta(**by).total_seconds()}_seconds"
        monkeypatch.setitem(options, "options", f"{options.get('options', '')} {shifted}".strip())
        connection.close()

    yield shift
    monkeypatch.undo()
    connection.close()
