"""What people can be told: every kind of message, what it says, and which channels a person may switch off. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Notice(StrEnum):
    """The kinds; the values are wire values, and stand on every message."""

    REVIEW_ASKED = "review_asked"
    SIGN_OFF_VOIDED = "sign_off_voided"
    ACKNOWLEDGEMENT_ASKED = "acknowledgement_asked"
    ACTION_ASKED = "action_asked"
    REMINDER = "reminder"
    POSITION = "position"
    DECISION = "decision"
    MENTION = "mention"
    COMMENT_ON_MINE = "comment_on_mine"
    COMMENT_IN_THREAD = "comment_in_thread"
    WATCHED_MOVED = "watched_moved"
    WATCHED_THREAD = "watched_thread"
    PACKAGE_CHANGED = "package_changed"
    NEWS = "news"
    EMERGENCY = "emergency"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Facts:
    """One kind: its name, when it is sent, and what stays on whatever a person prefers."""

    label: str
    sentence: str
    keeps_in_app: bool = False
    keeps_mail: bool = False
    mail: bool = True
    """Whether it goes out by mail when a person has not chosen."""


def _asks(label: str, sentence: str) -> Facts:
    return Facts(label, sentence, keeps_in_app=True)


FACTS = {
    Notice.REVIEW_ASKED: _asks("A review waits for you", "A round asks a team of yours for its position."),
    Notice.SIGN_OFF_VOIDED: _asks("Your signature is void", "A revision changed what you had signed; sign again."),
    Notice.ACKNOWLEDGEMENT_ASKED: _asks(
        "An acknowledgement waits for you", "A breaking change touches a package that you own."
    ),
    Notice.ACTION_ASKED: _asks(
        "Something else waits for you", "A concern, an objection, an answer, or what else only you can do."
    ),
    Notice.REMINDER: _asks("Reminder", "Something that waits for you is due, or overdue."),
    Notice.POSITION: Facts(
        "A position on my RFC", "A member of a team asked took a position other than approve that asks nothing of you."
    ),
    Notice.DECISION: Facts("A decision", "A round decided about an RFC that you own."),
    Notice.MENTION: Facts("I am mentioned", "Somebody wrote your user name with an @ in a comment."),
    Notice.COMMENT_ON_MINE: Facts("A comment on my RFC", "Somebody wrote in the discussion of an RFC that you own."),
    Notice.COMMENT_IN_THREAD: Facts("A comment in a thread I am in", "Somebody answered in a thread you wrote in."),
    Notice.WATCHED_MOVED: Facts("A watched RFC moved", "An RFC, package or team that you watch has news.", mail=False),
    Notice.WATCHED_THREAD: Facts(
        "A new thread on a watched RFC", "Somebody began a thread on an RFC that you watch.", mail=False
    ),
    Notice.PACKAGE_CHANGED: _asks(
        "A package of mine changed", "A breaking change to a package that you own is implemented."
    ),
    Notice.NEWS: Facts("Other news", "What else concerns you in an RFC: a hold, an override, a delegation."),
    Notice.EMERGENCY: Facts(
        "An emergency", "An emergency was authorised, or owes something overdue.", keeps_in_app=True, keeps_mail=True
    ),
    Notice.SECURITY: Facts(
        "Your account", "Your password, tokens or rights changed.", keeps_in_app=True, keeps_mail=True
    ),
}
