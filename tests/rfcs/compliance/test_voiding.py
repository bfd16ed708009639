"""What was ticked or waived for some packages counts for no others, on whichever way the packages changed."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from approvals import retroactive
from rfcs import audit, clock
from rfcs.case import Case
from rfcs.compliance import checklists, evidence, waivers
from rfcs.content import Package
from rfcs.errors import Refused
from rfcs.models import RFC, Evidence
from rfcs.states import Phase
from tests import factories as f

pytestmark = pytest.mark.django_db
OTHERS = (f.package(), f.package("src/packages/mail/sender"))
VERIFIED = ["changes_minimal", "integration_tests_pass", "packages_compile", "unit_tests_pass"]


def ticked() -> RFC:
    """In implementation, with every item of it closed but the one that is waived."""
    rfc = f.rfc_in("implementation")
    waive(rfc, "unit_tests_pass")
    f.tick(rfc, Phase.IMPLEMENTATION)
    evidence.reopen_item(rfc, "unit_tests_pass", by=rfc.owner, reason="It is waived")
    return rfc


def waive(rfc: RFC, slug: str) -> None:
    until = clock.now().astimezone(UTC).date() + timedelta(days=30)
    waivers.grant(rfc, slug, by=f.person(None, "stewards"), reason="No runner", expires_on=until)


def open_items(rfc: RFC) -> list[str]:
    return sorted(item.slug for item in checklists.open_items(Case(f.again(rfc)), Phase.IMPLEMENTATION))


def why_not(rfc: RFC, move: str) -> list[str]:
    with pytest.raises(Refused) as refused:
        f.move(rfc, move)
    return sorted(reason.field for reason in refused.value.reasons)


def amend(rfc: RFC, packages: tuple[Package, ...] | None = None) -> RFC:
    named = packages or f.content().packages
    return f.move(f.edit(rfc, api_changes="Something else", packages=named), "amend")


def test_an_amendment_of_the_packages_voids_results_and_waivers_and_keeps_what_was_attested() -> None:
    rfc = amend(ticked(), OTHERS)

    assert open_items(rfc) == VERIFIED
    assert not Evidence.objects.filter(item__slug__in=VERIFIED, set_aside_at=None).exists()
    assert rfc.waivers.filter(revoked_at=None).count() == 0
    assert list(audit.records()) == []


def test_a_revision_in_review_of_the_amendment_voids_them_too() -> None:
    rfc = amend(ticked())
    assert open_items(rfc) == []

    rfc = f.approve(f.edit(rfc, packages=OTHERS))

    assert why_not(f.move(rfc, "start"), "finish") == VERIFIED


def test_words_about_the_same_packages_in_another_order_void_nothing() -> None:
    billing, checkout = f.content().packages

    rfc = amend(ticked(), (checkout, f.package(billing.path, description="Other words", data=True)))

    assert open_items(rfc) == []


def test_a_new_draft_begins_with_an_empty_checklist() -> None:
    rfc = f.move(f.move(amend(ticked()), "withdraw"), "revise")

    items = [item for item in checklists.statuses(Case(rfc)) if item.phase == Phase.IMPLEMENTATION]

    assert [item.slug for item in items if item.is_closed] == []
    assert {item.why_open for item in items} == {"It opens with the implementation phase."}
    assert rfc.waivers.filter(revoked_at=None).count() == 0
    assert list(audit.records()) == []


def test_the_full_text_of_an_emergency_with_other_packages_voids_what_was_ticked_at_night() -> None:
    rfc = f.short_in("implementation")
    f.tick(rfc, Phase.IMPLEMENTATION)

    rfc = f.file_full(rfc, packages=OTHERS)

    assert why_not(rfc, "finish") == VERIFIED


def test_the_full_text_of_an_emergency_voids_also_what_was_finished() -> None:
    rfc = f.file_full(f.short_in("post_implementation"))
    f.edit(rfc, packages=OTHERS)

    retroactive.file_justification(f.again(rfc), by=rfc.owner)

    assert set(VERIFIED) < set(why_not(rfc, "close"))
    evidence.close_item(rfc, "unit_tests_pass", by=f.person(), link="https://ci.example.org/1")
    assert "unit_tests_pass" not in open_items(rfc)
