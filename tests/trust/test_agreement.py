"""The portal and the model of the process (process.py) do the same thing at every step, and must agree on what came.

Compared after each step: whether it was refused, the state, every team's count, whose turn it is, whether the clock
stands still, and what the button had promised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from approvals import absences, concerns, delegations, foresight
from approvals import audit as signatures
from approvals.models import Delegation, Round, SignOff
from approvals.positions import Position
from approvals.reminders import sweep
from approvals.standing import Standing, open_round
from governance import moves
from governance.standing import turns_of, waiting_on
from rfcs import audit, clock, lessons
from rfcs.case import Case
from rfcs.errors import Refused
from rfcs.freezes import Freeze
from rfcs.impact import answering, planning
from rfcs.models import Message, PolicyVersion
from rfcs.policy import Policy
from rfcs.states import Phase, State
from tests import factories as f
from tests.trust.process import ARCHITECTURE, AUDITORS, SECURITY, SOURCES, WRITABLE, Lent, Person, Process, Said

TEAMS = {
    "ada": (ARCHITECTURE,),
    "bea": (ARCHITECTURE,),
    "cy": (ARCHITECTURE,),
    "dan": (ARCHITECTURE, SECURITY),
    "eve": (SECURITY,),
    "fay": (),
    "gus": (),
    "ivy": (ARCHITECTURE, AUDITORS),
    "sam": ("stewards",),
    "owen": (ARCHITECTURE,),
    "pam": (),
    "pat": (),
}
"""Owen wrote the RFC; Pam and Pat own its package; Ivy audits, and so signs nothing for the board."""
LEADS = {ARCHITECTURE: "bea", SECURITY: "eve"}
EDITS = st.sampled_from(
    [
        *[("api_changes", "One."), ("api_changes", "Two."), ("justification", "Why."), ("title", "Another title")],
        *[("touches_security", True), ("touches_security", False)],
    ]
)
anybody = st.sampled_from(sorted(TEAMS))
members = st.sampled_from(["ada", "bea", "cy", "dan", "eve", "ivy"])
teams = st.sampled_from([ARCHITECTURE] * 3 + [SECURITY])
positions = st.sampled_from(
    ["approve"] * 6 + ["reject", "reject", "discuss", "hold", "abstain", "recuse", "no_objection"]
)
INPUTS = {"note": "Because", "revert_commit": "nothing was merged"}
TEXTS = {"happened": "A loss.", "missed": "No test.", "changes": "A test."}


def refused(verb: Callable[[], Any]) -> Refused | None:
    try:
        verb()
    except Refused as refusal:
        return refusal
    return None


class Agreement(RuleBasedStateMachine):
    """One RFC with its owner, a board, security, auditors, delegates, owners of its package, a steward and a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.shift = timedelta()
        self.users = {name: f.person(name, *slugs, first_name=name, last_name="") for name, slugs in TEAMS.items()}
        for slug, name in LEADS.items():
            f.lead(slug, self.users[name])
        f.owned("src/packages/billing/invoices", self.users["pam"], self.users["pat"])
        self.rfc = f.draft(author=self.users["owen"], packages=(f.package(),))
        people = {name: Person(name, set(slugs)) for name, slugs in TEAMS.items()}
        content = self.rfc.working_copy.content
        text = {name: getattr(content, name) for name in ("title", "api_changes", "justification", "touches_security")}
        self.model = Process(people, LEADS, "owen", ("pam", "pat"), self.day(), text)

    def teardown(self) -> None:
        findings = [*audit.verify([self.rfc.stream]), *audit.records(), *signatures.verify()]
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)
        assert findings == []

    def user(self, name: str) -> User:
        return User.objects.get(pk=self.users[name].pk)

    def day(self) -> date:
        with clock.shifted(self.shift):
            return clock.now().astimezone(ZoneInfo(Policy().calendar.zone)).date()

    def agrees(self, is_allowed: bool, verb: Callable[[], Any]) -> bool:
        """Do it; it is refused exactly when the model says so."""
        with clock.shifted(self.shift):
            refusal = refused(verb)
        assert (refusal is None) == is_allowed, f"The portal says: {refusal or 'done'}; the process says the opposite."
        return is_allowed

    @property
    def standing(self) -> Standing:
        round_ = open_round(self.rfc)
        assert round_ is not None
        return Standing(round_, Case(f.again(self.rfc)))

    def sweep(self) -> None:
        with clock.shifted(self.shift):
            answering.sweep()
            sweep()

    # Moves ---------------------------------------------------------------------------------------------

    @initialize(
        state=st.sampled_from(["draft", "assessment", "review", "review", "approved", "implementation", "closed"])
    )
    def begin(self, state: str) -> None:
        """Walk there by the same steps, compared one by one."""
        for move in ("submit", "request_review", "approve", "start", "finish", "close"):
            if self.model.state == state:
                return
            if move == "approve":
                for name in ("ada", "bea"):
                    self.sign(name, ARCHITECTURE, "approve")
                continue
            if move == "request_review":
                self.answer("pam", "acknowledge")
            self.move(move, "owen")

    @rule(move=st.sampled_from(sorted(SOURCES)), by=anybody)
    def move(self, move: str, by: str) -> None:
        if not self.model.people[by].active:
            return  # cannot log in
        self.tick(move)
        is_made = self.agrees(
            self.model.allows(move, by), lambda: moves.make(self.rfc, move, by=self.user(by), inputs=INPUTS)
        )
        if is_made:
            self.model.make(move)

    def tick(self, move: str) -> None:
        """Checklists have tests of their own: here they are closed before somebody asks to go on."""
        phase = {"finish": Phase.IMPLEMENTATION, "close": Phase.POST}.get(move)
        if phase and self.model.state == SOURCES[move][0]:
            with clock.shifted(self.shift):
                f.tick(f.again(self.rfc), phase)
                Message.objects.filter(rfc=self.rfc, sent_at=None).update(sent_at=clock.now())

    @rule(pick=st.integers(0, 5))
    def somebody_goes_on(self, pick: int) -> None:
        """A move that is possible from here, so that runs get far."""
        here = [move for move, sources in sorted(SOURCES.items()) if self.model.state in sources]
        if here:
            self.move(here[pick % len(here)], "owen")

    @rule(change=EDITS)
    def edit(self, change: tuple[str, object]) -> None:
        name, value = change
        if self.agrees(self.model.state in WRITABLE, lambda: f.edit(self.rfc, by=self.user("owen"), **{name: value})):
            self.model.edit(name, value)

    @precondition(lambda self: self.model.state == "rolled_back")
    @rule(by=anybody)
    def learn(self, by: str) -> None:
        if not self.model.people[by].active:
            return  # cannot log in
        is_theirs = by in ("owen",) or self.model.is_in(by, "stewards")
        number = self.rfc.lesson.versions.count() if hasattr(self.rfc, "lesson") else 0
        said: dict[str, Any] = {"texts": TEXTS | {"changes": f"{by} {number}"}, "wanted": (), "version": number}
        if self.agrees(
            is_theirs and not self.model.audits(by), lambda: lessons.write(f.again(self.rfc), by=self.user(by), **said)
        ):
            self.model.owes_lesson = False
            self.rfc = f.again(self.rfc)

    # Signing -------------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.round is not None)
    @rule(by=members, team=teams, position=positions)
    def sign(self, by: str, team: str, position: str) -> None:
        self.take_position(by, team, position, by)

    @precondition(lambda self: self.model.round is not None)
    @rule(pick=st.integers(0, 9), position=positions)
    def somebody_awaited_signs(self, pick: int, position: str) -> None:
        assert self.model.round is not None
        awaited = [(who, team) for team in self.model.round.rosters for who in sorted(self.model.able(team))]
        if awaited:
            who, team = awaited[pick % len(awaited)]
            self.take_position(who, team, position, who)

    @precondition(lambda self: self.model.round is not None)
    @rule(by=anybody, team=teams, position=positions, holder=members)
    def sign_for(self, by: str, team: str, position: str, holder: str) -> None:
        if by != holder:
            self.take_position(by, team, position, holder)

    @precondition(lambda self: self.model.round is not None and self.model.lendings)
    @rule(pick=st.integers(0, 5), position=positions)
    def a_delegate_signs(self, pick: int, position: str) -> None:
        row = self.model.lendings[pick % len(self.model.lendings)]
        self.take_position(row.delegate, row.team, position, row.principal)

    def take_position(self, by: str, team: str, position: str, holder: str) -> None:
        model, assert_open = self.model, self.model.round
        assert assert_open is not None
        if not model.people[by].active:
            return  # cannot log in
        until = model.today + timedelta(1) if position == "hold" else None
        said = Said(holder, by, team, position, dict(model.minted), model.revision, until)
        repeated, may = self.is_repeated(said), model.may_sign(by, team, holder, position)
        promised = self.promised(said) if may else ""
        behalf = "" if by == holder else holder
        verb = lambda: f.sign(self.rfc, self.user(by), position, team, until=until, on_behalf_of=behalf)  # noqa: E731
        if self.agrees((may or repeated) and not model.audits(by), verb) and not repeated:
            model.sign(said)
            assert (promised or "Architecture review") == State(model.state).label

    def is_repeated(self, said: Said) -> bool:
        """The seat's last words of this round, said again of the same text by the same person: a double click."""
        assert self.model.round is not None
        last = [row for row in self.model.round.said if (row.team, row.holder) == (said.team, said.holder)][-1:]
        facts = ("signer", "position", "until", "text")
        same = [all(getattr(row, name) == getattr(said, name) for name in facts if name != "text") for row in last]
        return same == [True] and not last[0].is_overridden and self.model.is_current(last[0].text)

    def promised(self, said: Said) -> str:
        with clock.shifted(self.shift):
            label = foresight.label(self.standing, said.team, self.users[said.holder].pk, Position(said.position))
        return label.partition(" → ")[2]

    @precondition(lambda self: self.model.round is not None and self.model.concerns)
    @rule(by=st.sampled_from(["owen", "owen", "ada"]), pick=st.integers(0, 3))
    def answer_a_concern(self, by: str, pick: int) -> None:
        said, row = self.concern(pick)
        text = f"Answer {len(row.replies.all())}"
        if self.agrees(by == "owen", lambda: concerns.answer(row, by=self.user(by), text=text)):
            said.is_answered = True

    @precondition(lambda self: self.model.round is not None and self.model.concerns)
    @rule(by=st.sampled_from(["bea", "bea", "eve", "ada", "owen"]), pick=st.integers(0, 3))
    def override_a_concern(self, by: str, pick: int) -> None:
        """A lead of its team, who neither raised it nor owns the RFC nor recused; a hold lapses by itself."""
        said, row = self.concern(pick)
        model = self.model
        if not model.people[by].active:
            return  # cannot log in
        mine = [position for round_ in (*model.closed_rounds, model.round) if round_ for position in round_.said]
        last = [position.position for position in mine if position.signer == by][-1:]
        is_lead = model.leads[said.team] == by and model.is_in(by, said.team)
        is_lead = is_lead and not model.audits(by)
        may = is_lead and by not in (said.signer, said.holder) and last != ["recuse"] and said.position == "discuss"
        more: dict[str, Any] = {"reason": "Out of proportion", "authenticated_at": clock.now() + self.shift}
        if self.agrees(may, lambda: concerns.override(row, by=self.user(by), **more)):
            said.is_overridden = True
            model.settle()

    def concern(self, pick: int) -> tuple[Said, SignOff]:
        said = self.model.concerns[pick % len(self.model.concerns)]
        rows = SignOff.objects.filter(
            round__rfc=self.rfc, team=said.team, position=said.position, signer__username=said.signer
        )
        return said, rows.order_by("-id").first()  # type: ignore[return-value]

    # People --------------------------------------------------------------------------------------------

    @rule(who=members, active=st.booleans())
    def deactivate(self, who: str, active: bool) -> None:
        User.objects.filter(pk=self.users[who].pk).update(is_active=active)
        self.model.people[who].active = active
        self.model.settle()
        self.sweep()

    @rule(who=st.sampled_from(["ada", "cy", "dan", "eve", "fay"]), team=teams, joins=st.booleans())
    def change_team(self, who: str, team: str, joins: bool) -> None:
        self.put_into(who, team, joins=joins)

    def put_into(self, who: str, team: str, *, joins: bool) -> None:
        group = Group.objects.get(name=team).user_set
        (group.add if joins else group.remove)(self.users[who])
        slugs = self.model.people[who].teams
        (slugs.add if joins else slugs.discard)(team)
        self.model.settle()
        self.sweep()

    @rule(who=st.sampled_from(["ada", "cy", "dan", "eve", "fay", "ivy", "pat"]), joins=st.booleans())
    def change_auditors(self, who: str, joins: bool) -> None:
        self.put_into(who, AUDITORS, joins=joins)

    @rule(who=members)
    def go_away(self, who: str) -> None:
        """For a year: no round is decided before they are back."""
        first = self.model.today
        if who not in self.model.away:
            self.agrees(True, lambda: absences.add(by=self.user(who), starts_on=first, ends_on=first + timedelta(365)))
            self.model.away.add(who)

    @rule(by=anybody, to=anybody, team=teams, days=st.sampled_from([0, 5, 29, 30]))
    def lend(self, by: str, to: str, team: str, days: int) -> None:
        model, last = self.model, self.model.today + timedelta(days)
        if not model.people[by].active:
            return  # cannot log in
        row = Lent(by, to, team, model.today, last)
        same = any(
            (r.principal, r.delegate, r.team, r.first, r.last, r.is_over) == (by, to, team, row.first, last, False)
            for r in model.lendings
        )
        said: dict[str, Any] = {
            "delegate": self.user(to),
            "team": team,
            "starts_on": row.first,
            "ends_on": last,
            "reason": "Away",
        }
        may = not model.why_not_lent(by, to, team, days)
        if (
            self.agrees(may or (same and not model.audits(by)), lambda: delegations.grant(by=self.user(by), **said))
            and not same
        ):
            model.lendings.append(row)

    @rule(pick=st.integers(0, 5), team=teams)
    def lend_well(self, pick: int, team: str) -> None:
        """To somebody outside the teams, as it is meant."""
        holders = [name for name in TEAMS if self.model.is_in(name, team)]
        if holders:
            self.lend(holders[pick % len(holders)], ("fay", "gus")[pick % 2], team, 29)

    @precondition(lambda self: self.model.lendings)
    @rule(pick=st.integers(0, 5), by=anybody)
    def end_lending(self, pick: int, by: str) -> None:
        row = self.model.lendings[pick % len(self.model.lendings)]
        found = {"principal__username": row.principal, "delegate__username": row.delegate, "team": row.team}
        stored = Delegation.objects.filter(**found, starts_on=row.first, ends_on=row.last).latest("id")
        if not self.model.people[by].active:
            return  # cannot log in
        may = by in (row.principal, row.delegate) and not self.model.audits(by)
        if self.agrees(may, lambda: delegations.end(stored, by=self.user(by))):
            for one in self.model.lendings:
                if (one.principal, one.delegate, one.team, one.first, one.last) == (
                    row.principal,
                    row.delegate,
                    row.team,
                    row.first,
                    row.last,
                ):
                    one.is_over = True

    # Owners, freezes, time -----------------------------------------------------------------------------

    @rule(
        by=st.sampled_from(["pam", "pat", "pat", "ada"]),
        what=st.sampled_from(["acknowledge", "object", "more_time", "withdraw"]),
    )
    def answer(self, by: str, what: str) -> None:
        model = self.model
        same = model.asked is not None and model.asked.last == (by, what)
        if model.asked and what == "object" and model.asked.objected_to != model.revision:
            same = False  # kept up against a new text
        verb = lambda: answering.answer(self.rfc, f.package().path, by=self.user(by), answer=what, reason="Why")  # noqa: E731
        if self.agrees((same and not model.audits(by)) or model.may_answer(by, what), verb) and not same:
            model.answer(by, what)

    @rule(frozen=st.booleans())
    def freeze(self, frozen: bool) -> None:
        """The policy in force says so from now on."""
        with clock.shifted(self.shift):
            days = str(self.model.today), str(self.model.today + timedelta(400))
            PolicyVersion.current()  # a draft alone has asked for none yet
            version = PolicyVersion.objects.latest("version").version + 1
            body = Policy(freezes=(Freeze(f"Freeze {version}", *days),) if frozen else ()).json()
            PolicyVersion.objects.create(version=version, body=body, in_force_from=clock.now())
        self.model.frozen, self.model.is_thawed, self.model.policy = frozen, False, self.model.policy + 1

    @precondition(lambda self: self.model.frozen)
    @rule(by=st.sampled_from(["sam", "sam", "owen", "ada"]))
    def thaw(self, by: str) -> None:
        def verb() -> None:
            freeze = Case(f.again(self.rfc)).freezes[0]
            planning.override(self.rfc, freeze.key, by=self.user(by), reason="It cannot wait")

        if self.agrees(by == "sam", verb):
            self.model.is_thawed = True

    @precondition(lambda self: self.shift < timedelta(300))
    @rule(days=st.sampled_from([1, 1, 10]))
    def time_passes(self, days: int) -> None:
        asked = self.model.asked
        if asked is not None and asked.status == "waiting" and asked.days + days > 1:
            days = 10
        self.shift += timedelta(days)
        self.model.pass_days(days)
        assert self.day() == self.model.today
        self.sweep()

    # What must agree -----------------------------------------------------------------------------------

    @invariant()
    def the_state_is_the_models(self) -> None:
        rfc = f.again(self.rfc)
        assert rfc.state == self.model.state
        assert (rfc.revision.number if rfc.revision else 0) == self.model.revision
        assert (open_round(rfc) is not None) == (self.model.round is not None)

    @invariant()
    def the_standing_is_the_models(self) -> None:
        if self.model.round is None:
            return
        with clock.shifted(self.shift):
            rows = self.standing.rows
        assert [row.slug for row in rows] == list(self.model.round.rosters)
        for row in rows:
            count = self.model.count(row.slug)
            counted = {name: value for name, value in asdict(count).items() if name != "silent"}
            assert {name: getattr(row.tally, name) for name in counted} == counted
            assert {user.username for user in row.silent} == self.model.able(row.slug)
            assert row.tally.is_passed == count.has_passed
            assert row.tally.is_blocked == self.model.is_blocked(row.slug)

    @invariant()
    def whose_turn_is_the_models(self) -> None:
        with clock.shifted(self.shift):
            page = waiting_on(f.again(self.rfc))
            assert [turn.who for turn in page] == self.model.turns()
            assert turns_of([f.again(self.rfc)], now=clock.now())[self.rfc.pk] == page

    @invariant()
    def the_clock_stands_still_while_the_owner_is_asked(self) -> None:
        if self.model.round is not None:
            waits = any(self.model.waits(said) for said in self.model.concerns)
            assert (Round.objects.get(rfc=self.rfc, closed_at=None).paused_at is not None) == waits


def live(examples: int, steps: int, **more: Any) -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    profile = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=quiet, **more
    )
    run_state_machine_as_test(Agreement, settings=profile)


@pytest.mark.django_db
def test_portal_and_process_agree() -> None:
    """The same attempts in every run, not shrunk: the long run looks for new ones."""
    live(examples=8, steps=25, derandomize=True, phases=[HypothesisPhase.explicit, HypothesisPhase.generate])


@pytest.mark.soak
@pytest.mark.django_db
def test_portal_and_process_agree_for_thousands_of_steps() -> None:
    live(examples=60, steps=60, print_blob=True)
