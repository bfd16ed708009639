"""Any order of verbs by anybody: what must hold after each of them (test plan, rows 1 to 4, 7, 11, 14, 16)."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from approvals import audit as signatures
from approvals.models import RequiredTeam, Round, Seat, SignOff
from approvals.reminders import sweep
from governance import moves
from rfcs import audit, clock, editing
from rfcs.case import Case
from rfcs.errors import Refused
from rfcs.models import Contribution, Event
from rfcs.states import ARCHITECTURE, SECURITY, Phase, State
from tests import factories as f

PAIRS = {
    *[("draft", "assessment"), ("assessment", "review"), ("review", "assessment"), ("review", "approved")],
    *[("review", "rejected"), ("approved", "review"), ("implementation", "review"), ("approved", "implementation")],
    *[("implementation", "post_implementation"), ("post_implementation", "closed"), ("implementation", "rolled_back")],
    *[("post_implementation", "rolled_back"), ("closed", "rolled_back"), ("draft", "withdrawn")],
    *[("assessment", "withdrawn"), ("review", "withdrawn"), ("approved", "withdrawn")],
    *[("rejected", "draft"), ("withdrawn", "draft")],
}
MOVES = "submit request_review recall approve reject amend start finish close roll_back withdraw revise".split()  # noqa: SIM905
NEXT = {
    "draft": ["submit"],
    "assessment": ["request_review"],
    "review": ["recall"],
    "approved": ["amend", "start"],
    "implementation": ["amend", "finish", "finish"],
    "post_implementation": ["close"],
    "closed": [],
    "rejected": ["revise"],
    "withdrawn": ["revise"],
    "rolled_back": [],
}
changes: st.SearchStrategy[tuple[str, Any]] = st.sampled_from(
    [
        *[("title", "Title one"), ("title", "Title two"), ("api_changes", "API one"), ("api_changes", "API two")],
        *[("justification", "Why"), ("justification", "Because")],
        *[
            ("touches_security", True),
            ("touches_security", False),
            ("scenario", "security"),
            ("scenario", "dependency"),
        ],
    ]
)
anybody = st.integers(0, 7)
positions = st.sampled_from(["approve"] * 6 + ["reject", "discuss", "abstain", "recuse", "no_objection", "nonsense"])
teams = st.sampled_from([ARCHITECTURE] * 3 + [SECURITY])


class Life(RuleBasedStateMachine):
    """One RFC, eight people, everything that they might try."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.people = [f.person(), *f.board(4), f.person(None, ARCHITECTURE, SECURITY)]
        self.people += [f.person(None, SECURITY), f.person(None, "stewards")]
        self.rfc = f.draft(author=self.people[0])
        self.state = "draft"

    @initialize(state=st.sampled_from(["draft", "review", "review", "approved", "implementation"]))
    def begin(self, state: str) -> None:
        for step in f.WAYS[State(state)]:
            self.rfc = step(self.rfc)
        self.state = state

    def teardown(self) -> None:
        findings = [*audit.verify([self.rfc.stream]), *audit.records(), *signatures.verify()]
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)
        assert findings == []

    def person(self, number: int) -> User:
        return User.objects.get(pk=self.people[number].pk)

    def person_of(self, user: User) -> User:
        return User.objects.get(pk=user.pk)

    def attempt(self, verb: Callable[[], Any]) -> None:
        """Refusals are answers; anything else that is raised fails the test."""
        with suppress(Refused):
            verb()

    # What people try -----------------------------------------------------------------------------------

    @rule(name=st.sampled_from(MOVES), who=anybody)
    def move(self, name: str, who: int) -> None:
        inputs = {"note": "Because", "revert_commit": "nothing was merged"}
        self.attempt(lambda: moves.make(self.rfc, name, by=self.person(who), inputs=inputs))

    @rule(pick=st.integers(0, 3))
    def the_owner_goes_on(self, pick: int) -> None:
        """One of the moves that lead from here, so that runs get further than their first refusals."""
        rfc = f.again(self.rfc)
        names = NEXT[rfc.state]
        if names:
            inputs = {"note": "Because", "revert_commit": "nothing was merged"}
            self.attempt(lambda: moves.make(rfc, names[pick % len(names)], by=rfc.owner, inputs=inputs))

    @rule(who=anybody, team=teams, position=positions, stale=st.sampled_from([False] * 5 + [True]))
    def sign(self, who: int, team: str, position: str, stale: bool) -> None:
        if Round.objects.filter(rfc=self.rfc, closed_at=None).exists():
            digest = "0" * 64 if stale else f.again(self.rfc).material_digest
            self.attempt(lambda: f.sign(self.rfc, self.person(who), position, team, digest=digest))

    @rule(pick=st.integers(0, 5), position=st.sampled_from(["approve"] * 4 + ["recuse"]))
    def one_of_the_awaited_signs(self, pick: int, position: str) -> None:
        if Round.objects.filter(rfc=self.rfc, closed_at=None).exists():
            awaited = f.signers(self.rfc)
            for person, team in awaited[pick % max(len(awaited), 1) :][:1]:
                self.attempt(lambda: f.sign(self.rfc, self.person_of(person), position, team))  # noqa: B023

    @rule()
    def everyone_awaited_approves(self) -> None:
        if Round.objects.filter(rfc=self.rfc, closed_at=None).exists():
            self.attempt(lambda: f.approve(self.rfc))

    @rule(change=changes)
    def the_owner_edits(self, change: tuple[str, Any]) -> None:
        rfc = f.again(self.rfc)
        self.attempt(lambda: f.edit(rfc, by=rfc.owner, **dict([change])))

    @rule(who=anybody, change=changes)
    def edit(self, who: int, change: tuple[str, Any]) -> None:
        self.attempt(lambda: f.edit(self.rfc, by=self.person(who), **dict([change])))

    @rule(who=anybody, change=changes)
    def autosave(self, who: int, change: tuple[str, Any]) -> None:
        copy, by = f.again(self.rfc).working_copy, self.person(who)
        content = copy.content.with_(**dict([change]))
        self.attempt(lambda: editing.autosave(self.rfc, by=by, version=copy.version, content=content))

    @rule(who=anybody)
    def discard(self, who: int) -> None:
        self.attempt(lambda: editing.discard(self.rfc, by=self.person(who)))

    @rule(who=anybody)
    def share(self, who: int) -> None:
        self.attempt(lambda: editing.share(self.rfc, by=f.again(self.rfc).owner, with_=self.person(who)))

    @rule(who=anybody)
    def hand_over(self, who: int) -> None:
        self.attempt(lambda: editing.hand_over(self.rfc, by=f.again(self.rfc).owner, to=self.person(who)))

    @rule(who=st.integers(1, 6), active=st.booleans())
    def deactivate(self, who: int, active: bool) -> None:
        User.objects.filter(pk=self.people[who].pk).update(is_active=active)

    @rule(who=anybody, team=teams, joins=st.booleans())
    def change_team(self, who: int, team: str, joins: bool) -> None:
        members = Group.objects.get(name=team).user_set
        (members.add if joins else members.remove)(self.people[who])

    @rule()
    def tick(self) -> None:
        state = f.again(self.rfc).state
        phase = {"implementation": Phase.IMPLEMENTATION, "post_implementation": Phase.POST}.get(state)
        if phase:
            f.known_owner(self.rfc)
            self.attempt(lambda: f.tick(f.again(self.rfc), phase))

    @rule()
    def sweep(self) -> None:
        with clock.shifted(timedelta(days=3)):
            sweep()

    # What must hold ------------------------------------------------------------------------------------

    @invariant()
    def review_means_exactly_one_open_round(self) -> None:
        open_rounds = Round.objects.filter(rfc=self.rfc, closed_at=None).count()
        assert open_rounds == (1 if f.again(self.rfc).state == "review" else 0)

    @invariant()
    def state_moves_only_along_the_process(self) -> None:
        told = Event.objects.filter(stream=self.rfc.stream, kind__startswith="move.").order_by("seq")
        at = "draft"
        for event in told:
            assert (at, event.payload["to"]) in PAIRS
            assert event.payload["from"] == at
            at = event.payload["to"]
        assert f.again(self.rfc).state == at

    @invariant()
    def what_is_approved_was_approved_by_enough_people_who_may(self) -> None:
        before, self.state = self.state, f.again(self.rfc).state
        if (before, self.state) == ("review", "approved"):
            seated: list[int] = []
            for team in RequiredTeam.objects.filter(round=Round.objects.filter(rfc=self.rfc).latest("id")):
                enough, counted = self.count(team)
                assert len(counted) >= enough >= team.minimum
                seated += counted
            assert len(seated) == len(set(seated))

    def count(self, team: RequiredTeam) -> tuple[int, set[int]]:
        """How many approvals this team needs and whose count, reckoned here once more from the rows alone."""
        rfc = f.again(self.rfc)
        scope = Case(rfc).scope_of(team.slug)
        wrote = set(Contribution.objects.filter(rfc=rfc).values_list("person", flat=True)) | {
            rfc.author_id,
            rfc.owner_id,
        }
        active = User.objects.filter(is_active=True, groups__name=team.slug).values_list("pk", flat=True)
        may = set(Seat.objects.filter(team=team, person__in=active).values_list("person", flat=True)) - wrote
        last = {row.signer_id: row for row in SignOff.objects.filter(round__rfc=rfc, team=team.slug).order_by("id")}
        recused = {pk for pk in may if pk in last and last[pk].position == "recuse"}
        enough = max(team.minimum, math.ceil(Fraction(str(team.fraction)) * len(may - recused)))
        approving = {
            pk for pk in may if pk in last and last[pk].position == "approve" and last[pk].scope_digest == scope
        }
        return enough, approving

    @invariant()
    def the_approval_is_of_the_current_text_or_taken_back(self) -> None:
        rfc = f.again(self.rfc)
        if rfc.state in {"approved", "implementation", "post_implementation", "closed"}:
            assert rfc.approved_digest == rfc.material_digest

    @invariant()
    def the_chain_holds(self) -> None:
        assert list(audit.verify([self.rfc.stream])) == []


def live(examples: int, steps: int, **more: Any) -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    profile = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=quiet, **more
    )
    run_state_machine_as_test(Life, settings=profile)


@pytest.mark.django_db
def test_whatever_people_try_the_process_holds() -> None:
    """The same attempts in every run, not shrunk: the long run looks for new ones."""
    live(examples=8, steps=30, derandomize=True, phases=[HypothesisPhase.explicit, HypothesisPhase.generate])


@pytest.mark.soak
@pytest.mark.django_db
def test_whatever_people_try_for_long_the_process_holds() -> None:
    live(examples=60, steps=60, print_blob=True)
