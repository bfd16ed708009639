"""The provider that the environment names: where its addresses are, what is asked there, what it answers.

Nothing is kept between two logins: a key that the provider changed counts at once, and one that it withdrew does not.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

from governance.accounts.oidc import tokens
from governance.accounts.oidc.tokens import Claims, Expected, Untrusted
from rfcs import clock

CONNECT, READ, WHOLE = 3.05, 5.0, 10.0
"""Seconds: to be reached, between two pieces of an answer, and for all of it. Somebody waits for the page meanwhile."""
LARGEST = 1_000_000
"""Bytes of any answer; a set of keys has a few thousand."""
SCOPE = "openid profile email"
AT_ONCE = {"prompt": "login", "max_age": "0"}
"""Ask the person now, whatever session they have with the provider."""


class Away(Exception):
    """The provider did not answer, or not as the standard says; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What the environment says of it."""

    issuer: str
    client_id: str
    secret: str
    name: str

    def discover(self) -> Discovery:
        """Its own description. Raises Away."""
        said = fetch("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != self.issuer:
            raise Away(f"it calls itself {str(said.get('issuer'))[:200]!r}; OIDC_ISSUER says {self.issuer!r}")
        login, token = (self._address(said, f"{name}_endpoint") for name in ("authorization", "token"))
        methods = said.get("token_endpoint_auth_methods_supported")
        basic = "client_secret_basic" in methods if isinstance(methods, list) else True
        return Discovery(self, login, token, self._address(said, "jwks_uri"), basic)

    def _address(self, said: dict[str, Any], name: str) -> str:
        """An address of the description; never a plain one where the issuer's is encrypted."""
        address = said.get(name)
        if not isinstance(address, str) or not address.isascii() or not address.isprintable() or " " in address:
            raise Away(f"{name} is no address")
        schemes = ("https",) if self.issuer.startswith("https:") else ("https", "http")
        if urlsplit(address).scheme not in schemes or not urlsplit(address).hostname:
            raise Away(f"{name} is no address that can be trusted")
        return address


@dataclass(frozen=True, slots=True)
class Discovery:
    """A provider with its addresses."""

    provider: Provider
    authorization: str
    token: str
    keys: str
    basic: bool
    """Whether the secret goes into a header; else into the body."""

    def login_address(self, **more: str) -> str:
        """Where the person is sent to; `more` are state, nonce, challenge and what else is asked."""
        asked = {"response_type": "code", "client_id": self.provider.client_id, "scope": SCOPE} | more
        return f"{self.authorization}{'&' if '?' in self.authorization else '?'}{urlencode(asked)}"

    def claims(self, code: str, *, verifier: str, nonce: str, callback: str) -> Claims:
        """Exchange the code and verify what comes for it. Raises Away, or Untrusted."""
        data = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": verifier}
        client = {"client_id": self.provider.client_id, "client_secret": self.provider.secret}
        basic = (quote_plus(client["client_id"]), quote_plus(client["client_secret"])) if self.basic else None
        answer = fetch("POST", self.token, data=data if self.basic else data | client, auth=basic)
        token = answer.get("id_token")
        if not isinstance(token, str) or not token.isascii():
            raise Untrusted(f"no ID token, but {str(answer.get('error'))[:60]!r}")
        expected = Expected(self.provider.issuer, self.provider.client_id, nonce)
        return tokens.read(token, fetch("GET", self.keys), expected=expected, now=clock.now())


def configured() -> Provider | None:
    """None where the environment names no provider: then nothing of this room answers."""
    if not settings.OIDC_ISSUER:
        return None
    return Provider(settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME)


def fetch(method: str, address: str, **more: Any) -> dict[str, Any]:
    """One answer in JSON, within the limits above and without following anybody elsewhere. Raises Away.

    The body of an error (400 and above) is read, too: the token endpoint says there what it missed.
    """
    end = time.monotonic() + WHOLE
    try:
        with requests.Session() as session:
            limits: dict[str, Any] = {"timeout": (CONNECT, READ), "allow_redirects": False, "stream": True}
            with session.request(method, address, headers={"Accept": "application/json"}, **limits, **more) as answer:
                if answer.status_code >= 500 or answer.is_redirect:
                    raise Away(f"{urlsplit(address).path} answered {answer.status_code}")
                said = json.loads(_body(answer, end))
    except (requests.RequestException, HTTPError, OSError, ValueError, RecursionError) as error:
        raise Away(f"{urlsplit(address).path}: {type(error).__name__}") from error
    if not isinstance(said, dict):
        raise Away(f"{urlsplit(address).path} answered no JSON object")
    return said


def _body(answer: requests.Response, end: float) -> bytes:
    """Piece by piece as they arrive: who sends a byte a second is not waited for."""
    body = b""
    while piece := answer.raw.read1(LARGEST, decode_content=True):
        body += piece
        if len(body) > LARGEST or time.monotonic() > end:
            raise Away(f"{urlsplit(str(answer.url)).path} answered too much, or too slowly")
    return body
