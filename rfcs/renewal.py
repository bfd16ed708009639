"""What an upgrade brings to a policy that nobody ever changed.

A version lists the fields that a signature binds to. A portal that stored its first version before a field existed
would never bind signatures to that field; so its defaults are renewed, as a next version.
"""

from __future__ import annotations

from typing import Any

from rfcs import clock, events
from rfcs.models import PolicyVersion
from rfcs.policy import Policy

STREAM = "policy"
LATER = frozenset({"answers", "attachments", "risk"})
"""Fields that the document was given after the first versions were stored; a new material field is added here."""


def renew() -> PolicyVersion | None:
    """Add a next version with today's material fields and scopes; None where a board decides, or nothing is new.

    Only the first version, alone and exactly as some earlier release wrote it, is the portal's own. RFCs that are
    under way keep the version that they were submitted under, so no sign-off is voided.
    """
    with events.attempt("renew the policy", actor=None, on=STREAM):
        first = PolicyVersion.objects.select_for_update().filter(version=1).first()
        if first is None or PolicyVersion.objects.exclude(version=1).exists() or not _is_earlier_default(first.body):
            return None
        now = clock.now()
        body = first.body | _bound(Policy().json())
        renewed = PolicyVersion.objects.create(version=2, body=body, in_force_from=now)
        added = sorted(set(body["material_fields"]) - set(first.body["material_fields"]))
        events.record(STREAM, "policy.renewed", actor=None, at=now, payload={"version": 2, "added": added})
        return renewed


def _bound(body: dict[str, Any]) -> dict[str, Any]:
    """The part of a policy that says what a signature binds to."""
    return {
        "material_fields": list(body["material_fields"]),
        "scopes": {team: list(fields) for team, fields in body["scopes"].items()},
    }


def _is_earlier_default(body: dict[str, Any]) -> bool:
    """It binds to less than today's defaults do, and all that it lacks came later."""
    if not {"material_fields", "scopes"} <= body.keys():
        return False
    stored, today = _bound(body), _bound(Policy().json())
    return stored != today and _lacks_only_later(stored, today)


def _lacks_only_later(stored: dict[str, Any], today: dict[str, Any]) -> bool:
    if stored["scopes"].keys() != today["scopes"].keys():
        return False
    pairs = [(stored["material_fields"], today["material_fields"])]
    pairs += [(stored["scopes"][team], fields) for team, fields in today["scopes"].items()]
    return all(was == [name for name in now if name in was or name not in LATER] for was, now in pairs)
