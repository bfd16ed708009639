"""What an ID token says, once everything about it holds (OpenID Connect Core, 3.1.3.7). No Django here."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ALGORITHMS = {"RS256": RSAPublicKey, "ES256": EllipticCurvePublicKey}
"""Never what the token names: none, and a public key as an HMAC's secret, are the oldest forgeries there are."""
LEEWAY = timedelta(seconds=60)
"""How far the provider's clock may be off."""
SHORTEST_RSA = 2048
LONGEST_SUBJECT = 191
"""Of allauth's table; the standard allows 255, and providers use 40."""


class Untrusted(Exception):
    """This token proves nothing; the text says why, for the log of whoever runs the portal."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What was asked for."""

    issuer: str
    client_id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Claims:
    """Who came, by the provider's word."""

    subject: str
    email: str = ""
    """Empty unless the provider verified it."""
    unverified_email: str = ""
    authenticated_at: datetime | None = None
    """When the person proved to the provider who they are, UTC; None when it does not say."""
    methods: frozenset[str] = frozenset()
    """How, in the words of RFC 8176."""

    @property
    def had_second_factor(self) -> bool:
        return "mfa" in self.methods


def read(token: str, keys: object, *, expected: Expected, now: datetime) -> Claims:
    """The claims of a token that one of these keys (the provider's JWKS) signed. Raises Untrusted."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm = str(header.get("alg"))
        if algorithm not in ALGORITHMS:
            raise Untrusted(f"algorithm {algorithm[:20]}")
        key = _key(keys, header.get("kid"), algorithm)
        said = jwt.decode(token, key, algorithms=[algorithm], options=OURS)
    except jwt.PyJWTError as error:
        raise Untrusted(type(error).__name__) from error
    _require(said, expected, now)
    return _claims(said)


OURS: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False, "verify_iss": False}
"""PyJWT checks the signature; times are held against the database's clock, and the rest against what was asked."""


def _key(keys: object, kid: object, algorithm: str) -> Any:
    """The key that the token names; without a name, the only one that can be meant."""
    entries = keys.get("keys") if isinstance(keys, Mapping) else None
    rows = [row for row in entries if isinstance(row, Mapping)] if isinstance(entries, list) else []
    fitting = [row for row in rows if _fits(row, algorithm) and (kid is None or row.get("kid") == kid)]
    if len(fitting) != 1:
        raise Untrusted("no such key" if not fitting else "several keys")
    key = jwt.PyJWK(dict(fitting[0]), algorithm=algorithm).key
    if not isinstance(key, ALGORITHMS[algorithm]):
        raise Untrusted("key of another kind")
    if isinstance(key, RSAPublicKey) and key.key_size < SHORTEST_RSA:
        raise Untrusted("key too short")
    return key


def _fits(row: Mapping[str, Any], algorithm: str) -> bool:
    kind = "RSA" if algorithm == "RS256" else "EC"
    return row.get("kty") == kind and row.get("use", "sig") == "sig" and row.get("alg", algorithm) == algorithm


def _require(said: Mapping[str, Any], expected: Expected, now: datetime) -> None:
    audiences = said.get("aud") if isinstance(said.get("aud"), list) else [said.get("aud")]
    if said.get("iss") != expected.issuer:
        raise Untrusted("issuer")
    if expected.client_id not in (audiences or []):
        raise Untrusted("audience")
    if (len(audiences or []) > 1 or "azp" in said) and said.get("azp") != expected.client_id:
        raise Untrusted("authorized party")
    if not hmac.compare_digest(str(said.get("nonce", "")).encode(), expected.nonce.encode()):
        raise Untrusted("nonce")
    if _moment(said, "exp") <= now - LEEWAY:
        raise Untrusted("expired")
    if _moment(said, "iat") > now + LEEWAY or ("nbf" in said and _moment(said, "nbf") > now + LEEWAY):
        raise Untrusted("not yet")


def _claims(said: Mapping[str, Any]) -> Claims:
    subject = said.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\0" in subject:
        raise Untrusted("subject")
    email = said.get("email")
    address = email if isinstance(email, str) and 0 < len(email) <= 254 and email.isprintable() else ""
    is_verified = said.get("email_verified") in (True, "true")  # some providers send the word
    methods = said.get("amr")
    return Claims(
        subject,
        email=address if is_verified else "",
        unverified_email="" if is_verified else address,
        authenticated_at=_moment(said, "auth_time") if "auth_time" in said else None,
        methods=frozenset(str(method) for method in methods) if isinstance(methods, list) else frozenset(),
    )


def _moment(said: Mapping[str, Any], name: str) -> datetime:
    seconds = said.get(name)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Untrusted(f"{name} is no time")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise Untrusted(f"{name} is no time") from error
