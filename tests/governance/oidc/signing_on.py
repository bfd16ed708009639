"""What the tests of single sign-on share."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from rfcs.models import Event
from tests.factories import person
from tests.provider import Provider


def is_in(client: Client) -> bool:
    return client.get(reverse("queue")).status_code == 200


def refused() -> list[str]:
    rows = Event.objects.filter(stream="access", kind="refused").order_by("seq")
    return [reason["code"] for row in rows for reason in row.payload["reasons"]]


def linked(user: Any, provider: Provider, **more: Any) -> SocialAccount:
    row: SocialAccount = SocialAccount.objects.create(user=user, provider=provider.url, uid="ada-1", **more)
    return row


def without_password(username: str, provider: Provider) -> Any:
    user = person(username)
    user.set_unusable_password()
    user.save()
    linked(user, provider)
    return user
