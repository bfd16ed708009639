"""One HTTP POST to an address that was looked at: no second look-up, no redirect, not for long, not much read."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping

from rfcs.delivery.targets import Resolver, Target, parse, resolve

SECONDS = 10.0
"""For the whole call, however slowly the other side speaks."""
MOST_READ = 1_000


class Failed(OSError):
    """The receiver did not take it; `status` is what it answered, if it did."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


def post(
    url: str,
    body: str,
    headers: Mapping[str, str],
    *,
    private: Iterable[str] = (),
    resolver: Resolver | None = None,
    seconds: float = SECONDS,
) -> int:
    """The status, 200 to 299; Failed or OSError otherwise, targets.Unfit for where nothing is sent."""
    private = tuple(private)
    target = parse(url, private)
    line = _Line(target, resolve(target, private, resolver), seconds)
    try:
        with _cut_after(seconds, line):
            status, said = _asked(line, target, body, headers)
    except (http.client.HTTPException, ValueError) as error:
        raise Failed(f"The answer is no HTTP: {str(error) or type(error).__name__}") from error
    finally:
        line.close()
    if 300 <= status < 400:
        raise Failed(f"It answered {status}, a redirect, and none is followed.", status)
    if not 200 <= status < 300:
        raise Failed(f"It answered {status}: {said}" if said else f"It answered {status}.", status)
    return status


def _asked(line: _Line, target: Target, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
    line.request("POST", target.path, body.encode(), {"Host": target.authority, "Connection": "close", **headers})
    answer = line.getresponse()
    text = "" if 200 <= answer.status < 300 else answer.read(MOST_READ).decode("utf-8", "replace")
    return answer.status, " ".join("".join(char if char.isprintable() else " " for char in text).split())[:200]


class _Line(http.client.HTTPConnection):
    """A connection to one address; the certificate is checked against the name."""

    def __init__(self, target: Target, address: str, seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self._target = target
        self._address = address
        self.is_late = threading.Event()

    def connect(self) -> None:
        """The call can be cut in the midst of the handshake, too: the socket is the line's own before that begins."""
        self.sock = socket.create_connection((self._address, self._target.port), self.timeout)
        secure = self._secured() if self._target.is_tls else None
        if self.is_late.is_set():
            raise TimeoutError
        if secure is not None:
            secure.do_handshake()

    def _secured(self) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        name = self._target.host
        self.sock = secure = context.wrap_socket(self.sock, server_hostname=name, do_handshake_on_connect=False)
        return secure

    def cut(self) -> None:
        """End whatever it waits for. For another thread."""
        self.is_late.set()
        with contextlib.suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def _cut_after(seconds: float, line: _Line) -> Iterator[None]:
    """End the call from outside: a socket's own timeout begins anew with every byte."""
    timer = threading.Timer(seconds, line.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        if line.is_late.is_set() or isinstance(error, TimeoutError):
            raise Failed(f"It did not answer within {seconds:g} seconds.") from error
        raise
    finally:
        timer.cancel()
