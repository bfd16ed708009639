"""What the board's retroactive round decided, as the record keeps it. Call it under the RFC's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rfcs import events
from rfcs.models import RFC
from rfcs.obligations import owing, settling
from rfcs.states import ObligationKind

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


def ratified(rfc: RFC, round_: int, *, by: User | None, at: datetime) -> None:
    """The approval is bound to what the RFC says now, as a review would have done."""
    rfc.approved_digest, rfc.approved_revision, rfc.updated_at = rfc.material_digest, rfc.revision, at
    rfc.save(update_fields=["approved_digest", "approved_revision", "updated_at"])
    events.record(rfc.stream, "retroactive.ratified", actor=by, payload=_facts(rfc, round_), at=at)
    owing.meet(rfc, ObligationKind.RETROACTIVE_REVIEW, by=by, how="The board ratified it.")
    settling.settle(rfc, by=by)


def denied(rfc: RFC, round_: int, *, by: User | None, at: datetime) -> None:
    """From now on: roll back, or somebody of the board bears the risk."""
    events.record(rfc.stream, "retroactive.denied", actor=by, payload=_facts(rfc, round_), at=at)
    owing.denied(rfc, by=by, at=at)
    settling.settle(rfc, by=by)


def _facts(rfc: RFC, round_: int) -> dict[str, object]:
    return {"round": str(round_), "digest": rfc.material_digest}
