"""Secrets that have to be read again, stored so that a copy of the database alone does not show them."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def cipher(purpose: str) -> MultiFernet:
    """New secrets under SECRET_KEY; old ones are read under those that came before it, too."""
    return MultiFernet([_key(purpose, text) for text in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(purpose: str, text: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"breakwater.{purpose}:{text}".encode()).digest()))


def seal(purpose: str, text: str) -> str:
    return cipher(purpose).encrypt(text.encode()).decode() if text else ""


def unseal(purpose: str, sealed: str) -> str:
    """Raises cryptography's InvalidToken under a key that is gone."""
    return cipher(purpose).decrypt(sealed.encode()).decode() if sealed else ""
