"""What is shown once: on the page that a form leads to, which a reload shows without it and without doing it again."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from rfcs.models import Webhook
from rfcs.states import STEWARDS
from tests.factories import client_of, person

pytestmark = pytest.mark.django_db
KEY = re.compile(r'id="secret"[^>]*>([^<]+)<')


def keys_on(browser: Client, path: str) -> list[str]:
    return KEY.findall(browser.get(path).content.decode())


def test_key_of_a_webhook_is_shown_by_one_look_at_its_page(settings) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    browser = client_of(person("steward", STEWARDS))

    made = browser.post("/webhooks/", {"name": "Chat", "url": "http://127.0.0.1:9/x", "style": "standard"})
    waiting = str(dict(browser.session))
    (first,) = keys_on(browser, made["Location"])
    again = keys_on(browser, made["Location"])
    browser.post(f"{made['Location']}key/")
    (second,) = keys_on(browser, made["Location"])

    assert Webhook.objects.count() == 1
    assert first not in waiting
    assert again == []
    assert second != first
