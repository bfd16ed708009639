"""A provider of single sign-on for tests: an HTTP server on the loopback with real keys, strict about what it is asked,
and able to lie in every way that a test names."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.test import Client
from django.urls import reverse

CLIENT, SECRET = "breakwater", "s3cret+/% of the client"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - it is to be refused
CURVE = ec.generate_private_key(ec.SECP256R1())


def jwk(key: Any, kid: str | None = "one", **more: Any) -> dict[str, Any]:
    """The public half, as a provider publishes it."""
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    row: dict[str, Any] = algorithm.to_jwk(key.public_key(), as_dict=True)
    return {name: value for name, value in row.items() if name != "key_ops"} | ({"kid": kid} if kid else {}) | more


def rs256(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "one"})


@dataclass
class Provider:
    """What it says of the person who logs in, and how it says it; a test changes any of it."""

    url: str = ""
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "ada-1", "email": "ada@example.org", "email_verified": True}
    )
    lies: dict[str, Any] = field(default_factory=dict)
    """Claims that stand in the token whatever is true; None takes one out."""
    sign: Callable[[dict[str, Any]], str] = rs256
    keys: list[Any] = field(default_factory=lambda: [jwk(KEY)])
    description: dict[str, Any] = field(default_factory=dict)
    """What its description says otherwise; None takes a field out."""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Paths with an answer of their own: a status and a body."""
    waits: dict[str, float] = field(default_factory=dict)
    """Paths with seconds between the head and the body of an answer."""
    has_session: bool = False
    """Whether the person is logged in there already, so that nothing is asked (unless `prompt=login`)."""
    shows_page: bool = False
    """For a browser: a page with a button, instead of an answer at once."""
    skew: float = 0
    """Seconds by which its clock is ahead."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    """What the portal asked for, request by request."""
    tokens: int = 0
    """How often a code was exchanged, with or without success."""

    def describe(self) -> dict[str, Any]:
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        } | self.description
        return {name: value for name, value in said.items() if value is not None}

    def authorize(self, asked: dict[str, str]) -> str:
        """The address that leads back, with a code."""
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked | {"at": str(self._auth_time(asked))}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.url})}"

    def _auth_time(self, asked: dict[str, str]) -> int:
        is_asked = not self.has_session or asked.get("prompt") == "login"
        return int(time.time() + self.skew - (0 if is_asked else 7_200))

    def exchange(self, sent: dict[str, str], authorization: str | None) -> tuple[int, dict[str, Any]]:
        """A code counts once, for who asked for it and holds the verifier."""
        self.tokens += 1
        asked = self.codes.pop(sent.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        if _client(sent, authorization) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        if asked is None or sent["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if challenge.rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "never used", "token_type": "Bearer", "id_token": self.sign(self._claims(asked))}

    def _claims(self, asked: dict[str, str]) -> dict[str, Any]:
        now = int(time.time() + self.skew)
        said: dict[str, Any] = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        said |= {"auth_time": int(asked["at"])} | self.person | self.lies
        return {name: value for name, value in said.items() if value is not None}


def _client(sent: dict[str, str], authorization: str | None) -> tuple[str, str]:
    if authorization is None:
        return sent.get("client_id", ""), sent.get("client_secret", "")
    name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
    return unquote_plus(name), unquote_plus(secret)


@contextmanager
def running() -> Iterator[Provider]:
    """It listens on a free port of the loopback until the block ends."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _get(self, provider)

        def do_POST(self) -> None:
            _post(self, provider)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _get(handler: BaseHTTPRequestHandler, provider: Provider) -> None:
    where = urlsplit(handler.path)
    asked = {name: values[0] for name, values in parse_qs(where.query).items()}
    if where.path in provider.answers:
        _send(handler, provider, *provider.answers[where.path])
    elif where.path == "/.well-known/openid-configuration":
        _send(handler, provider, 200, json.dumps(provider.describe()).encode())
    elif where.path == "/keys":
        _send(handler, provider, 200, json.dumps({"keys": provider.keys}).encode())
    elif where.path == "/authorize" and provider.shows_page and "pressed" not in asked:
        _send(handler, provider, 200, _login_page(asked), kind="text/html; charset=utf-8")
    elif where.path == "/authorize":
        handler.send_response(302)
        handler.send_header("Location", provider.authorize(asked))
        handler.end_headers()
    else:
        _send(handler, provider, 404, b"{}")


def _login_page(asked: dict[str, str]) -> bytes:
    fields = "".join(f'<input type="hidden" name="{n}" value="{html.escape(v)}">' for n, v in asked.items())
    button = '<button name="pressed" value="1">Log in as Ada</button>'
    head = '<html lang="en"><title>Company login</title><h1>Company login</h1>'
    return f"{head}<form>{fields}{button}</form></html>".encode()


def _post(handler: BaseHTTPRequestHandler, provider: Provider) -> None:
    body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
    sent = {name: values[0] for name, values in parse_qs(body).items()}
    status, said = provider.exchange(sent, handler.headers["Authorization"])
    own = provider.answers.get(urlsplit(handler.path).path)
    _send(handler, provider, *(own or (status, json.dumps(said).encode())))


def _send(
    handler: BaseHTTPRequestHandler, provider: Provider, status: int, body: bytes, kind: str = "application/json"
) -> None:
    """The head at once; the body after the seconds that a test wants, a byte each second."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Location", f"{provider.url}/elsewhere") if 300 <= status < 400 else None
    handler.end_headers()
    wait = provider.waits.get(urlsplit(handler.path).path, 0)
    try:
        for second in range(int(wait)):
            handler.wfile.write(body[second : second + 1])
            handler.wfile.flush()
            time.sleep(1)
        handler.wfile.write(body[int(wait) :])
    except OSError:
        pass  # who asked has gone


# A browser without a browser ------------------------------------------------------------------------------------


def leave(client: Client, name: str = "provider-login", **said: str) -> str:
    """Press the button; the address that the browser is sent on to."""
    page = client.post(reverse(name), said)
    assert page.status_code == 200, page
    return str(page["Refresh"]).partition("url=")[2]


def arrive(client: Client, address: str) -> Any:
    """What the browser does: go there, and come back with what the provider gives it."""
    back = urlsplit(requests.get(address, allow_redirects=False, timeout=60).headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def come(client: Client | None = None, name: str = "provider-login", **said: str) -> Any:
    used = client or Client()
    return arrive(used, leave(used, name, **said))
