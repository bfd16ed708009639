"""A plugin of pytest: PostgreSQL and Valkey for the run, before the settings are read; no network but our own.

Each run takes the first free folder var/test/<n>, so runs at the same time do not meet, and keeps its data
for the next run. The workers of pytest-xdist use the servers of the run that started them, each with its own
test database (pytest-django sees to it) and its own Redis database.
"""

import itertools
import os
import re
import socket
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from governance import embedded, tether

FOLDER = embedded.ROOT / "var" / "test"
NO_SERVERS = {"-h", "--help", "--version", "-V", "--fixtures", "--markers"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the servers before pytest-django reads the settings, and stop them when pytest ends."""
    os.environ.setdefault("BREAKWATER_ENV", "test")
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ["REDIS_URL"] = own_redis_database(os.environ["REDIS_URL"], worker)
    elif not NO_SERVERS & set(sys.argv):
        start_servers(early_config)
    stay_home()
    return (yield)


def start_servers(config: pytest.Config) -> None:
    """Take a free folder and set the variables that name its servers; one sentence when they do not start."""
    try:
        servers, addresses = first_free()
    except tether.CannotStart as reason:
        pytest.exit(f"The tests' servers cannot start: {reason}", returncode=3)
    config.add_cleanup(servers.stop)
    os.environ.update(addresses)
    os.environ["BREAKWATER_VAR"] = str(servers.folder)


def first_free() -> tuple[embedded.Servers, dict[str, str]]:
    """Start the servers of the first folder that no other run owns."""
    for number in itertools.count(1):
        folder = FOLDER / str(number)
        if not embedded.is_owned(folder):
            servers = embedded.Servers(folder, durable=False)
            return servers, servers.start(f"A test run in {folder}")
    raise AssertionError  # the count has no end


def own_redis_database(url: str, worker: str) -> str:
    """The address with the database of this worker: gw0 has the second, the controller the first."""
    number = int(re.sub(r"\D", "", worker) or 0) + 1
    return urlsplit(url)._replace(path=f"/{number % 16}").geturl()


# No network ---------------------------------------------------------------------------------------------


def stay_home() -> None:
    """Refuse every connection beyond this machine and the servers that the environment names."""
    named = (urlsplit(os.environ.get(name, "")).hostname for name in ("DATABASE_URL", "REDIS_URL"))
    home = {"localhost", "127.0.0.1", "::1", "", "0.0.0.0", "::"} | {host for host in named if host}  # noqa: S104

    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            refuse_unless_home(str(arguments[1][0]), home)
        elif event == "socket.getaddrinfo" and arguments[0] is not None:
            refuse_unless_home(str(arguments[0]), home | {socket.gethostname()})

    sys.addaudithook(guard)


def refuse_unless_home(host: str, home: set[str]) -> None:
    """Raise for a host elsewhere; 127.x.y.z is here."""
    if host not in home and not host.startswith("127."):
        raise PermissionError(f"a test tried to reach {host}, and tests stay on this machine")
