"""How a receiver checks a webhook of Breakwater: Standard Webhooks, in plain Python. Copy it.

    call = Receiver(["whsec_..."]).read(headers, body)

`body` is the request's body as bytes, before anything parsed it. Answer 2xx once it is stored, else it comes again.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, MutableSet, Sequence
from typing import Any

TOLERANCE = 300
"""Seconds that the sender's clock and the way may differ: an older call is a replay."""


class NotOurs(Exception):
    """The call is not to be believed; answer 400."""


class Receiver:
    def __init__(
        self,
        secrets: Sequence[str],
        *,
        seen: MutableSet[str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`secrets`: the present one, and during a rotation the next one too. `seen`: ids; keep them for a day."""
        self.keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
        self.seen = set() if seen is None else seen
        self.clock = clock

    def read(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
        """What the call says; None for one that was here before. NotOurs when it is forged, altered or too old."""
        plain = {name.lower(): value for name, value in headers.items()}
        try:
            uid, moment = plain["webhook-id"], int(plain["webhook-timestamp"])
            given = [part.removeprefix("v1,") for part in plain["webhook-signature"].split() if part.startswith("v1,")]
        except (KeyError, ValueError):
            raise NotOurs("headers are missing") from None
        if abs(self.clock() - moment) > TOLERANCE:
            raise NotOurs("too old")
        content = b".".join((uid.encode(), str(moment).encode(), body))
        wanted = [base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() for key in self.keys]
        if not any(hmac.compare_digest(one, other) for one in wanted for other in given):
            raise NotOurs("no signature fits")
        if uid in self.seen:
            return None
        self.seen.add(uid)
        said: dict[str, Any] = json.loads(body)
        return said
