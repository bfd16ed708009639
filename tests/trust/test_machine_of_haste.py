"""Emergencies and hotfixes, any order of verbs by anybody: authorised first, and nothing that is owed gets lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from approvals import audit as signatures
from approvals import concerns, retroactive
from approvals.models import Round, SignOff
from approvals.positions import BLOCKING, RoundKind
from approvals.standing import Standing, asking_round
from governance import moves
from governance.standing import turns_of, waiting_on
from rfcs import audit, clock, editing
from rfcs.case import Case
from rfcs.errors import Refused
from rfcs.models import Event
from rfcs.obligations import accepting, following, incident, owing
from rfcs.outages import recording
from rfcs.outages.telling import Said
from rfcs.states import ARCHITECTURE, AUTHORISERS, INCIDENT_COMMAND, SECURITY, Phase, State, Track
from tests import factories as f

PAIRS = {
    *[("draft", "review"), ("review", "draft"), ("review", "implementation"), ("review", "rejected")],
    *[("draft", "withdrawn"), ("review", "withdrawn"), ("rejected", "draft"), ("withdrawn", "draft")],
    *[("implementation", "post_implementation"), ("post_implementation", "closed")],
    *[("implementation", "rolled_back"), ("post_implementation", "rolled_back"), ("closed", "rolled_back")],
}
OWED = {
    "emergency": {"post_hoc_justification", "compliance_checklist", "retroactive_review"},
    "hotfix": {"follow_up_rfc", "post_incident_review"},
}
AFTER = {"implementation", "post_implementation", "closed", "rolled_back"}
MOVES = "request_authorisation recall finish close roll_back withdraw revise submit start amend".split()  # noqa: SIM905
NEXT = {"draft": "request_authorisation", "implementation": "finish", "post_implementation": "close"}
anybody = st.integers(0, 9)
positions = st.sampled_from(["approve"] * 4 + ["reject", "discuss", "recuse"])
teams = st.sampled_from([ARCHITECTURE, SECURITY, INCIDENT_COMMAND])


STARTS = [("emergency", "draft"), ("emergency", "filed"), ("emergency", "denied"), ("hotfix", "implementation")]
"""Track, and where it stands: states, and what a full justification leads to."""


def begun() -> str:
    """When an outage began that lasts."""
    return (clock.now() - timedelta(minutes=30)).isoformat()


class Haste(RuleBasedStateMachine):
    """One emergency or hotfix, ten people, everything that they might try at night and the day after."""

    start: tuple[str, str]

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.people = [f.person(), *f.board(3), f.person(None, ARCHITECTURE, SECURITY)]
        self.people += [f.person(None, SECURITY), f.person(None, SECURITY, INCIDENT_COMMAND)]
        f.lead(ARCHITECTURE, self.people[2])
        self.people += [f.person(None, INCIDENT_COMMAND), f.person(None, "stewards"), f.person()]

    @initialize()
    def begin(self) -> None:
        self.track, state = self.start
        self.rfc = f.short_in(state if state in State.values else "implementation", self.track, author=self.people[0])
        if state in ("filed", "denied"):
            self.rfc = f.file_full(self.rfc)
            self.rfc = f.reject(self.rfc) if state == "denied" else self.rfc
        self.met = set[str]()

    def teardown(self) -> None:
        findings = [*audit.verify([self.rfc.stream]), *audit.records(), *signatures.verify()]
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)
        assert findings == []

    def person(self, number: int) -> User:
        return User.objects.get(pk=self.people[number].pk)

    def attempt(self, verb: Callable[[], Any]) -> None:
        """Refusals are answers; anything else that is raised fails the test."""
        with suppress(Refused):
            verb()

    # What people try -----------------------------------------------------------------------------------

    @rule(name=st.sampled_from(MOVES), who=anybody)
    def move(self, name: str, who: int) -> None:
        inputs = {"note": "Because", "revert_commit": "nothing was merged", "outage_start": begun()}
        self.attempt(lambda: moves.make(self.rfc, name, by=self.person(who), inputs=inputs))

    @rule(outage=st.booleans())
    def the_owner_rolls_back(self, outage: bool) -> None:
        inputs = {"note": "Because", "revert_commit": "nothing was merged", "outage_start": begun() if outage else ""}
        self.attempt(lambda: moves.make(self.rfc, "roll_back", by=f.again(self.rfc).owner, inputs=inputs))

    @rule()
    def the_owner_goes_on(self) -> None:
        rfc = f.again(self.rfc)
        if rfc.state in NEXT:
            self.attempt(lambda: moves.make(rfc, NEXT[rfc.state], by=rfc.owner, inputs={}))

    @rule(who=anybody, team=teams, position=positions)
    def sign(self, who: int, team: str, position: str) -> None:
        if Round.objects.filter(rfc=self.rfc, closed_at=None).exists():
            self.attempt(lambda: f.sign(self.rfc, self.person(who), position, team))

    @rule(verb=st.sampled_from([f.approve, f.approve, f.reject]))
    def everyone_awaited_says_the_same(self, verb: Callable[..., Any]) -> None:
        if Round.objects.filter(rfc=self.rfc, closed_at=None).exists():
            self.attempt(lambda: verb(self.rfc))

    @rule(words=st.sampled_from(["One", "Two"]))
    def the_owner_answers_a_concern(self, words: str) -> None:
        self.attempt(lambda: concerns.answer(self.concern(), by=f.again(self.rfc).owner, text=words))

    @rule(who=st.sampled_from([2, 2, 3]))
    def a_lead_overrides_a_concern(self, who: int) -> None:
        def verb() -> None:
            concerns.override(self.concern(), by=self.person(who), reason="Known", authenticated_at=clock.now())

        self.attempt(verb)

    def concern(self) -> SignOff:
        """The last one that was raised, whether it blocks or not."""
        raised = SignOff.objects.filter(round__rfc=self.rfc, position__in=BLOCKING).last()
        if raised is None:
            raise Refused
        return raised

    @rule(who=st.integers(0, 2), words=st.sampled_from(["One", "Two"]))
    def edit(self, who: int, words: str) -> None:
        self.attempt(lambda: f.edit(self.rfc, by=self.person(who), justification=words))

    @rule(track=st.sampled_from(["standard", "emergency", "hotfix"]))
    def change_track(self, track: str) -> None:
        """Only what was no draft any more shows: the track goes back at once."""
        rfc, was = f.again(self.rfc), f.again(self.rfc).track
        self.attempt(lambda: editing.change_track(rfc, by=rfc.owner, track=track))
        self.attempt(lambda: editing.change_track(rfc, by=rfc.owner, track=was))

    @rule(who=anybody)
    def hand_over(self, who: int) -> None:
        self.attempt(lambda: editing.hand_over(self.rfc, by=f.again(self.rfc).owner, to=self.person(who)))

    @rule()
    def the_full_document_is_filed(self) -> None:
        self.attempt(lambda: f.file_full(f.again(self.rfc)))

    @rule(who=anybody)
    def the_board_is_asked_again(self, who: int) -> None:
        self.attempt(lambda: retroactive.ask_again(self.rfc, by=self.person(who), note="They stepped aside."))

    @rule(who=anybody, days=st.sampled_from([1, 9, 91]))
    def bear_the_risk(self, who: int, days: int) -> None:
        until = f.today() + timedelta(days=days)
        self.attempt(lambda: accepting.accept(self.rfc, by=self.person(who), reason="Known.", until=until))

    @rule(submits=st.booleans())
    def follow_up(self, submits: bool) -> None:
        def verb() -> None:
            made = following.follow_up(self.rfc, by=f.again(self.rfc).owner)
            if submits:
                f.move(f.edit(made, scenario="api_contract", answers=f.ANSWERS), "submit")

        self.attempt(verb)

    @rule(who=anybody, words=st.sampled_from(["A disk", "A cable"]))
    def review_the_incident(self, who: int, words: str) -> None:
        action = {"what": "Watch it", "owner": self.people[0].username, "due": "2031-03-03"}
        said = f.said_of_incident(cause=words, actions=[action])
        self.attempt(lambda: incident.file(self.rfc, by=self.person(who), said=said))

    @rule(who=anybody, number=st.integers(1, 2))
    def accept_the_review(self, who: int, number: int) -> None:
        self.attempt(lambda: incident.accept(self.rfc, by=self.person(who), number=number))

    @rule(who=anybody, end=st.sampled_from(["", "2026-01-01T03:00", "2026-01-01T01:00"]), corrects=st.booleans())
    def tell_of_an_outage(self, who: int, end: str, corrects: bool) -> None:
        last = f.again(self.rfc).outages.standing().last() if corrects else None
        said = Said("2026-01-01T02:10", end, "Down")
        key = last.pk if last else None
        self.attempt(lambda: recording.record(self.rfc, by=self.person(who), said=said, corrects=key))

    @rule()
    def tick(self) -> None:
        rfc = f.again(self.rfc)
        phase = {"implementation": Phase.IMPLEMENTATION, "post_implementation": Phase.POST}.get(rfc.state)
        if phase:
            f.known_owner(self.rfc)
            self.attempt(lambda: f.tick(rfc, phase))
        if self.track == "emergency" and rfc.state in AFTER:
            self.attempt(lambda: f.acknowledge(rfc))

    # What must hold ------------------------------------------------------------------------------------

    @invariant()
    def rounds_are_open_when_and_only_when_they_can_be(self) -> None:
        rows = Round.objects.filter(rfc=self.rfc, closed_at=None).values_list("kind", flat=True)
        state = f.again(self.rfc).state
        assert list(rows) in ([], ["authorisation"], ["retroactive"])
        assert (state == "review") == (list(rows) == ["authorisation"])
        assert state in AFTER or list(rows) != ["retroactive"]
        assert owing.is_reviewed_now(f.again(self.rfc)) == (list(rows) == ["retroactive"])

    @invariant()
    def a_concern_that_blocks_has_its_way_out_and_lists_say_whose_turn_it_is(self) -> None:
        rfc, round_ = f.again(self.rfc), asking_round(self.rfc)
        turns = waiting_on(rfc)
        assert turns_of([rfc], now=clock.now())[rfc.pk] == turns
        waits = round_ is not None and Standing(round_, Case(rfc)).waits_for_owner
        assert waits == any(turn.what.startswith("Answer the concern") for turn in turns)
        assert waits == (round_ is not None and round_.paused_at is not None)

    @invariant()
    def whoever_spoke_in_an_open_round_keeps_their_voice(self) -> None:
        """Nobody makes somebody who spoke against it its owner."""
        round_, owner = asking_round(self.rfc), f.again(self.rfc).owner_id
        assert round_ is None or not SignOff.objects.filter(round=round_, signer=owner).exists()

    @invariant()
    def state_moves_only_along_the_process_and_the_track_stays(self) -> None:
        at = "draft"
        for event in Event.objects.filter(stream=self.rfc.stream, kind__startswith="move.").order_by("seq"):
            assert (at, event.payload["to"]) in PAIRS
            at = event.payload["to"]
        rfc = f.again(self.rfc)
        assert (rfc.state, rfc.track) == (at, self.track)

    @invariant()
    def what_was_authorised_owes_and_what_is_met_stays_met(self) -> None:
        rfc = f.again(self.rfc)
        owed = set(rfc.obligations.values_list("kind", flat=True)) - {"denial_resolution"}
        assert owed == (OWED[self.track] if rfc.state in AFTER else set())
        met = set(rfc.obligations.exclude(met_at=None).values_list("kind", flat=True))
        assert self.met <= met
        self.met = met

    @invariant()
    def nothing_is_closed_that_owes_and_no_denial_is_open_after_a_rollback(self) -> None:
        rfc = f.again(self.rfc)
        ahead = set(rfc.obligations.filter(met_at=None).values_list("kind", flat=True))
        assert rfc.state != State.CLOSED or not ahead
        assert rfc.state != State.ROLLED_BACK or "denial_resolution" not in ahead

    @invariant()
    def whoever_authorised_was_of_the_team_and_wrote_nothing(self) -> None:
        rfc = f.again(self.rfc)
        if rfc.state in AFTER:
            round_ = Round.objects.get(rfc=rfc, kind=RoundKind.AUTHORISATION, outcome="approved")
            signed = SignOff.objects.filter(round=round_, position="approve", at__lte=round_.closed_at)
            team = AUTHORISERS[Track(self.track)]
            written = set(rfc.revisions.filter(made_at__lte=round_.closed_at).values_list("made_by", flat=True))
            fit = [row.pk for row in signed if row.team == team and row.signer_id not in written | {rfc.author_id}]
            assert fit

    @invariant()
    def each_outage_stands_once(self) -> None:
        rows = list(f.again(self.rfc).outages.all())
        corrected = [row.corrects_id for row in rows if row.corrects_id]
        assert len(corrected) == len(set(corrected))
        assert not rows or f.again(self.rfc).state in AFTER


def live(start: tuple[str, str], examples: int, steps: int, **more: Any) -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    profile = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=quiet, **more
    )
    run_state_machine_as_test(type("HasteFrom", (Haste,), {"start": start}), settings=profile)


@pytest.mark.parametrize("start", STARTS, ids=" ".join)
@pytest.mark.django_db
def test_whatever_people_try_in_haste_the_process_holds(start: tuple[str, str]) -> None:
    """The same attempts in every run, not shrunk: the long run looks for new ones."""
    live(start, examples=2, steps=14, derandomize=True, phases=[HypothesisPhase.explicit, HypothesisPhase.generate])


@pytest.mark.soak
@pytest.mark.parametrize("start", STARTS, ids=" ".join)
@pytest.mark.django_db
def test_whatever_people_try_in_haste_for_long_the_process_holds(start: tuple[str, str]) -> None:
    live(start, examples=18, steps=50, print_blob=True)
