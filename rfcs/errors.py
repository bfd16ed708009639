"""The one expected failure: something was refused, with every reason at once."""

import dataclasses
import re
from dataclasses import asdict, dataclass
from enum import IntEnum


class Kind(IntEnum):
    """Why, as the status that the API answers; where several apply the first in this order wins."""

    UNAUTHENTICATED = 401
    HIDDEN = 404
    FORBIDDEN = 403
    NOT_NOW = 409
    NOT_READY = 422


PRECEDENCE = tuple(Kind)


SAID = ("code", "message", "field", "who")
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Reason:
    """One obstacle: a stable code, a sentence to act on, the field it is about, and who can remove it."""

    code: str
    message: str
    field: str = ""
    who: str = ""
    kind: Kind = Kind.NOT_NOW
    thing: str = dataclasses.field(default="", compare=False)
    """What it is about in a few words, for a page that names many such things in one list."""

    def as_json(self) -> dict[str, str]:
        """As answers and the record have it; a sentence may quote what was typed, which no row may be able to hold."""
        facts = asdict(self).items()
        return {key: UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value) for key, value in facts if key in SAID}


class Refused(Exception):
    """Raised with all reasons that stand in the way; nothing has been changed."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(reason.message for reason in reasons))
        self.reasons = reasons

    @property
    def status(self) -> int:
        kinds = {reason.kind for reason in self.reasons}
        return next((int(kind) for kind in PRECEDENCE if kind in kinds), int(Kind.NOT_NOW))


def forbidden(message: str, *, who: str = "", code: str = "forbidden") -> Reason:
    return Reason(code, message, who=who, kind=Kind.FORBIDDEN)


def not_ready(code: str, message: str, *, field: str = "", who: str = "the owner", thing: str = "") -> Reason:
    return Reason(code, message, field=field, who=who, kind=Kind.NOT_READY, thing=thing)
