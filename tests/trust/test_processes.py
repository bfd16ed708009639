"""What a test inside one process cannot show: limits that outlive it, and the very lines that web and worker write."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings

from governance.embedded import ROOT
from rfcs.models import Event
from tests.factories import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.soak]
PATIENCE = 120
GUNICORN = ["-m", "gunicorn", "governance.wsgi:application", "--worker-class", "gthread", "--threads", "2"]
WORKER = ["-m", "celery", "--app", "governance", "worker", "--pool", "solo", "--without-mingle", "--without-gossip"]
HOST = "breakwater.example.org"
HOSTILE = "\r\n2031-01-01 [info] approved \x1b[2J"


def environment(folder: Path) -> dict[str, str]:
    """Production, on this test's database."""
    database = settings.DATABASES["default"]
    host = database["HOST"] or database.get("OPTIONS", {}).get("host", "")
    return os.environ | {
        "DATABASE_URL": f"postgresql://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}?host={host}",
        "BREAKWATER_ENV": "production",
        "BREAKWATER_VAR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "SECRET_KEY": "canary-of-the-secret-key-fjw84hfKJH-34jfkl-3489fh_kJHFKJ39-3hf98Hkjh3",
        "ALLOWED_HOSTS": HOST,
        "PORTAL_URL": f"https://{HOST}",
        "EMAIL_URL": "smtp://user:canary-of-the-mail@127.0.0.1:9",
        "OIDC_ISSUER": "https://127.0.0.1:9",
        "OIDC_CLIENT_ID": "breakwater",
        "OIDC_CLIENT_SECRET": "canary-of-the-client",
    }


@contextmanager
def running(command: list[str], folder: Path, *, until: Callable[[], bool]) -> Iterator[Path]:
    """The process, its lines in a file, until the block ends."""
    log = folder / f"{command[1]}.log"
    with log.open("ab") as lines:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment(folder), stdout=lines, stderr=lines
        )
        try:
            end = time.monotonic() + PATIENCE
            while not until():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.1)
            yield log
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def web(folder: Path) -> Iterator[tuple[int, Path]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    manifest = folder / "static" / "staticfiles.json"
    if not manifest.exists():
        collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(collect, cwd=ROOT, env=environment(folder), check=True)
    with running([*GUNICORN, "--bind", f"127.0.0.1:{port}"], folder, until=lambda: _answers(port)) as log:
        yield port, log


def _answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/api/v1/health/")[0] == 200
    except OSError:
        return False


def ask(
    port: int, method: str, path: str, body: dict[str, str] | None = None, **headers: str
) -> tuple[int, str, dict[str, str]]:
    """Status, body and cookies; as a proxy hands it on."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    usual = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7", "Referer": f"https://{HOST}/"}
    if body is not None:
        usual["Content-Type"] = "application/x-www-form-urlencoded"
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, urlencode(body) if body is not None else None, usual | more)
    answer = connection.getresponse()
    text = answer.read().decode()
    cookies = dict(line.split(";")[0].split("=", 1) for line in answer.msg.get_all("Set-Cookie", []))
    connection.close()
    return answer.status, text, cookies


def log_in(port: int, login: str, password: str) -> int:
    _, page, cookies = ask(port, "GET", "/login/")
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    said = {"login": login, "password": password, "csrfmiddlewaretoken": token}
    return ask(port, "POST", "/login/", said, Cookie=f"csrftoken={cookies['csrftoken']}")[0]


def test_limit_of_guesses_survives_a_restart_of_the_process(tmp_path: Path) -> None:
    """Row 33."""
    person("ada")
    with web(tmp_path) as (port, _):
        first = [log_in(port, "ada", f"guess {n}") for n in range(6)]

    with web(tmp_path) as (port, _):
        later = log_in(port, "ada", "guess 7")

    assert (first, later) == ([401] * 5 + [429], 429)
    assert Event.objects.filter(kind="limit.reached").count() == 1


CANARIES = (
    "canary-of-the-secret-key",
    "canary-of-the-mail",
    "canary-of-the-client",
    "canary-of-a-password",
    "canary0of0a0token0canary0of0a0token",
    "canary-of-a-session",
    "canaryofareset",
    "canary-of-a-code",
    "canary-of-a-state",
)


def test_log_of_the_web_process_holds_no_secret_and_one_record_a_line(tmp_path: Path) -> None:
    """Row 35, and 22: what people send, and what the environment holds."""
    person("ada")
    with web(tmp_path) as (port, log):
        log_in(port, f"ada{HOSTILE}", "canary-of-a-password")
        log_in(port, "ada", "canary-of-a-password")
        ask(port, "GET", "/api/v1/rfcs/", Authorization="Token canary0of0a0token0canary0of0a0token")
        ask(port, "GET", "/", Cookie="sessionid=canary-of-a-session", User_Agent="Firefox <script>")
        ask(port, "GET", "/login/reset/1a-canaryofareset-0123456789/")
        ask(port, "GET", "/login/provider/back/?code=canary-of-a-code&state=canary-of-a-state")
        _, page, cookies = ask(port, "GET", "/login/")
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        away = ask(
            port, "POST", "/login/provider/", {"csrfmiddlewaretoken": token}, Cookie=f"csrftoken={cookies['csrftoken']}"
        )
        written = log.read_text()

    assert away[0] == 503
    assert [canary for canary in CANARIES if canary in written] == []
    assert "provider_away" in written
    assert "login/reset/[hidden]" in written
    hold_lines(written, of="gunicorn")


def test_log_of_the_worker_is_written_by_our_handlers(tmp_path: Path) -> None:
    """Row 35: Celery puts its own before them, unless it is told."""
    log = tmp_path / "celery.log"
    with running(WORKER, tmp_path, until=lambda: log.exists() and "ready" in log.read_text()):
        time.sleep(0.5)
    written = log.read_text()
    records = hold_lines(written, of="celery")

    assert [record["event"].split("@")[1].split()[-1] for record in records if " ready" in record["event"]] == [
        "ready."
    ]
    assert [canary for canary in CANARIES if canary in written] == []


def hold_lines(written: str, *, of: str) -> list[dict[str, Any]]:
    """Each record is one line of JSON, and nothing in it steers a terminal; the rest is of the program itself."""
    own = [line for line in written.split("\n") if line.startswith("{")]
    others = [line for line in written.split("\n") if line and not line.startswith("{")]

    assert not [line for line in own if "\x1b" in line or "<" in line or not line.isascii()]
    assert not [line for line in others if LINES_OF[of].match(line)]
    return [json.loads(line) for line in own]


LINES_OF = {"gunicorn": re.compile(r"(?!\[[^]]+\] \[\d+\] \[INFO\])"), "celery": re.compile(r"\[[^]]+/MainProcess\]")}
"""What must not be there: of gunicorn all but its start and end, of Celery what its own handlers write."""
