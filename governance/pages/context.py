"""What every page knows; a page that does not show it does not ask for it (templates call what is callable)."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from governance.pages.record.subject import person
from rfcs.delivery import outbox
from rfcs.states import AUDITORS, STEWARDS
from rfcs.teams import teams_of


def shell(request: HttpRequest) -> dict[str, Any]:
    return {
        "version": settings.VERSION,
        "single_sign_on": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        "unread_messages": partial(_unread, request),
        "sees_deliveries": lambda: bool(teams_of(request.user) & {STEWARDS, AUDITORS}),
        "reads_only": lambda: AUDITORS in teams_of(request.user),
    }


def _unread(request: HttpRequest) -> int:
    return outbox.unread_count(person(request)) if request.user.is_authenticated else 0
