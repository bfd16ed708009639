"""The same call once: what a client repeats under one `Idempotency-Key` is answered as it was the first time.

Key, effect and answer are one transaction: whatever process dies in between, the call happened and its answer is kept,
or neither. Two at once wait for each other on the key's row. Refusals changed nothing and are not kept.
"""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from governance.models import KeptAnswer
from rfcs import clock
from rfcs.errors import Refused, not_ready
from rfcs.sealing import seal, unseal

if TYPE_CHECKING:
    from django.http import HttpRequest

HEADER = "Idempotency-Key"
LIFE = timedelta(hours=24)
LONGEST = 200
SEALED_FOR = "answers"
REPLAYED = "Idempotency-Replayed"


class Kept(APIException):
    """Not an error: the answer of the first call, on its way past the view."""

    def __init__(self, row: KeptAnswer) -> None:
        super().__init__()
        self.row = row

    def answer(self) -> Response:
        body = json.loads(unseal(SEALED_FOR, self.row.sealed_body))
        return Response(body, status=self.row.status, headers={REPLAYED: "true"})


def is_asked(request: HttpRequest) -> bool:
    """A key counts for calls that change something and come as JSON."""
    is_json = request.content_type in ("application/json", "")
    return HEADER in request.headers and request.method not in SAFE_METHODS and is_json


def begin(request: Request) -> KeptAnswer:
    """Claim the key for this call; Kept when it was answered before. Call it in the transaction of the effect."""
    key = request.headers[HEADER]
    if not (1 <= len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise ValidationError({HEADER: [f"Use 1 to {LONGEST} printable ASCII characters, best a UUID."]})
    person, now, route = request.user, clock.now(), f"{request.method} {request.path}"
    assert person.is_authenticated, "a key is claimed once it is known whose it is"
    digest = sha256(request._request.body).hexdigest()
    mine = KeptAnswer.objects.filter(person=person, route=route, key=key)
    mine.filter(at__lte=now - LIFE).delete()
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(person=person, route=route, key=key, digest=digest, at=now)
    except IntegrityError:  # another call has it, and its transaction is over by now
        row = mine.get()
    if row.digest != digest:
        message = "This key came with another body before; a new call needs a new key."
        raise Refused(not_ready("key_reused", message, field=HEADER, who="you"))
    raise Kept(row)


def end(row: KeptAnswer, response: Any) -> None:
    """Keep the answer of a call that did something; a refusal is asked again."""
    if isinstance(response, Response) and 200 <= response.status_code < 300 and response.data is not None:
        row.status = response.status_code
        row.sealed_body = seal(SEALED_FOR, JSONRenderer().render(response.data).decode())
        row.save(update_fields=["status", "sealed_body"])
    else:
        row.delete()


def collect() -> int:
    """Remove answers of yesterday; their number."""
    return KeptAnswer.objects.filter(at__lte=clock.now() - LIFE).delete()[0]
