"""The accounts of the demo as a newcomer needs them: a fresh API token for each, and the file that lists them."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TypedDict

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from governance.api.tokens import mint
from governance.demo.people import PASSWORD, PEOPLE
from governance.models import LONGEST_SIGNING_LIFE, AccessToken, Scope
from rfcs.models import Package
from rfcs.states import AUDITORS
from rfcs.teams import teams_of

TOKEN_NAME = "demo"  # noqa: S105 - the name of a token, not the token
ENGINEER, PACKAGE_OWNER = "engineer", "package_owner"


class Account(TypedDict):
    """One line of demo.json."""

    username: str
    password: str
    token: str
    roles: list[str]


@transaction.atomic
def renew() -> list[Account]:
    """Replace every demo account's token by a fresh one; the accounts with what opens them."""
    users = {user.username: user for user in User.objects.filter(username__in=[person.username for person in PEOPLE])}
    AccessToken.objects.filter(user__in=users.values(), name=TOKEN_NAME).delete()
    return [_account(users[person.username]) for person in PEOPLE if person.username in users]


def publish(accounts: list[Account]) -> Path:
    """Write var/demo.json: whole or not at all, readable by this user only."""
    path: Path = settings.VAR / "demo.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"url": settings.PORTAL_URL, "accounts": accounts}, indent=2, ensure_ascii=False)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".demo-", suffix=".json")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return path


def roles_of(user: User) -> list[str]:
    """Team slugs, and the roles that no team stands for: everybody but a mere auditor is an engineer."""
    teams = sorted(teams_of(user))
    engineer = [] if teams == [AUDITORS] else [ENGINEER]
    owns = Package.objects.filter(Q(owners=user) | Q(owner_teams__in=user.groups.all())).exists()
    return [*engineer, *teams, *([PACKAGE_OWNER] if owns else [])]


def _account(user: User) -> Account:
    roles = roles_of(user)
    scopes = [Scope.READ] if roles == [AUDITORS] else list(Scope)
    _, token = mint(user, name=TOKEN_NAME, scopes=scopes, password_ok=True, life=LONGEST_SIGNING_LIFE, tells=False)
    return {"username": user.username, "password": PASSWORD, "token": token, "roles": roles}
