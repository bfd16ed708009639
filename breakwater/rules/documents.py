"""The justification document (JD001 to JD011), in full and in the abbreviated form.

Source: the process, "BREAKING_CHANGE_JUSTIFICATION.md Template" and "Emergency Procedures". The abbreviated form
leaves out Impact Assessment, Testing Strategy and Timeline, all three, and records in its approval who authorised it
and until when the full one is due: `- Security Team: Ada, 2026-11-20 (authorised; full justification due 2026-11-21)`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from breakwater import justification
from breakwater.changes import ChangeSet, shown
from breakwater.config import Config
from breakwater.documents import Document, headings, in_change, is_named
from breakwater.findings import Finding, Rule
from breakwater.globs import matches
from breakwater.justification import Justification, Signature, template
from breakwater.packages import ROOT

_TEMPLATE = "## Change Summary\n## Affected Packages\n## Impact Assessment\n## Justification\n"
_REST = "## Rollback Plan\n## Testing Strategy\n## Timeline\n## Approval"


def _rule(number: str, name: str, summary: str, bad: str, good: str, **more: str) -> Rule:
    return Rule(f"JD{number}", name, summary, bad=bad, good=good, language="markdown", **more)


HEADING = _rule(
    "001",
    "heading-missing",
    "A heading of the template is missing, unknown, repeated or out of order.",
    "## Affected Packages\n## Change Summary\n## Rationale",
    _TEMPLATE + _REST,
)
EMPTY = _rule(
    "002",
    "section-empty",
    "A section is empty or still holds the template's text.",
    "## Change Summary\nBrief description of the breaking change and why it's necessary.",
    "## Change Summary\n`detect()` returns a `DetectionResult`; the tuple could not carry the confidence.",
)
PACKAGE = _rule(
    "003",
    "package-line-incomplete",
    "A package line has no path or no description, or no package is named.",
    "## Affected Packages\n- src/packages/data/anomaly_detection/",
    "## Affected Packages\n- src/packages/data/anomaly_detection/ - returns `DetectionResult`",
)
NOWHERE = _rule(
    "004",
    "path-does-not-exist",
    "A package path exists neither before nor after the change.",
    "- src/packages/data/anomaly_detecton/ - returns `DetectionResult`",
    "- src/packages/data/anomaly_detection/ - returns `DetectionResult`",
)
STEPS = _rule(
    "005",
    "rollback-without-steps",
    "The rollback plan is not a list of steps.",
    "## Rollback Plan\nWe revert it.",
    "## Rollback Plan\n1. Revert the merge commit.\n2. Deploy `software/core`, then `data/anomaly_detection`.",
)
TESTING = _rule(
    "006",
    "testing-incomplete",
    "The testing strategy lacks unit tests, integration tests or the performance assessment.",
    "## Testing Strategy\n- Unit tests for each affected package: pytest",
    "## Testing Strategy\n- Unit tests for each affected package: pytest\n"
    "- Integration tests for cross-package interactions: the pipeline suite\n"
    "- Performance impact assessment: detection of 10k series, before and after",
)
TIMES = _rule(
    "007",
    "timeline-unreadable",
    "A date of the timeline is missing or unreadable, or development, testing and deployment are not in order.",
    "## Timeline\n- Development: next week\n- Testing: [dates]",
    "## Timeline\n- Development: 2026-11-02 to 2026-11-13\n- Testing: 2026-11-16 to 2026-11-20\n"
    "- Deployment: 2026-11-23 to 2026-11-24",
)
SIGNED = _rule(
    "008",
    "architecture-not-signed",
    "The architecture team has not signed with a name and a date, or has signed another text.",
    "## Approval\n- Architecture Team: [signature/date]",
    "## Approval\n- Architecture Team: Ada Byron, 2026-10-30",
    why="A signature is given to what was read. Where a change alters a document that was there before and touches "
    "packages, whoever must sign (in the abbreviated form: who authorised it) signs the new text; white space apart. "
    "So it is with a new document that was taken from one that was there before: it is about the same RFC, or says the "
    "same but for title, packages and approval. The same text at another place is no document of its own. A signature "
    "of a day that is yet to come does not count.",
)
SECURITY = _rule(
    "009",
    "security-not-signed",
    "The change touches security and the security team has not signed.",
    "- Architecture Team: Ada Byron, 2026-10-30\n- Security Team: [signature/date] (if applicable)",
    "- Architecture Team: Ada Byron, 2026-10-30\n- Security Team: Grace Hopper, 2026-10-30",
    why="What touches security is said by `security` in the configuration, a list of globs; by default everything "
    "below a folder named `security`, `auth` or `crypto`.",
)
ABBREVIATED = _rule(
    "010",
    "abbreviated-without-authority",
    "The abbreviated form does not record who authorised it and until when the full justification is due.",
    "## Approval\n- Architecture Team: [signature/date]",
    "## Approval\n- Security Team: Grace Hopper, 2026-11-20 (authorised; full justification due 2026-11-21)",
    why="In an emergency Impact Assessment, Testing Strategy and Timeline may follow later, all three. One member of "
    "the security team or the incident commander authorises it. After a security emergency the full justification is "
    "due within 24 hours, so no later than on the next day. Once that day is past, the abbreviated form justifies "
    "nothing any more: the full one takes its place.",
)
DIFFERS = _rule(
    "011",
    "packages-differ",
    "The packages that the document names are not those that the change touches.",
    "## Affected Packages\n- src/packages/data/one/ - new result\n\n(the change touches data/one and data/two)",
    "## Affected Packages\n- src/packages/data/one/ - new result\n- src/packages/data/two/ - reads the new result",
)
RULES = (HEADING, EMPTY, PACKAGE, NOWHERE, STEPS, TESTING, TIMES, SIGNED, SECURITY, ABBREVIATED, DIFFERS)
_BY_ID = {rule.id: rule for rule in RULES}

_LATER = template.LATER
_LATER_FIELDS = frozenset(slot.field for slot in template.BULLETS if slot.section in _LATER) | {"timeline"}
_RULE_OF_SECTION = {
    template.PACKAGES: PACKAGE,
    template.TESTING: TESTING,
    template.TIMELINE: TIMES,
    template.APPROVAL: SIGNED,
}
_SECTION_OF_FIELD = {
    **{slot.field: slot.section for slot in (*template.PROSE, *template.BULLETS)},
    "affected_packages": template.PACKAGES,
    "timeline": template.TIMELINE,
    "approvals": template.APPROVAL,
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_AUTHORITIES = ("security", "incident")


def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    """Every document of the change; of the whole tree, where nothing is compared."""
    for document in in_change(change_set, config):
        yield from judge(document, config)
        if document.value:
            yield from _against_tree(document, change_set)
        if document.value and not change_set.whole:
            yield from _against_change(document, change_set, config)


def judge(document: Document, config: Config) -> Iterator[Finding]:
    """What the document's text alone says: JD001 to JD003, JD005 to JD008, JD010."""
    found = headings(document.text)
    short = is_abbreviated(document)
    yield from _headings(document, found, short=short)
    if document.error:
        yield _unreadable(document, found)
    elif document.value:
        yield from _problems(document, document.value, {name.casefold() for _, name in found}, short=short)
        if short:
            yield from _authority(document, document.value)
        else:
            yield from _to_come(document, document.value)


