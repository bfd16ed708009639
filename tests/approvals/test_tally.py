"""Arithmetic of positions: tables of cases, and what must hold for any ballot."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.positions import BLOCKING, Position
from approvals.tally import Ballot, Tally, Verdict, forecast, needed, settle, tally

WORDS = {
    "a": Position.APPROVE,
    "n": Position.NO_OBJECTION,
    "d": Position.DISCUSS,
    "h": Position.HOLD,
    "-": Position.ABSTAIN,
    "r": Position.RECUSE,
    "x": Position.REJECT,
}


def count(said: str, *, minimum: int = 2, fraction: float = 0.5, barred: str = "") -> Tally:
    """A team whose first member says the first letter and so on; `.` is silence. `barred`: members by number."""
    positions = {number: WORDS[letter] for number, letter in enumerate(said) if letter != "."}
    roster = frozenset(range(len(said)))
    return tally(Ballot("architecture", minimum, fraction, roster, frozenset(map(int, barred)), positions))


@pytest.mark.parametrize(
    ("minimum", "fraction", "eligible", "expected"),
    [
        (2, 0.5, 0, 2),
        (2, 0.5, 3, 2),
        (2, 0.5, 4, 2),
        (2, 0.5, 5, 3),
        (2, 0.5, 100, 50),
        (1, 0.0, 9, 1),
        (1, 0.1, 10, 1),
        (1, 0.1, 11, 2),
        (1, 0.7, 10, 7),
        (1, 0.29, 100, 29),
        (1, 0.57, 100, 57),
        (1, 1.0, 7, 7),
        (0, 0.0, 5, 1),
    ],
)
def test_needed_is_exact_and_at_least_one(minimum: int, fraction: float, eligible: int, expected: int) -> None:
    assert needed(minimum, fraction, eligible) == expected


@pytest.mark.parametrize(
    ("said", "rule", "facts"),
    [
        # said, rule -> eligible, needed, approvals, concerns, passed, rejected, blocked
        ("...", {}, (3, 2, 0, 0, False, False, False)),
        ("aa.", {}, (3, 2, 2, 0, True, False, False)),
        ("a..", {}, (3, 2, 1, 0, False, False, False)),
        ("aan", {}, (3, 2, 2, 0, True, False, False)),
        ("nnn", {}, (3, 2, 0, 0, False, False, False)),
        ("aa-", {}, (3, 2, 2, 0, True, False, False)),
        ("aad", {}, (3, 2, 2, 1, False, False, False)),
        ("aah", {}, (3, 2, 2, 1, False, False, False)),
        ("aax", {}, (3, 2, 2, 0, True, False, False)),
        ("ax.", {}, (3, 2, 1, 0, False, False, False)),
        ("xx.", {}, (3, 2, 0, 0, False, True, False)),
        ("axx", {}, (3, 2, 1, 0, False, True, False)),
        ("--.", {}, (3, 2, 0, 0, False, False, True)),
        ("--x", {}, (3, 2, 0, 0, False, False, True)),
        ("-x.", {}, (3, 2, 0, 0, False, True, False)),
        ("rr.", {}, (1, 2, 0, 0, False, False, True)),
        ("rrr", {}, (0, 2, 0, 0, False, False, True)),
        ("aar", {}, (2, 2, 2, 0, True, False, False)),
        ("", {}, (0, 2, 0, 0, False, False, True)),
        # recusals lower what is eligible, and with it what half of them means
        ("aa....", {}, (6, 3, 2, 0, False, False, False)),
        ("aarr..", {}, (4, 2, 2, 0, True, False, False)),
        # contributors and the deactivated neither count nor are counted
        ("aa.", {"barred": "0"}, (2, 2, 1, 0, False, False, False)),
        ("aaa", {"barred": "0"}, (2, 2, 2, 0, True, False, False)),
        ("aa.", {"barred": "01"}, (1, 2, 0, 0, False, False, True)),
        ("aad", {"barred": "2"}, (2, 2, 2, 1, False, False, False)),
        ("a", {"minimum": 1, "fraction": 0.0}, (1, 1, 1, 0, True, False, False)),
        ("x", {"minimum": 1, "fraction": 0.0}, (1, 1, 0, 0, False, True, False)),
        # a policy that forgot the bar never lets silence pass
        ("...", {"minimum": 0, "fraction": 0.0}, (3, 1, 0, 0, False, False, False)),
    ],
)
def test_one_team(said: str, rule: dict[str, float], facts: tuple[int, int, int, int, bool, bool, bool]) -> None:
    team = count(said, **rule)  # type: ignore[arg-type]

    counted = (team.eligible, team.needed, team.approvals, team.concerns)
    assert (*counted, team.is_passed, team.is_rejected, team.is_blocked) == facts


def test_an_outsider_counts_for_nothing() -> None:
    ballot = Ballot("architecture", 1, 0.0, frozenset({1}), frozenset(), {2: Position.APPROVE, 3: Position.REJECT})

    team = tally(ballot)

    assert (team.approvals, team.rejects, team.silent) == (0, 0, 1)


@pytest.mark.parametrize(
    ("teams", "verdict"),
    [
        ((), Verdict.OPEN),
        (("aa.",), Verdict.APPROVE),
        (("aa.", "a.."), Verdict.OPEN),
        (("aa.", "aa"), Verdict.APPROVE),
        (("aa.", "xx."), Verdict.REJECT),
        (("a..", "xx."), Verdict.REJECT),
        (("aa.", "rr."), Verdict.OPEN),
        (("aa.", ""), Verdict.OPEN),
        (("aad",), Verdict.OPEN),
        (("aad", "xx."), Verdict.REJECT),
    ],
)
def test_the_round(teams: tuple[str, ...], verdict: Verdict) -> None:
    assert settle(count(said) for said in teams) == verdict


@pytest.mark.parametrize(
    ("said", "rule", "sentence"),
    [
        ("...", {}, "Needs 2 more approvals (0 of 2)."),
        ("a..", {}, "Needs 1 more approval (1 of 2)."),
        ("aa.", {}, "Passed: 2 of 2 needed approvals."),
        ("aad", {}, "Blocked by 1 open concern."),
        ("ddd", {}, "Blocked by 3 open concerns."),
        ("xx.", {}, "Rejected: 2 reject, 2 approvals cannot be reached."),
        ("x", {"minimum": 1}, "Rejected: 1 rejects, 1 approvals cannot be reached."),
        ("", {}, "Cannot pass: the team has no members."),
        ("rr.", {}, "Cannot pass: 2 recused; 2 approvals needed, 1 possible."),
        (
            "...",
            {"barred": "01"},
            "Cannot pass: 2 wrote the RFC, left, audits or is deactivated; 2 approvals needed, 1 possible.",
        ),
        ("--.", {}, "Cannot pass: 2 abstained; 2 approvals needed, 1 possible."),
        (".", {}, "Cannot pass: too few members; 2 approvals needed, 1 possible."),
    ],
)
def test_the_forecast_says_what_it_waits_for(said: str, rule: dict[str, float], sentence: str) -> None:
    assert forecast(count(said, **rule)) == sentence  # type: ignore[arg-type]


# For any ballot ------------------------------------------------------------------------------------------

people = st.integers(0, 12)
ballots = st.builds(
    Ballot,
    team=st.just("architecture"),
    minimum=st.integers(0, 4),
    fraction=st.integers(0, 100).map(lambda percent: percent / 100),
    roster=st.frozensets(people, max_size=10),
    barred=st.frozensets(people, max_size=5),
    positions=st.dictionaries(people, st.sampled_from(list(Position)), max_size=12),
)


@given(ballots)
def test_counts_add_up(ballot: Ballot) -> None:
    team = tally(ballot)
    said = team.approvals + team.rejects + team.abstained + team.recused + team.concerns + team.silent

    assert team.eligible + team.recused + team.barred == team.roster
    assert said + _no_objections(ballot) == team.roster - team.barred + _concerns_of_the_barred(ballot)


def _concerns_of_the_barred(ballot: Ballot) -> int:
    positions = ballot.positions or {}
    return sum(positions.get(who) in BLOCKING for who in ballot.roster & ballot.barred)


def _no_objections(ballot: Ballot) -> int:
    may = ballot.roster - ballot.barred
    return sum(1 for who, said in (ballot.positions or {}).items() if who in may and said == Position.NO_OBJECTION)


@given(ballots)
def test_a_team_is_at_most_one_of_passed_rejected_and_blocked(ballot: Ballot) -> None:
    team = tally(ballot)

    assert [team.is_passed, team.is_rejected, team.is_blocked].count(True) <= 1


@given(ballots)
def test_needed_is_the_least_whole_number_that_satisfies_the_rule(ballot: Ballot) -> None:
    team = tally(ballot)
    floor = max(ballot.minimum, 1)

    assert team.needed >= floor
    assert Fraction(str(ballot.fraction)) * team.eligible <= team.needed
    assert team.needed == floor or (team.needed - 1) < Fraction(str(ballot.fraction)) * team.eligible


@given(ballots)
def test_passing_takes_real_approvals_of_people_who_may_sign(ballot: Ballot) -> None:
    team = tally(ballot)
    may = ballot.roster - ballot.barred
    approving = {who for who, said in (ballot.positions or {}).items() if said == Position.APPROVE and who in may}

    assert not team.is_passed or len(approving) >= max(
        1, ballot.minimum, math.ceil(ballot.fraction * team.eligible - 1e-9)
    )


@given(ballots, people)
def test_no_signature_of_a_barred_person_changes_anything(ballot: Ballot, who: int) -> None:
    barred = ballot.barred | {who}

    results = {
        tally(
            Ballot("a", ballot.minimum, ballot.fraction, ballot.roster, barred, {**(ballot.positions or {}), who: said})
        )
        for said in Position
        if said not in BLOCKING
    }

    assert len(results) == 1


@given(ballots, people, st.sampled_from(sorted(BLOCKING)))
def test_a_concern_stays_open_whatever_becomes_of_its_raiser(ballot: Ballot, who: int, concern: Position) -> None:
    positions = {**(ballot.positions or {}), who: concern}
    barred = Ballot("a", ballot.minimum, ballot.fraction, ballot.roster | {who}, ballot.barred | {who}, positions)

    assert not tally(barred).is_passed


@given(ballots, people)
def test_one_more_approval_never_unmakes_a_pass(ballot: Ballot, who: int) -> None:
    positions = dict(ballot.positions or {})
    before = tally(ballot)

    after = tally(
        Ballot("a", ballot.minimum, ballot.fraction, ballot.roster, ballot.barred, {**positions, who: WORDS["a"]})
    )

    raised_the_bar = positions.get(who) == Position.RECUSE
    assert raised_the_bar or not before.is_passed or after.is_passed


@given(ballots)
def test_reachable_means_that_the_rest_could_still_approve(ballot: Ballot) -> None:
    final = {Position.REJECT, Position.ABSTAIN, Position.RECUSE}
    positions = {who: said for who, said in (ballot.positions or {}).items() if said in final}
    everyone = {who: positions.get(who, Position.APPROVE) for who in ballot.roster}

    best = tally(Ballot("a", ballot.minimum, ballot.fraction, ballot.roster, ballot.barred, everyone))

    assert tally(ballot).is_reachable == best.is_passed


@given(ballots)
def test_every_tally_has_its_sentence(ballot: Ballot) -> None:
    sentence = forecast(tally(ballot))

    assert sentence[0].isupper()
    assert sentence.endswith(".")


@given(st.lists(ballots, max_size=3))
def test_the_round_approves_only_when_every_team_passes(ballots: list[Ballot]) -> None:
    teams = [tally(ballot) for ballot in ballots]

    verdict = settle(teams)

    assert (verdict == Verdict.APPROVE) == (bool(teams) and all(team.is_passed for team in teams))
    assert (verdict == Verdict.REJECT) == any(team.is_rejected for team in teams)
