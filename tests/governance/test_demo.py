"""`make demo`, whole: the real supervisor with real servers, on a port and a data folder of the test."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from governance import embedded, supervisor, tether

pytestmark = pytest.mark.usefixtures("bare")
PATIENCE = 180
"""Seconds; a machine with other work takes long to start and to end servers."""


class Demo:
    """A demo in a process group of its own, as a terminal starts it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.output = folder, port, folder / f"output-{port}"
        environment = os.environ | {"BREAKWATER_VAR": str(folder), "PORT": str(port), "BREAKWATER_ENV": "demo"}
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "governance.supervisor"],
                cwd=embedded.ROOT,
                env=environment,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self) -> float:
        """Seconds until the account table stood there."""
        begin = time.monotonic()

        def done() -> bool:
            return "Ctrl-C stops everything" in self.said() or self.process.poll() is not None

        assert tether.wait_until(done, seconds=PATIENCE, pause=0.1), self.said()
        assert self.process.poll() is None, self.said()
        return time.monotonic() - begin

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def kept_folder() -> Iterator[Path]:
    """One data folder for all demos of this file, which run in turn: only the first fills it."""
    folder = embedded.ROOT / "var" / "test" / "scratch" / f"demo-{os.getpid()}"
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def demo(kept_folder: Path) -> Iterator[Demo]:
    found = Demo(kept_folder, embedded.free_port())
    yield found
    found.end()


def left(family: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those of a family that still live after some seconds."""

    def alive() -> list[psutil.Process]:
        return [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]

    tether.wait_until(lambda: not alive(), seconds=seconds)
    return alive()


def test_demo_serves_tells_its_accounts_takes_no_second_and_ends_on_ctrl_c(demo: Demo) -> None:
    demo.wait_until_ready()
    family = demo.family()
    with urllib.request.urlopen(f"http://127.0.0.1:{demo.port}/") as reply:
        assert reply.status == 200
    account = json.loads((demo.folder / "demo.json").read_text())["accounts"][0]
    assert account["username"] in demo.said()
    assert account["password"] in demo.said()

    second = Demo(demo.folder, embedded.free_port())

    assert second.process.wait(PATIENCE) == 1
    assert re.search(rf"The portal at http://127.0.0.1:{demo.port}/ \(process \d+\) uses the data", second.said())
    assert "Traceback" not in second.said()

    os.killpg(demo.process.pid, signal.SIGINT)

    assert demo.process.wait(PATIENCE) == 0
    assert left(family, 0) == []
    assert "Traceback" not in demo.said()


def test_demo_mends_itself_after_kill_and_ends_with_a_sentence_when_one_process_dies(demo: Demo) -> None:
    """Killed, it leaves nothing that the next start does not end; there the worker is killed."""
    demo.wait_until_ready()
    family = demo.family()
    demo.process.kill()
    demo.process.wait()

    again = Demo(demo.folder, embedded.free_port())
    try:
        again.wait_until_ready()
        assert left(family, PATIENCE) == []
        family = again.family()
        next(p for p in family if "worker" in p.cmdline()).kill()

        assert again.process.wait(PATIENCE) == 1
        assert "worker ended by itself, so everything was stopped" in again.said()
        assert left(family, 0) == []
    finally:
        again.end()


def test_port_in_use_is_one_sentence(data_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        demo = Demo(data_folder, taken.getsockname()[1])
        assert demo.process.wait(PATIENCE) == 1

    assert "is in use by another program: choose another one, as in `make demo PORT=" in demo.said()
    assert "Traceback" not in demo.said()


@pytest.mark.parametrize("port", ["http", "0", "99999"])
def test_nonsense_port_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(tether.CannotStart, match=f"PORT={port} is no port"):
        supervisor._port()


def test_accounts_are_an_even_table(tmp_path: Path) -> None:
    found = tmp_path / "demo.json"
    accounts = [{"username": "ada", "password": "one", "token": "t1", "roles": ["architecture", "steward"]}]
    accounts += [{"username": "grace-long", "password": "two", "token": "t2", "roles": []}]
    found.write_text(json.dumps({"accounts": accounts}))

    assert supervisor.accounts(found) == [
        "  user        password  roles                  API token",
        "  ada         one       architecture, steward  t1",
        "  grace-long  two       engineer               t2",
    ]


def test_accounts_that_are_missing_are_said_to_be(tmp_path: Path) -> None:
    assert supervisor.accounts(tmp_path / "demo.json") == [f"There is no list of accounts in {tmp_path / 'demo.json'}."]
