"""`manage.py seed_demo` on an empty portal, when it must not or cannot seed."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from governance.demo import telling
from governance.demo.stories import stories
from rfcs.errors import Refused
from rfcs.models import RFC

pytestmark = pytest.mark.django_db


def test_production_is_refused(settings: Any, tmp_path: Path) -> None:
    settings.BREAKWATER_ENV, settings.VAR = "production", tmp_path

    with pytest.raises(CommandError, match="public passwords, so production does not take it"):
        call_command("seed_demo")

    assert not User.objects.exists()
    assert not (tmp_path / "demo.json").exists()


def test_failure_leaves_nothing_behind(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR = tmp_path
    first = stories()[0]
    monkeypatch.setattr(telling, "stories", lambda: (first, first))  # its steps happen twice, which the verbs refuse

    with pytest.raises(Refused, match="possible only from"):
        call_command("seed_demo")

    assert not RFC.objects.exists()
    assert not User.objects.exists()
    assert not (tmp_path / "demo.json").exists()
