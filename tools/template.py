"""The tests' database, migrated once: every worker of every run begins with a copy.

To migrate takes ten seconds of a processor, a copy half of one. The name of the template tells what it was made
from, so changed migrations or settings make a new one, and the old one goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from governance import settings

PREFIX = "breakwater_template_"
UNDER_WAY = f"{PREFIX}under_way"
LOCK = 7_305_171
"""Of PostgreSQL: workers that start together make one template."""


def use() -> None:
    """From now on Django makes its test database as a copy; the template is made first where there is none."""
    name = PREFIX + digest(sources())
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])  # until this connection ends
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        found = {row[0] for row in cursor.fetchall()}
        if name not in found:
            _make(name, cursor, old=found)
    connection.settings_dict["TEST"] |= {"TEMPLATE": name, "MIGRATE": False}


def sources() -> list[Path]:
    """Every migration of every app, and the settings."""
    folders = (Path(app.path, "migrations") for app in apps.get_app_configs())
    return [*(path for folder in folders for path in sorted(folder.glob("*.py"))), Path(settings.__file__)]


def digest(paths: Iterable[Path]) -> str:
    """Short enough for the name of a database."""
    found = hashlib.sha256(django.__version__.encode())
    for path in paths:
        found.update(f"\n{path.parent.parent.name}/{path.name}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _make(name: str, cursor: Any, *, old: set[str]) -> None:
    """Under another name until it is whole, so that a run that was stopped leaves no half of one."""
    for gone in {*old, UNDER_WAY}:
        cursor.execute(f'DROP DATABASE IF EXISTS "{gone}"')
    cursor.execute(f'CREATE DATABASE "{UNDER_WAY}"')
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = UNDER_WAY
    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
    cursor.execute(f'ALTER DATABASE "{UNDER_WAY}" RENAME TO "{name}"')
