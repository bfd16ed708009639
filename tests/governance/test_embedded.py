"""The servers of a bare machine: real ones, started, killed and mended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from governance import embedded, postgres, tether

pytestmark = pytest.mark.usefixtures("bare")

HOLD = """
import pathlib, sys, time
from governance import embedded
servers = embedded.Servers(pathlib.Path(sys.argv[1]), durable=False)
print(servers.start("The holder"), flush=True)
time.sleep(600)
"""
COUNT = "SELECT count(*) FROM pg_tables WHERE tablename = 'kept'"


@pytest.fixture
def servers(data_folder: Path) -> Iterator[embedded.Servers]:
    found = embedded.Servers(data_folder, durable=False)
    yield found
    found.stop()


@pytest.fixture
def holder(data_folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the folder and runs its servers."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_folder)], stdout=subprocess.PIPE, text=True, cwd=embedded.ROOT
    )
    assert process.stdout is not None
    assert "DATABASE_URL" in process.stdout.readline()
    children = psutil.Process(process.pid).children()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    psutil.wait_procs(children, timeout=60)


def test_start_gives_a_database_of_an_ordinary_role_and_a_redis(servers: embedded.Servers) -> None:
    addresses = servers.start("A test")

    with psycopg.connect(addresses["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT current_database(), current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
        )
        assert row.fetchone() == ("breakwater", "breakwater", False)
    with redis.Redis.from_url(addresses["REDIS_URL"]) as client:
        assert client.ping()


@pytest.mark.parametrize("durable", [True, False])
def test_only_servers_of_tests_let_triggers_be_passed(data_folder: Path, durable: bool) -> None:
    servers = embedded.Servers(data_folder, durable=durable)
    may_set = "SELECT has_parameter_privilege('session_replication_role', 'SET')"
    with psycopg.connect(servers.start("A test")["DATABASE_URL"]) as connection:
        assert connection.execute(may_set).fetchone() == (not durable,)
    servers.stop()


def test_redis_refuses_who_does_not_know_the_password(servers: embedded.Servers) -> None:
    addresses = servers.start("A test")

    with (
        redis.Redis.from_url(addresses["REDIS_URL"].replace("//:", "//:not")) as client,
        pytest.raises(redis.RedisError),
    ):
        client.ping()


def test_nothing_is_left_after_stop(servers: embedded.Servers, data_folder: Path) -> None:
    others = set(psutil.Process().children())
    servers.start("A test")
    children = set(psutil.Process().children()) - others
    assert len(children) == 2

    servers.stop()

    assert not [child for child in children if child.is_running()]
    assert not (data_folder / "run" / "servers.json").exists()
    assert not embedded.is_owned(data_folder)


def test_second_start_keeps_the_data(servers: embedded.Servers) -> None:
    with psycopg.connect(servers.start("A test")["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept ()")
    servers.stop()

    with psycopg.connect(servers.start("A test")["DATABASE_URL"]) as connection:
        assert connection.execute(COUNT).fetchone() == (1,)


def test_variables_of_the_environment_win(servers: embedded.Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/breakwater")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")

    assert servers.start("A test") == {}
    assert not (servers.folder / "pg").exists()


def test_a_folder_has_one_owner(servers: embedded.Servers, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(
        tether.CannotStart, match=rf"The holder \(process {holder.pid}\) uses the data in .*: end it first"
    ):
        servers.start("A second")


def test_others_borrow_the_owners_servers(
    data_folder: Path, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREAKWATER_VAR", str(data_folder))

    with embedded.at_hand("A command"):
        borrowed = os.environ["DATABASE_URL"]
        psycopg.connect(borrowed).close()
    psycopg.connect(borrowed).close()

    assert holder.poll() is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
def test_killed_owner_takes_its_servers_along(holder: subprocess.Popen[str]) -> None:
    children = psutil.Process(holder.pid).children()
    assert sorted(child.name() for child in children) == ["postgres", "valkey-server"]

    holder.kill()

    assert psutil.wait_procs(children, timeout=60)[1] == []


def test_start_mends_what_kill_left(
    servers: embedded.Servers, data_folder: Path, holder: subprocess.Popen[str]
) -> None:
    for child in psutil.Process(holder.pid).children():
        child.kill()
    holder.kill()
    holder.wait()
    assert (data_folder / "pg" / "postmaster.pid").exists()
    assert (data_folder / "socket" / postgres.SOCKET).exists()

    psycopg.connect(servers.start("A test")["DATABASE_URL"]).close()


def test_start_ends_a_server_that_outlived_its_owner(servers: embedded.Servers, data_folder: Path) -> None:
    servers.start("A test")
    old = int((data_folder / "pg" / "postmaster.pid").read_text().splitlines()[0])
    forgotten = servers._stops.pop_all()  # as by an owner that was killed where no kernel tells its children
    (data_folder / "owner.lock").unlink()

    psycopg.connect(servers.start("A second")["DATABASE_URL"]).close()

    assert int((data_folder / "pg" / "postmaster.pid").read_text().splitlines()[0]) != old
    servers.stop()
    forgotten.close()


def test_ledger_spares_a_stranger_with_the_same_number(data_folder: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    ledger = tether.Ledger(data_folder / "processes.json")
    ledger._write({"web": [stranger.pid, time.time() - 3600]})

    assert ledger.end_leftovers() == []

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_mark_of_a_dead_server_with_a_reused_number_is_removed(servers: embedded.Servers, data_folder: Path) -> None:
    servers.start("A test")
    servers.stop()
    (data_folder / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n{data_folder / 'pg'}\n")

    psycopg.connect(servers.start("A test")["DATABASE_URL"]).close()


def test_data_half_made_is_made_again(servers: embedded.Servers, data_folder: Path) -> None:
    (data_folder / "pg.draft").mkdir()
    (data_folder / "pg.draft" / "PG_VERSION").write_text("18")

    psycopg.connect(servers.start("A test")["DATABASE_URL"]).close()


def test_data_of_another_version_is_refused_with_a_way_out(servers: embedded.Servers, data_folder: Path) -> None:
    servers.start("A test")
    servers.stop()
    (data_folder / "pg" / "PG_VERSION").write_text("9\n")

    with pytest.raises(tether.CannotStart, match=r"made by PostgreSQL 9 and this is .*: move that folder away"):
        servers.start("A test")


def test_path_too_long_for_a_socket_gets_one_elsewhere(data_folder: Path) -> None:
    deep = data_folder / ("deep" * 30)
    servers = embedded.Servers(deep, durable=False)
    url = servers.start("A test")["DATABASE_URL"]
    psycopg.connect(url).close()
    sockets = Path(url.partition("host=")[2])
    assert sockets.stat().st_mode & 0o077 == 0

    servers.stop()

    assert not sockets.exists()


def test_path_with_odd_characters_works(data_folder: Path) -> None:
    odd = data_folder / "a b, 'c' & ü"
    servers = embedded.Servers(odd, durable=False)
    addresses = servers.start("A test")

    psycopg.connect(addresses["DATABASE_URL"]).close()

    servers.stop()


def test_full_disk_is_one_sentence(data_folder: Path) -> None:
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", data_folder], check=False).returncode
    ):
        pytest.skip("only a root that may mount can make a disk that is full")
    try:
        with pytest.raises(tether.CannotStart, match="The disk is full: free some space"):
            embedded.Servers(data_folder, durable=False).start("A test")
    finally:
        subprocess.run(["umount", data_folder], check=True)


def test_failure_names_the_log_and_its_telling_line(data_folder: Path) -> None:
    log = data_folder / "web.log"
    log.write_text("first\nImportError: no module named x\nbye\n")

    assert str(tether.CannotStart.because("web failed", log)) == (
        f"web failed; the reason stands in {log}: ImportError: no module named x"
    )


def test_child_that_ignores_signals_is_killed(data_folder: Path) -> None:
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    child = tether.start([sys.executable, "-c", script], log=data_folder / "deaf.log")
    assert tether.wait_until(lambda: "deaf" in (data_folder / "deaf.log").read_text(), seconds=60)

    tether.stop(child, signal.SIGTERM, patience=0.2)

    assert child.returncode == -signal.SIGKILL
