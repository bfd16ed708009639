"""The key that signs bundles (Ed25519): from SIGNING_KEY, or made once for a demo or a test.

A key's id is the beginning of the SHA-256 of its public half; keys of the past stay published, so that old bundles can
be checked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

MISSING = (
    "This portal has no key to sign with. An operator makes one with `manage.py signing_key` and sets SIGNING_KEY."
)
SEED = 32
"""Bytes of a private key, and of a public one."""


class NoKey(Exception):
    """There is no usable key; the message is a sentence for an operator."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half that everybody may know."""

    raw: bytes

    @property
    def id(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()[:16]

    @property
    def text(self) -> str:
        return encoded(self.raw)

    @property
    def pem(self) -> str:
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key; never printed but by `manage.py signing_key`."""

    seed: bytes

    def __repr__(self) -> str:
        return f"SigningKey({self.public.id})"

    @property
    def public(self) -> PublicKey:
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return PublicKey(key.public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def new() -> SigningKey:
    return SigningKey(os.urandom(SEED))


def is_missing() -> bool:
    """Production signs with the key that it was given, or not at all."""
    return bool(settings.PRODUCTION and not settings.SIGNING_KEY)


def current() -> SigningKey:
    """The key that signs now. Raises NoKey."""
    if is_missing():
        raise NoKey(MISSING)
    if settings.SIGNING_KEY:
        return SigningKey(_bytes(settings.SIGNING_KEY, "SIGNING_KEY"))
    return SigningKey(_kept(Path(settings.VAR) / "signing-key"))


def published() -> Iterator[tuple[PublicKey, bool]]:
    """Every public key that ever signed, each with whether it signs now. Raises NoKey for one that is none."""
    if not is_missing():
        yield current().public, True
    for text in settings.SIGNING_KEYS_PAST:
        yield PublicKey(_bytes(text, "SIGNING_KEYS_PAST")), False


def _bytes(text: str, setting: str) -> bytes:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != SEED:
        raise NoKey(f"{setting} is no key: it holds {SEED} bytes as base64, as `manage.py signing_key` prints them.")
    return raw


def _kept(path: Path) -> bytes:
    """The key of a machine without settings; web and worker may come at once, and the first makes it for both."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix="signing-key-") as made:  # readable by its owner only
            made.write(encoded(new().seed).encode())
            made.flush()
            with suppress(FileExistsError):
                os.link(made.name, path)
    return _bytes(path.read_text(encoding="ascii"), str(path))
