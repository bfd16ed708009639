from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection

from tests.api.conftest import Caller


@pytest.mark.django_db
def test_health_needs_no_credentials_and_asks_both_servers() -> None:
    answer = Caller(None).get("health/")
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in ("live", "ready", "database")} == {
        "live": True,
        "ready": True,
        "database": "ok",
    }


@pytest.mark.django_db
def test_absent_redis_is_told_and_does_not_count(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = Caller(None).get("health/")
    assert (answer.status_code, answer.json()["redis"], answer.json()["ready"]) == (200, "away", True)


def test_absent_database_answers_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", away)
    answer = Caller(None).get("health/")
    assert (answer.status_code, answer.json()["database"], answer.json()["live"]) == (503, "away", True)