def is_abbreviated(document: Document) -> bool:
    """Whether it has the headings of the abbreviated form."""
    names = {name.casefold() for _, name in headings(document.text)}
    return bool(names) and not names & {section.casefold() for section in _LATER}


def stale(document: Document) -> Iterator[Finding]:
    """JD008 of a document that was altered, or taken from another, while those who must sign signed the earlier one."""
    value, before = document.value, document.before
    if value is None or before is None or (_is_same(document) and not document.original):
        return
    counting = [s for s in _signatures(value) if s.team.casefold().startswith(_signing(document))]
    if counting and all(signature in before.approvals for signature in counting):
        message = _signed_before(document, counting[0])
        yield SIGNED.at(document.path, _line(document, template.APPROVAL), message)


def _is_same(document: Document) -> bool:
    """Whether it says what the earlier one says, the approval apart."""
    value, before = document.value, document.before
    return value is not None and before is not None and _without_names(value) == _without_names(before)


def _signed_before(document: Document, signature: Signature) -> str:
    signed = f"{signature.signer} signed on {signature.on}"
    if not _is_same(document):
        what = f"what {signed}" if not document.original else f"{shown(document.original)}, which {signed}"
        mend = "have it signed anew, or write a document of its own for this change"
        return f"The text differs from {what}: {mend}."
    named = f"name {document.reference} in the message, or " if document.reference else ""
    return (
        f"It is a copy of {shown(document.original)}, which {signed} and which was there before this change: "
        f"{named}write a document of its own and have it signed."
    )


def _without_names(value: Justification) -> list[str]:
    """Every word but the approval."""
    return justification.render(replace(value, approvals=())).split()


def _signatures(value: Justification) -> list[Signature]:
    return [signature for signature in value.approvals if signature.signer and signature.on]


def _signing(document: Document) -> tuple[str, ...]:
    """How the names of the teams begin whose signature the document needs."""
    return _AUTHORITIES if is_abbreviated(document) else ("architecture",)


def _line(document: Document, section: str) -> int:
    return next((at for at, name in headings(document.text) if name.casefold() == section.casefold()), 1)


def _headings(document: Document, found: list[tuple[int, str]], *, short: bool) -> Iterator[Finding]:
    wanted = [section for section in template.SECTIONS if not (short and section in _LATER)]
    names = {section.casefold(): section for section in template.SECTIONS}
    known = [(line, names[name.casefold()]) for line, name in found if name.casefold() in names]
    for section in wanted:
        if section not in {name for _, name in known}:
            yield HEADING.at(document.path, 1, f"The heading “## {section}” is missing.")
    for (_, before), (line, name) in pairwise(known):
        if template.SECTIONS.index(name) < template.SECTIONS.index(before):
            yield HEADING.at(document.path, line, f"“{name}” stands after “{before}”; the template has it before.")


