"""Fixtures that every room's tests may use. The servers are started by tools/pytest_servers.py."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import HealthCheck, settings
from pytest_django.plugin import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware

from governance import embedded
from rfcs import clock
from tests import shared
from tools import template

# A busy machine is no defect: no example fails for the time it took.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A folder for servers of a test's own, below var/ because their account must be able to reach it."""
    folder = embedded.ROOT / "var" / "test" / "scratch" / uuid.uuid4().hex[:8]
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def attachments_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each test's uploads lie in a folder of its own, made when the first comes."""
    folder = tmp_path_factory.getbasetemp() / f"attachments-{uuid.uuid4().hex[:8]}"
    monkeypatch.setattr(django_settings, "ATTACHMENTS_ROOT", folder)
    return folder


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """pytest-django's own place for this: each worker's database is a copy of one that was migrated once."""
    with django_db_blocker.unblock():
        template.use()


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a machine that offers neither PostgreSQL nor Redis."""
    for name in ("DATABASE_URL", "REDIS_URL", "BREAKWATER_VAR", "PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Playwright drives the Chromium that `make test` found; root may not use the browser's own sandbox."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return browser_type_launch_args | {"args": arguments} | ({"executable_path": found} if found else {})


@pytest.fixture(autouse=True, scope="session")
def flush_past_the_triggers() -> Iterator[None]:
    """Append-only tables refuse TRUNCATE; emptying the test database between tests goes past their triggers.

    CASCADE for tables that no model of ours has: knox keeps the one of its swapped token.
    """
    flush = DatabaseOperations.execute_sql_flush

    def past_the_triggers(self: DatabaseOperations, sql_list: list[str]) -> None:
        with transaction.atomic():
            self.connection.cursor().execute("SET LOCAL session_replication_role = replica")
            flush(self, [sql.replace(";", " CASCADE;") for sql in sql_list])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", past_the_triggers)
        yield


@pytest.fixture(autouse=True, scope="session")
def static_files_are_found_once() -> Iterator[None]:
    """Each client of a test starts the middleware anew, and WhiteNoise would look at every static file each time."""
    find, found = WhiteNoiseMiddleware.add_files_from_finders, dict[str, Any]()

    def find_once(self: WhiteNoiseMiddleware) -> None:
        if not found:
            collected, self.files = self.files, found
            find(self)
            self.files = collected
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", find_once)
        yield


@pytest.fixture
def clock_shift(db: None) -> Iterator[Callable[..., None]]:
    """`clock_shift(days=2)`: from then on the test's connection is two days ahead."""
    with ExitStack() as shifts:
        yield lambda **by: shifts.enter_context(clock.shifted(timedelta(**by)))


@pytest.fixture
def clock_stands(db: None) -> None:
    """However slow the machine is, no time passes but by `clock_shift`."""
    shared.stop_the_clock()
