"""What stands above the tabs of an emergency or hotfix: who authorised it, the clock, what was skipped and is owed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from approvals import retroactive, rounds
from approvals.models import Round, SignOff
from approvals.positions import Outcome, Position, RoundKind
from approvals.standing import asking_round
from rfcs import clock
from rfcs.authority import may_write
from rfcs.case import Case
from rfcs.models import RFC, Obligation
from rfcs.obligations import accepting, following, incident, justifying, settling
from rfcs.obligations.due import to_do
from rfcs.states import ObligationKind, State, Track

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LATER = "impact assessment, acknowledgements of package owners, testing strategy, timeline, review by the board"
SKIPPED = {Track.EMERGENCY: LATER, Track.HOTFIX: f"{LATER}; the follow-up RFC goes through all of it"}
UNTIMELY = timedelta(hours=4)
"""So close to its due time something is shown as urgent."""


@dataclass(frozen=True, slots=True)
class Countdown:
    """One clock: since when it runs, until when, and what it says at `now` (all UTC)."""

    label: str
    who: str
    since: datetime
    due: datetime
    now: datetime

    @property
    def is_over(self) -> bool:
        return self.due <= self.now

    @property
    def tone(self) -> str:
        return "danger" if self.is_over else "warning" if self.due - self.now <= UNTIMELY else "info"

    @property
    def left(self) -> str:
        """“23 h 41 min left”, “4 days 3 h left”, “Overdue for 12 min”."""
        span = spelled(abs(self.due - self.now))
        return f"Overdue for {span}" if self.is_over else f"{span} left"

    @property
    def total(self) -> int:
        return max(int((self.due - self.since).total_seconds()), 1)

    @property
    def passed(self) -> int:
        return min(max(int((self.now - self.since).total_seconds()), 0), self.total)


def spelled(span: timedelta) -> str:
    """The two largest units of a duration; static/js/countdown.js says it in the same words."""
    minutes = int(span.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days > 1:
        return f"{days} days {hours} h"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def panel(case: Case, user: User) -> dict[str, Any]:
    """What the template shows of an emergency, a hotfix, or the follow-up of one."""
    rfc, now = case.rfc, clock.now()
    rows = list(rfc.obligations.select_related("rfc__owner", "met_by", "event"))
    ahead = [row for row in rows if not row.is_met]
    return {
        "authorised": _authorised(rfc),
        "asked": _asked(rfc),
        "countdown": _countdown(ahead[0], now) if ahead else None,
        "rows": [_row(case, row, user, now) for row in rows],
        "is_paid": bool(rows) and not ahead,
        "skipped": SKIPPED.get(Track(rfc.track), "") if ahead else "",
        "denial": _denial(case, user),
        "refile": refiling(case, user),
        "acceptance": case.acceptance,
        "is_lapsed": case.has_lapsed_acceptance,
        "follow_ups": _follow_ups(rfc, user),
        "follows": _follows(rfc, user),
    }


def _countdown(row: Obligation, now: datetime) -> Countdown:
    return Countdown(row.get_kind_display(), row.who, row.event.at, row.due_at, now)


def _asked(rfc: RFC) -> Round | None:
    return asking_round(rfc) if rfc.state == State.REVIEW else None


def _authorised(rfc: RFC) -> list[SignOff]:
    """The signatures with which it was authorised."""
    rounds = Round.objects.filter(rfc=rfc, kind=RoundKind.AUTHORISATION, outcome=Outcome.APPROVED)
    said = SignOff.objects.filter(round__in=rounds[:1], position=Position.APPROVE)
    return list(said.select_related("signer", "on_behalf_of", "revision"))


def _row(case: Case, row: Obligation, user: User, now: datetime) -> dict[str, Any]:
    state = "done" if row.is_met else "failed" if row.due_at <= now else "open"
    word = {"done": "Met", "failed": "Overdue", "open": "Open"}[state]
    kind = ObligationKind(row.kind)
    return {
        "kind": row.kind,
        "title": kind.label,
        "state": state,
        "word": word,
        "row": row,
        "what": "" if row.is_met else to_do(kind, {owed.kind for owed in case.owed}),
        "is_late": row.met_at is not None and row.met_at > row.due_at,
        "lacks": [] if row.is_met else list(_lacks(case, kind)),
        **({} if row.is_met else _way(case, kind, user)),
    }


def _lacks(case: Case, kind: ObligationKind) -> Iterator[str]:
    """What stands between this moment and its being met."""
    if kind == ObligationKind.POST_HOC_JUSTIFICATION:
        yield from (reason.message for reason in justifying.why_not(case.rfc))
    elif kind == ObligationKind.RETROACTIVE_REVIEW and (blocked := rounds.blocked_afterwards(case.rfc)):
        stands = (f"{team.name}: {team.forecast}" for team in blocked.rows if team.tally.is_blocked)
        yield from (f"The review cannot pass as it stands. {sentence}" for sentence in stands)
    elif kind == ObligationKind.COMPLIANCE_CHECKLIST:
        yield from (f"{item.text}: {item.why_open}" for item in settling.open_items(case))


def _way(case: Case, kind: ObligationKind, user: User) -> dict[str, Any]:
    """Where this person fulfils it: a link, or a form with one button."""
    rfc, writes = case.rfc, may_write(case.rfc, user)
    if kind == ObligationKind.POST_HOC_JUSTIFICATION and writes:
        is_ready = not justifying.why_not(rfc)
        ready = {"post": reverse("rfc-file", args=[rfc.number]), "action": "File the full justification"}
        return ready if is_ready else {"url": reverse("rfc-edit", args=[rfc.number]), "action": "Write it"}
    if kind == ObligationKind.COMPLIANCE_CHECKLIST:
        return {"url": reverse("rfc-checklist", args=[rfc.number]), "action": "See the checklist"}
    if kind == ObligationKind.RETROACTIVE_REVIEW and _may_ask_again(rfc, user):
        return {"again": True}
    if kind == ObligationKind.RETROACTIVE_REVIEW and asking_round(rfc):
        return {"url": reverse("rfc-sign-offs", args=[rfc.number]), "action": "Ratify or deny"}
    if kind == ObligationKind.FOLLOW_UP_RFC and writes and not any(following.why_not_now(rfc)):
        return {"post": reverse("rfc-follow-up", args=[rfc.number]), "action": "Open the follow-up RFC"}
    if kind == ObligationKind.POST_INCIDENT_REVIEW:
        return {"url": reverse("rfc-incident", args=[rfc.number]), "action": _incident_action(rfc, user)}
    return {}


def _may_ask_again(rfc: RFC, user: User) -> bool:
    return not any(retroactive.why_not_again_by(rfc, user)) and rounds.blocked_afterwards(rfc) is not None


def _incident_action(rfc: RFC, user: User) -> str:
    if not rfc.incident_reviews.exists():
        return "Write the review" if may_write(rfc, user) else "See the review"
    return "Read the review" if any(incident.why_not_accepted_by(rfc, user)) else "Read and accept the review"


def refiling(case: Case, user: User) -> bool:
    """Whether this person has written on since the last filing, and something of it is still owed."""
    filed = case.rfc.obligations.filter(kind=ObligationKind.POST_HOC_JUSTIFICATION, met_at__isnull=False)
    return bool(case.unsaved_fields) and case.rfc.owes_text and may_write(case.rfc, user) and filed.exists()


def _denial(case: Case, user: User) -> dict[str, Any] | None:
    """The choice that a denial leaves, while nobody made it or an acceptance has lapsed."""
    rfc = case.rfc
    row = rfc.obligations.filter(kind=ObligationKind.DENIAL_RESOLUTION).first()
    if row is None or rfc.state == State.ROLLED_BACK or (row.is_met and not case.has_lapsed_acceptance):
        return None
    may_accept = not any(accepting.why_not_by(rfc, user))
    return {
        "may_accept": may_accept,
        "latest": accepting.latest_day(case),
        "first": case.today,
        "days": case.policy.acceptance_days,
    }


def _follow_ups(rfc: RFC, user: User) -> list[RFC]:
    return list(RFC.objects.visible_to(user).filter(follows__hotfix=rfc).order_by("pk"))


def _follows(rfc: RFC, user: User) -> RFC | None:
    return RFC.objects.visible_to(user).filter(follow_ups__rfc=rfc).first()
