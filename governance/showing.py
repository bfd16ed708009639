"""A secret on its way to the page that shows it once: from the answer to a form, over a redirect.

The answer to a POST is repeated by a reload, and with it what the POST did. So the secret waits, sealed, in the
session, and is gone from there when the page reads it; no address and no log holds it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rfcs.sealing import seal, unseal

if TYPE_CHECKING:
    from django.http import HttpRequest

SEALED_FOR = "shown once"


def hand_on(request: HttpRequest, place: str, **shown: str) -> None:
    """For the next page that asks for this place; what waited there before is gone."""
    request.session[_key(place)] = seal(SEALED_FOR, json.dumps(shown))


def take(request: HttpRequest, place: str) -> dict[str, str]:
    """What waits for this place, this once; otherwise nothing."""
    shown: dict[str, str] = json.loads(unseal(SEALED_FOR, request.session.pop(_key(place), "")) or "{}")
    return shown


def _key(place: str) -> str:
    return f"shown:{place}"
