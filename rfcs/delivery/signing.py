"""Standard Webhooks (standardwebhooks.com): what is signed, and how a secret looks. Pure."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def headers(uid: str, at: datetime, body: str, keys: Iterable[str]) -> dict[str, str]:
    """What goes with the body: its id, the second of this try, and a signature under each of the keys."""
    moment = str(int(at.timestamp()))
    signatures = " ".join(f"v1,{_signature(f'{uid}.{moment}.{body}', key)}" for key in keys)
    return {"webhook-id": uid, "webhook-timestamp": moment, "webhook-signature": signatures}


def _signature(text: str, key: str) -> str:
    raw = base64.b64decode(key.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(raw, text.encode(), hashlib.sha256).digest()).decode()
