"""One RFC with all that a guard may ask, read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property, wraps
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from breakwater.justification import Problem, problems
from rfcs import clock, digests
from rfcs.authority import parties
from rfcs.compiled import Compiled, Place
from rfcs.content import Content, changed_fields
from rfcs.freezes import Freeze, about
from rfcs.impact.acknowledgements import Standing, standings
from rfcs.impact.clashes import Clash, clashes_of
from rfcs.models import (
    RFC,
    FreezeOverride,
    Obligation,
    PolicyVersion,
    Revision,
    RiskAcceptance,
    Thread,
)
from rfcs.policy import Policy
from rfcs.risk import Assessment, assess
from rfcs.states import MINTING, SHORT, State, Track

Answer = TypeVar("Answer")


class Case:
    """What stands in the file: the RFC, its texts, its policy. Read-only; lives as long as one question."""

    def __init__(self, rfc: RFC, *, drafting: bool = False) -> None:
        """`drafting` reads the working copy in every state: what would count once it is saved."""
        self.rfc = rfc
        self.drafting = drafting
        self.answers: dict[Callable[..., Any], Any] = {}
        """To the questions of the rooms above: see `asked_once`."""

    @property
    def policy(self) -> Policy:
        return self.rfc.pinned.policy

    @cached_property
    def working(self) -> Content:
        return self.rfc.working_copy.content

    @cached_property
    def content(self) -> Content:
        """What counts: the current revision; in draft the working copy, which `submit` will mint."""
        if self.drafting or self.rfc.state == State.DRAFT or self.rfc.revision is None:
            return self.working
        return self.rfc.revision.content

    @cached_property
    def drafted(self) -> Case:
        """The same file with what is being written in place of what counts."""
        return Case(self.rfc, drafting=True)

    @cached_property
    def unsaved_fields(self) -> tuple[str, ...]:
        """Fields in which the working copy differs from the current revision."""
        if self.rfc.revision is None:
            return changed_fields(Content(), self.working)
        return changed_fields(self.rfc.revision.content, self.working)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problems(self.content.document()))

    def digest_of(self, content: Content) -> str:
        pinned = self.rfc.pinned
        return digests.material_digest(content, track=self.rfc.track, policy=pinned.policy, version=pinned.version)

    def scope_of(self, team: str, content: Content | None = None) -> str:
        pinned = self.rfc.pinned
        return digests.scope_digest(
            team, content or self.content, track=self.rfc.track, policy=pinned.policy, version=pinned.version
        )

    @cached_property
    def working_digest(self) -> str:
        return self.digest_of(self.working)

    @cached_property
    def open_threads(self) -> Mapping[str, int]:
        """By section, how many threads of the discussion are open; "" are those on the whole RFC."""
        return dict(_open_threads(self.rfc.pk))

    @property
    def is_approved_as_is(self) -> bool:
        return bool(self.rfc.approved_digest) and self.rfc.approved_digest == self.rfc.material_digest

    @property
    def mints_on_save(self) -> bool:
        return self.rfc.state in MINTING

    @cached_property
    def risk(self) -> Assessment:
        """The score of the change with all that it is made of."""
        severities = (package.severity for package in self.content.packages)
        return assess(self.content.risk, severities, self.policy.risk)

    @cached_property
    def clashes(self) -> tuple[Clash, ...]:
        """Other RFCs on their way that meet this one."""
        return clashes_of(self.rfc, self.content.paths)

    @cached_property
    def freezes(self) -> tuple[Freeze, ...]:
        """The freeze windows of the policy in force that concern these packages and are not over."""
        found = about(PolicyVersion.current().policy.freezes, self.content.paths)
        return tuple(freeze for freeze in found if freeze.last >= self.today)

    @cached_property
    def overrides(self) -> Mapping[str, FreezeOverride]:
        """By key, the freeze windows in spite of which a steward lets this RFC start; not one who owns it now."""
        rows = self.rfc.freeze_overrides.select_related("by")
        return {row.freeze: row for row in rows if row.by_id not in self.parties}

    @cached_property
    def parties(self) -> frozenset[int]:
        """Whose own work it is, so that they judge nothing of it; of an RFC that has ended, what counted counts on."""
        return frozenset() if self.rfc.is_ended else parties(self.rfc)

    @cached_property
    def today(self) -> date:
        """The day of the office."""
        return clock.now().astimezone(ZoneInfo(self.policy.calendar.zone)).date()

    @cached_property
    def acknowledgements(self) -> tuple[Standing, ...]:
        """What the owners of each package say, in the order of the packages."""
        return standings(self.rfc, self.content.paths)

    @cached_property
    def obligations(self) -> tuple[Obligation, ...]:
        """What an emergency or a hotfix owes or owed, the first due first."""
        return tuple(_obligations(self.rfc.pk)) if self.rfc.track in SHORT else ()

    @cached_property
    def owed(self) -> tuple[Obligation, ...]:
        """What an emergency or a hotfix still owes, the first due first."""
        return tuple(owed for owed in self.obligations if owed.met_at is None)

    @cached_property
    def acceptance(self) -> RiskAcceptance | None:
        """The latest acceptance of the risk of a denied emergency; of no account once it was rolled back."""
        if self.rfc.track != Track.EMERGENCY or self.rfc.state == State.ROLLED_BACK:
            return None
        return self.rfc.risk_acceptances.select_related("by").last()

    @property
    def has_lapsed_acceptance(self) -> bool:
        return self.acceptance is not None and self.acceptance.until < self.today

    @property
    def latest(self) -> Revision | None:
        return self.rfc.revision


def asked_once(question: Callable[[Case], Answer]) -> Callable[[Case], Answer]:
    """A question about a case whose answer is kept with the case, as those are that the case answers itself."""

    @wraps(question)
    def ask(case: Case) -> Answer:
        if question not in case.answers:
            case.answers[question] = question(case)
        answer: Answer = case.answers[question]
        return answer

    return ask


@Compiled
def _obligations(rfc: Place) -> QuerySet[Obligation]:
    return Obligation.objects.filter(rfc=rfc).select_related("rfc__owner")


@Compiled
def _open_threads(rfc: Place) -> QuerySet[Thread, tuple[str, int]]:
    rows = Thread.objects.filter(rfc=rfc, resolved_at=None).order_by()
    return rows.values_list("section").annotate(Count("pk"))
