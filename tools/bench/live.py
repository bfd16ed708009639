"""RFCs in review that came there by the verbs of the product: true digests and whole chains, ready to be signed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from approvals.models import Round
from approvals.standing import open_round
from governance import moves
from rfcs import editing
from rfcs.states import Scenario
from tools.bench.words import contents

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def prepare(count: int, writers: Sequence[User]) -> list[Round]:
    """`count` new RFCs, each with an open round of the board that nobody has signed."""
    made = []
    for n, content in enumerate(contents(count, seed=2)):
        by = writers[n % len(writers)]
        rfc = editing.create(by=by, content=content.with_(scenario=Scenario.API_CONTRACT.value))
        for name in ("submit", "request_review"):
            rfc = moves.make(rfc, name, by=by, inputs={})
        round_ = open_round(rfc)
        assert round_ is not None
        made.append(round_)
    return made
