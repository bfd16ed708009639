"""One RFC as a row of a list (templates/components/rfc_row.html)."""

from __future__ import annotations

from typing import Any

from governance.standing import Turn
from rfcs.models import RFC
from rfcs.states import Scenario, Track
from rfcs.teams import display_name


def row_of(rfc: RFC, turn: Turn | None, *, mine: bool = False) -> dict[str, Any]:
    """What the row shows. `rfc` comes with its owner and, as `package_count`, the number of its packages."""
    return {
        "url": rfc.get_absolute_url(),
        "number": rfc.number,
        "title": rfc.title or "Untitled draft",
        "state": rfc.state,
        "state_label": rfc.get_state_display(),
        "track": "" if rfc.track == Track.STANDARD else rfc.get_track_display(),
        "scenario": Scenario(rfc.scenario).label if rfc.scenario else "No scenario yet",
        "owner": display_name(rfc.owner),
        "packages": getattr(rfc, "package_count", 0),
        "turn": f"{turn.who}: {turn.what}" if turn else "",
        "mine": mine,
        "deadline": turn.due if turn else None,
    }
