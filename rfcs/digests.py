"""What a signature binds to, as SHA-256 over canonical JSON. Pure.

The material digest covers the fields that the policy calls material, the track, the checklist's definition
and the policy's version; a team's scope digest covers its share of that. Ticks, evidence, comments and the
Approval section are never part of either (process-table, Digests).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from rfcs.content import Content
from rfcs.policy import Policy

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no blanks and no escapes: the same bytes for the same facts."""
    return _encode(value).encode("utf-8", "surrogatepass")


def sha256(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def material_digest(content: Content, *, track: str, policy: Policy, version: int) -> str:
    """Digest of all that the board signs; hexadecimal, 64 characters."""
    return sha256(_facts(content, policy.material_fields, _frame(track, policy, version)))


def scope_digest(team: str, content: Content, *, track: str, policy: Policy, version: int) -> str:
    """Digest of what one team signs: its scope, and the frame that is every team's."""
    return sha256({"team": team} | _facts(content, policy.scope(team), _frame(track, policy, version)))


def _frame(track: str, policy: Policy, version: int) -> Mapping[str, Any]:
    checklist = [[item.slug, item.phase, item.kind, item.text] for item in policy.checklist]
    return {"track": track, "policy": version, "checklist": checklist}


def _facts(content: Content, names: Iterable[str], frame: Mapping[str, Any]) -> dict[str, Any]:
    stored = content.json() | {"answers": content.answered}
    return {"frame": dict(frame), "fields": {name: stored[name] for name in names}}