def _unreadable(document: Document, found: list[tuple[int, str]]) -> Finding:
    assert document.error
    line = document.error.line
    section = next((name for at, name in reversed(found) if at < line), "")
    rule = _RULE_OF_SECTION.get(section, HEADING)
    message = str(document.error).partition(": ")[2]
    return rule.at(document.path, line, message[:1].upper() + message[1:])


def _problems(document: Document, value: Justification, there: set[str], *, short: bool) -> Iterator[Finding]:
    """What is wrong in the sections that are there; the others were told as missing."""
    for problem in justification.problems(value, with_approval=not short):
        section = _SECTION_OF_FIELD[problem.field]
        if section.casefold() in there and not (short and problem.field in _LATER_FIELDS):
            line = _line(document, section)
            yield _BY_ID[problem.rule].at(document.path, line, problem.message)


def _authority(document: Document, value: Justification) -> Iterator[Finding]:
    line = _line(document, template.APPROVAL)
    signed = [s for s in _signatures(value) if s.team.casefold().startswith(_AUTHORITIES)]
    if not signed:
        message = (
            "The abbreviated form needs who authorised it: `- Security Team: Name, 2026-11-20 "
            "(authorised; full justification due 2026-11-21)`, or the same of an Incident Commander."
        )
        yield ABBREVIATED.at(document.path, line, message)
    else:
        faults = [_late(signature, date.today()) for signature in signed]
        if all(faults):
            yield ABBREVIATED.at(document.path, line, faults[0])


def _to_come(document: Document, value: Justification) -> Iterator[Finding]:
    """JD008 where nobody of the architecture team signed yet, but on a day that is not there."""
    signed = [s for s in _signatures(value) if s.team.casefold().startswith("architecture")]
    if signed and all(_is_to_come(signature) for signature in signed):
        yield SIGNED.at(document.path, _line(document, template.APPROVAL), _of_a_day_to_come(signed[0]))


def _is_to_come(signature: Signature) -> bool:
    """Somewhere it may be tomorrow already."""
    return signature.on is not None and signature.on > date.today() + timedelta(days=1)


def _of_a_day_to_come(signature: Signature) -> str:
    who = f"The signature of {signature.signer} for the {signature.team}"
    return f"{who} is of {signature.on}, a day that is yet to come; write the day on which it was given."


def _late(signature: Signature, today: date) -> str:
    """What is wrong with the deadline in the note, "" for nothing."""
    due = _due(signature.note)
    if due is None or signature.on is None:
        return f"The authorisation of {signature.signer} does not say until when the full justification is due."
    if due < signature.on:
        return f"The full justification is due on {due}, before it was authorised on {signature.on}."
    if signature.team.casefold().startswith("security") and due > signature.on + timedelta(days=1):
        return f"The full justification is due within 24 hours of {signature.on}, not on {due}."
    if _is_to_come(signature):
        return f"The authorisation of {signature.signer} is of {signature.on}, a day that is yet to come."
    if due < today:
        return f"The full justification was due on {due}: bring it in place of the abbreviated one."
    return ""


def _due(note: str) -> date | None:
    for text in _DAY.findall(note):
        try:
            return date.fromisoformat(text)
        except ValueError:
            continue
    return None


def _against_tree(document: Document, change_set: ChangeSet) -> Iterator[Finding]:
    line = _line(document, template.PACKAGES)
    for package in sorted(document.packages - set(change_set.touched)):
        if not (change_set.has(package) or package == ROOT):
            yield NOWHERE.at(document.path, line, f"{shown(package)} exists neither before nor after this change.")


def _against_change(document: Document, change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    line = _line(document, template.PACKAGES)
    missing = sorted(set(change_set.touched) - document.packages)
    surplus = sorted(document.packages - set(change_set.touched) - {ROOT})
    if change_set.touched and (missing or surplus):
        parts = (
            missing and f"it leaves out {', '.join(map(shown, missing))}",
            surplus and f"it names {', '.join(map(shown, surplus))}, untouched",
        )
        text = "; ".join(part for part in parts if part)
        yield DIFFERS.at(document.path, line, f"“Affected Packages” differs from the change: {text}.")
    is_named_copy = document.original and _is_same(document) and is_named(document, change_set)
    if change_set.touched and not is_named_copy:
        yield from stale(document)
    yield from _security(document, change_set, config)


def _security(document: Document, change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    touched = next((path for path in change_set.paths if matches(path, config.security)), None)
    signed = (
        [s for s in _signatures(document.value) if s.team.casefold().startswith("security")] if document.value else []
    )
    if touched and all(_is_to_come(signature) for signature in signed):
        line = _line(document, template.APPROVAL)
        why = _of_a_day_to_come(signed[0]) if signed else "the security team has not signed."
        yield SECURITY.at(document.path, line, f"{shown(touched)} touches security, and {why[:1].lower()}{why[1:]}")
