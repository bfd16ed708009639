"""Real receivers on the loopback for tests of delivery: an HTTP one and an SMTP one, each telling what it got."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_string
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Received:
    """What came, in order. `answer` decides: a status, or None to never answer."""

    port: int = 0
    answer: Callable[[int], int | None] = lambda number: 200
    headers: dict[str, str] = field(default_factory=dict)
    """Of the answers."""
    calls: list[tuple[dict[str, str], str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/secret-part"


@contextmanager
def http(answer: Callable[[int], int | None] = lambda number: 200, **headers: str) -> Iterator[Received]:
    """A receiver of webhooks; `answer(n)` is the status of the n-th call."""
    got = Received(answer=answer, headers={name.replace("_", "-"): value for name, value in headers.items()})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            got.calls.append((dict(self.headers), body))
            status = got.answer(len(got.calls))
            if status is None:
                got.over.wait(60)
                return
            self.send_response(status)
            for name, value in got.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    got.port = server.server_address[1]
    with _served(server):
        yield got
        got.over.set()


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@dataclass(slots=True)
class Mailbox:
    """An SMTP server that counts. `say` answers the n-th message's DATA: a line, or None to hang."""

    port: int = 0
    say: Callable[[int, str], str | None] = lambda number, to: "250 taken"
    mails: list[Any] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    accepted: threading.Event = field(default_factory=threading.Event)

    @property
    def visible(self) -> dict[str, int]:
        """By address, how many different mails it has: mail programs show one Message-ID once."""
        seen: dict[str, set[str]] = {}
        for mail in self.mails:
            seen.setdefault(mail["To"], set()).add(mail["Message-ID"])
        return {to: len(ids) for to, ids in seen.items()}


@contextmanager
def smtp(say: Callable[[int, str], str | None] = lambda number, to: "250 taken") -> Iterator[Mailbox]:
    box = Mailbox(say=say)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(ConnectionError, ValueError):
                self._talk()

        def _talk(self) -> None:
            self._say("220 here")
            to = ""
            while line := self.rfile.readline().decode("utf-8", "replace").strip():
                word = line.split(":")[0].upper()
                if word == "RCPT TO":
                    to = line.partition(":")[2].strip("<> ")
                if word == "DATA":
                    self._say("354 go on")
                    if not self._take(to):
                        return
                elif word == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 fine")

        def _take(self, to: str) -> bool:
            lines: list[str] = []
            while (line := self.rfile.readline().decode()) != ".\r\n":
                if not line:
                    return False
                lines.append(line)
            box.tried.append(to)
            answer = box.say(len(box.tried), to)
            if answer is None:
                box.over.wait(60)
                return False
            if answer.startswith("250"):
                box.mails.append(message_from_string("".join(lines)))
                box.accepted.set()
            self._say(answer)
            return True

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    box.port = server.server_address[1]
    with _served(server):
        yield box
        box.over.set()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port at which nobody listens, nor can while the block runs."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
