"""A complete document, and the ways to spoil it."""

from datetime import date, timedelta

from breakwater.justification import Justification, PackageChange, Period, Signature, Timeline, render

ONE, TWO, THREE = "src/packages/data/one", "src/packages/data/two", "src/packages/software/three"
CROSSING: dict[str, str | bytes | None] = {f"{ONE}/x.txt": "1\n", f"{TWO}/y.txt": "1\n"}
NAME = "BREAKING_CHANGE_JUSTIFICATION.md"


def day(number: int) -> date:
    return date(2026, 11, number)


COMPLETE = Justification(
    title="Detection returns a result",
    reference="RFC-0042",
    change_summary="`detect()` returns a result.",
    affected_packages=(PackageChange(ONE, "returns the result"), PackageChange(TWO, "reads the result")),
    api_changes="`detect()`",
    data_changes="None.",
    behavioral_changes="None.",
    justification="A tuple cannot carry the confidence.",
    rollback_plan="1. Revert the commit.\n2. Deploy.",
    testing_unit="pytest",
    testing_integration="the pipeline",
    testing_performance="10k series",
    timeline=Timeline(Period(day(2), day(6)), Period(day(9), day(13)), Period(day(16), day(17))),
    approvals=(Signature("Architecture Team", "Ada Byron", date(2026, 10, 30)),),
)
DOCUMENT = render(COMPLETE)
TODAY = date.today()
TOMORROW = TODAY + timedelta(days=1)
SHORT = f"""\
# Breaking Change Justification

## Change Summary
Tokens are checked again.

## Affected Packages
- src/packages/data/one/ - checks tokens
- src/packages/data/two/ - sends tokens

## Justification
Tokens of anybody were accepted.

## Rollback Plan
1. Revert the commit.

## Approval
- Security Team: Grace Hopper, {TODAY} (authorised; full justification due {TOMORROW})
"""
