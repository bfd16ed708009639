"""What several files of this room ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp

from governance.accounts.oidc import provider as asking
from tests import provider as stand_in
from tests.provider import CLIENT, SECRET, Provider


@pytest.fixture
def codes_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of authenticator apps, which show another one every half minute: the test may meet the end of it."""
    counters = list(totp.yield_hotp_counters_from_time())
    monkeypatch.setattr(totp, "yield_hotp_counters_from_time", lambda: iter(counters))


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A running provider of single sign-on, which the settings name."""
    with stand_in.running() as running:
        settings.OIDC_ISSUER, settings.OIDC_NAME = running.url, "Acme"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
        for limit in ("CONNECT", "READ", "WHOLE"):
            monkeypatch.setattr(asking, limit, 60.0)  # a busy machine is no provider that is away
        yield running
