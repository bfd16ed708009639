"""Facts that a move needs. Each guard gives the reasons that stand in the way, none when it is met.

A guard reads a `Case`: the RFC, what it says, and its policy. It writes nothing. Those of the checklists are in
rfcs/compliance/closing.py, above the checklists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from breakwater.justification import Problem
from rfcs.case import Case
from rfcs.errors import Reason, not_ready
from rfcs.paths import path_problem
from rfcs.scenarios import unanswered
from rfcs.states import Acknowledged, Scenario

OWNER = "the owner"
LONGEST_QUOTE = 200
NOT_YET, NEVER = "Not yet", "Not applicable"
"""The words of what is moot: something else comes first, or it will not come at all."""


@dataclass(frozen=True, slots=True)
class Moot:
    """Why a check that finds nothing has found nothing to check: in a word or two, and in a sentence."""

    word: str
    message: str


def _never_moot(case: Case) -> Moot | None:
    return None


@dataclass(frozen=True, slots=True)
class Guard:
    """One requirement: its code, the words the page shows, where to mend it, the check, and when that is moot."""

    code: str
    title: str
    place: str
    check: Callable[[Case], Iterable[Reason]]
    many: str = ""
    """Before a list of the things of several reasons; without it their sentences are listed."""
    moot: Callable[[Case], Moot | None] = _never_moot

    def reasons(self, case: Case) -> tuple[Reason, ...]:
        return tuple(self.check(case))


def guard(
    code: str,
    title: str,
    *,
    place: str = "",
    many: str = "",
    moot: Callable[[Case], Moot | None] = _never_moot,
) -> Callable[[Callable[[Case], Iterable[Reason]]], Guard]:
    """Name a check. `place` is an anchor of the edit form, or `checklist`."""
    return lambda check: Guard(code, title, place, check, many, moot)


def _no_scenario(case: Case) -> Moot | None:
    is_chosen = case.content.scenario in Scenario.values
    return None if is_chosen else Moot(NOT_YET, "Choose the scenario first; it decides what is asked.")


def _no_package(case: Case) -> Moot | None:
    return None if case.content.packages else Moot(NOT_YET, "Name the packages first.")


def _nobody_asked(case: Case) -> Moot | None:
    if any(standing.row for standing in case.acknowledgements):
        return None
    return Moot(NEVER, "No owner of these packages is known, so nobody was asked.")


def _nobody_answered(case: Case) -> Moot | None:
    waits = (standing.state == Acknowledged.WAITING for standing in case.acknowledgements if standing.row)
    return _nobody_asked(case) or (Moot(NOT_YET, "No package owner has answered yet.") if all(waits) else None)


@guard("title", "A title", place="summary")
def has_title(case: Case) -> Iterator[Reason]:
    if not case.content.title.strip():
        yield not_ready("title", "The RFC has no title; say in one line what changes.", field="title")


@guard("scenario", "A scenario of the process", place="summary")
def has_scenario(case: Case) -> Iterator[Reason]:
    if case.content.scenario not in Scenario.values:
        yield not_ready("scenario", "No scenario is chosen; pick the one that justifies the change.", field="scenario")


@guard(
    "answers", "The scenario's questions answered", place="answers", many="These are not answered:", moot=_no_scenario
)
def scenario_answered(case: Case) -> Iterator[Reason]:
    for question in unanswered(case.content.scenario, case.content.answers):
        message = f"“{question.label}” is not answered. {question.help}"
        yield not_ready("unanswered", message, field=f"answers.{question.slug}", thing=question.label)


@guard("summary", "A change summary", place="summary")
def has_summary(case: Case) -> Iterator[Reason]:
    if not case.content.change_summary.strip():
        message = "The change summary is empty; describe the breaking change and why it is necessary."
        yield not_ready("change_summary", message, field="change_summary")


@guard("packages", "At least one affected package", place="packages")
def has_packages(case: Case) -> Iterator[Reason]:
    if not case.content.packages:
        message = "No package is named; list every package that this change touches."
        yield not_ready("packages", message, field="affected_packages")


@guard("paths", "Package paths inside the repository, each once", place="packages", moot=_no_package)
def paths_valid(case: Case) -> Iterator[Reason]:
    seen: set[str] = set()
    for path in case.content.paths:
        problem = path_problem(path)
        if problem:
            yield not_ready("path_invalid", problem, field="affected_packages", thing=path)
        elif path in seen:
            message = f"{path} is listed twice; keep one row for each package."
            yield not_ready("path_duplicate", message, field="affected_packages", thing=path)
        seen.add(path)


@guard("saved", "All edits saved as a revision", place="top")
def nothing_unsaved(case: Case) -> Iterator[Reason]:
    if case.unsaved_fields:
        message = "The working copy has edits that no revision holds yet; save them or discard them first."
        yield Reason("unsaved_edits", message, who=OWNER)


@guard(
    "assessed",
    "Every package assessed",
    place="packages",
    many="Choose severity and kind of change for:",
    moot=_no_package,
)
def packages_assessed(case: Case) -> Iterator[Reason]:
    for package in case.content.packages:
        if not package.is_assessed:
            message = f"{package.path} is not assessed; choose its severity and which kind of change it sees."
            yield not_ready("not_assessed", message, field="affected_packages", thing=package.path)


@guard("risk", "The risk questionnaire answered", place="risk", many="These questions are not answered:")
def risk_answered(case: Case) -> Iterator[Reason]:
    for question in case.risk.missing:
        message = f"The risk question “{question.label}” is not answered. {question.help}"
        yield not_ready("risk_unanswered", message, field=f"risk.{question.slug}", thing=question.label)


@guard("objections", "No objection by a package owner", place="impact", moot=_nobody_answered)
def no_objection(case: Case) -> Iterator[Reason]:
    for standing in case.acknowledgements:
        if standing.objection is not None:
            who, why = standing.objector, standing.objection.reason
            shown = why if len(why) <= LONGEST_QUOTE else f"{why[:LONGEST_QUOTE]}…"
            message = f"{who}, an owner of {standing.path}, objects: “{shown}” Settle it, and let them answer anew."
            yield Reason("objection", message, field="acknowledgements", who=who)


@guard(
    "acknowledged",
    "Package owners have answered, or their time lapsed",
    place="impact",
    many="These wait for an answer of their owners:",
    moot=_nobody_asked,
)
def owners_answered(case: Case) -> Iterator[Reason]:
    for standing in case.acknowledgements:
        if standing.row is not None and standing.state == Acknowledged.WAITING:
            due = f"{standing.row.due_at:%-d %B %Y, %H:%M} UTC"
            if not standing.waited:
                message = (
                    f"{standing.path} has no owner who could answer; a steward names one, or the time lapses on {due}."
                )
                yield Reason("acknowledgement_open", message, field="acknowledgements", who="a steward", thing=message)
                continue
            message = f"{standing.path} waits for an answer of its owners, {standing.names}, until {due}."
            thing = f"{standing.path}: {standing.names}, until {due}"
            yield Reason("acknowledgement_open", message, field="acknowledgements", who=standing.names, thing=thing)


@guard(
    "clash",
    "No unresolved clash with another RFC",
    place="impact",
    many="Record how this keeps apart from these, as agreed with their owners, or move the dates:",
)
def no_clash(case: Case) -> Iterator[Reason]:
    for clash in case.clashes:
        if clash.resolution is None:
            first, last = (f"{day:%-d %B %Y}" for day in clash.days)
            is_own = clash.other.owner_id == case.rfc.owner_id
            advice = "Record how they keep apart" if is_own else f"Agree with {clash.owner} and record how"
            message = (
                f"{clash.other.number} changes {clash.paths[0]} too, and both are on their way from {first} to {last}. "
                f"{advice}, or move the dates."
            )
            who = f"the owner{'' if is_own else f' or {clash.owner}'}"
            yield Reason("clash", message, field="timeline", who=who, thing=f"{clash.other.number}, {first} to {last}")


@guard("freeze", "No freeze window", place="impact")
def no_freeze(case: Case) -> Iterator[Reason]:
    for freeze in case.freezes:
        if freeze.is_on(case.today) and freeze.key not in case.overrides:
            message = f"“{freeze.name}” lets nothing start until the end of {freeze.last:%-d %B %Y}."
            yield Reason("freeze", f"{message} A steward may override it with a reason.", who="a steward")


def _document_reasons(case: Case, *, rules: frozenset[str] = frozenset(), fields: frozenset[str]) -> Iterator[Reason]:
    for problem in case.problems:
        if problem.rule in rules or problem.field in fields:
            yield _reason(problem)


def _reason(problem: Problem) -> Reason:
    return not_ready(problem.rule, problem.message, field=problem.field)


@guard("summary_written", "A change summary", place="summary")
def summary_written(case: Case) -> Iterator[Reason]:
    yield from _document_reasons(case, fields=frozenset({"change_summary"}))


@guard("packages_named", "Affected packages, each with what changes", place="packages")
def packages_named(case: Case) -> Iterator[Reason]:
    yield from _document_reasons(case, fields=frozenset({"affected_packages"}))


@guard("urgency", "Why it cannot wait", place="justification")
def urgency_justified(case: Case) -> Iterator[Reason]:
    for problem in case.problems:
        if problem.field == "justification":
            message = "The urgency is not justified; say why this cannot wait for the standard track."
            yield not_ready("urgency", message, field="justification")


TIMELINE = frozenset({"timeline"})
ROLLBACK = frozenset({"rollback_plan"})
TESTING = frozenset({"testing_unit", "testing_integration", "testing_performance"})


@guard("timeline", "A timeline in order", place="timeline")
def timeline_in_order(case: Case) -> Iterator[Reason]:
    yield from _document_reasons(case, rules=frozenset({"JD007"}), fields=TIMELINE)


@guard("rollback", "A rollback plan in steps", place="rollback")
def rollback_in_steps(case: Case) -> Iterator[Reason]:
    yield from _document_reasons(case, rules=frozenset({"JD005"}), fields=ROLLBACK)


@guard("testing", "Unit, integration and performance testing", place="testing")
def testing_defined(case: Case) -> Iterator[Reason]:
    yield from _document_reasons(case, rules=frozenset({"JD006"}), fields=TESTING)


@guard("document", "A justification document without problems", place="justification")
def document_complete(case: Case) -> Iterator[Reason]:
    """What the other guards of the document do not already say."""
    elsewhere = TIMELINE | ROLLBACK | TESTING
    for problem in case.problems:
        if problem.rule not in {"JD005", "JD006", "JD007"} and problem.field not in elsewhere:
            yield _reason(problem)


@guard("materially_different", "A change of what was approved", place="top")
def differs_from_approved(case: Case) -> Iterator[Reason]:
    if case.working_digest == case.rfc.material_digest:
        message = "Nothing material differs from the approved revision; edit the RFC before asking for an amendment."
        yield Reason("no_material_change", message, who=OWNER)


@guard("approval_current", "The approval covers what the RFC says now", place="sign-offs")
def approval_current(case: Case) -> Iterator[Reason]:
    if not case.is_approved_as_is:
        message = "The approval belongs to another revision; ask for a new review."
        yield Reason("approval_stale", message, who=OWNER)


@guard("obligations", "No open obligation", place="obligations")
def nothing_owed(case: Case) -> Iterator[Reason]:
    """What was put off at the authorisation is done, whatever became of the change since."""
    for owed in case.owed:
        message = f"“{owed.get_kind_display()}” is owed until {owed.due_at:%-d %B %Y, %H:%M} UTC."
        yield Reason("obligation_open", message, field=owed.kind, who=owed.who)
    if case.has_lapsed_acceptance and case.acceptance:
        message = f"The risk was accepted until {case.acceptance.until:%-d %B %Y} only; roll back, or accept it anew."
        yield Reason("acceptance_lapsed", message, field="denial_resolution", who="a board member, or the owner")


ABBREVIATED = (has_title, summary_written, packages_named, paths_valid, urgency_justified, rollback_in_steps)
"""What security or the incident commander authorises: the abbreviated form, as it is known at two in the morning."""
WHOLE = (
    has_title,
    has_scenario,
    scenario_answered,
    has_summary,
    has_packages,
    paths_valid,
    packages_assessed,
    risk_answered,
    timeline_in_order,
    rollback_in_steps,
    testing_defined,
    document_complete,
)
"""What a text needs before a board may sign it; an amendment and a revision in review need it too."""


@guard("whole", "A complete document", place="top")
def amendment_whole(case: Case) -> Iterator[Reason]:
    for part in WHOLE:
        yield from part.reasons(case.drafted)
