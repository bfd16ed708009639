"""The facts of an export: what was decided against a rule is among them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.html import strip_tags

from approvals import concerns
from approvals.positions import Position
from governance.exporting import printing
from governance.exporting.record import facts
from rfcs import clock
from rfcs.compliance import evidence, waivers
from rfcs.compliance.evidence import Proof
from rfcs.freezes import Freeze
from rfcs.impact import planning
from rfcs.models import PolicyVersion
from rfcs.obligations import accepting
from rfcs.outages import recording
from rfcs.outages.telling import Said
from rfcs.policy import Policy
from tests.factories import (
    again,
    approve,
    file_full,
    lead,
    on,
    owned,
    person,
    reject,
    rfc_in,
    short_in,
    sign,
    signers,
    today,
)
from tests.rfcs.files.test_filetypes import PNG

pytestmark = pytest.mark.django_db


def test_what_was_overridden_is_printed_with_who_why_and_when() -> None:
    rfc = rfc_in("review")
    critic, head = (user for user, _ in signers(rfc)[:2])
    concern = sign(rfc, critic, Position.DISCUSS, title="Old callers")
    concerns.override(
        concern, by=lead("architecture", head), reason="They are gone since May.", authenticated_at=clock.now()
    )
    rfc = approve(rfc)
    day = str(today())
    freeze = Freeze("Audit", day, day)
    PolicyVersion.objects.create(version=99, body=Policy(freezes=(freeze,)).json(), in_force_from=clock.now())
    planning.override(rfc, freeze.key, by=person("stella", "stewards"), reason="A flood warning depends on it.")

    said = facts(again(rfc))["overrides"]

    assert [(row["kind"], row["what"], row["name"], row["reason"]) for row in said] == [
        (
            "concern",
            f"“Old callers” of {critic.get_full_name()} for the Architecture Team",
            head.get_full_name(),
            "They are gone since May.",
        ),
        ("freeze", freeze.key, "Stella Example", "A flood warning depends on it."),
    ]


def test_outages_as_they_stand_are_among_the_facts_and_on_paper() -> None:
    with on(2026, 6, 30):
        rfc = short_in("implementation", "hotfix")
    start = datetime(2026, 7, 1, 2, 10, tzinfo=UTC)
    first = recording.record(rfc, by=rfc.owner, said=Said(start.isoformat(), "", "Payments failed"))
    end = (start + timedelta(minutes=50)).isoformat()
    recording.record(rfc, by=rfc.owner, said=Said(start.isoformat(), end, "Payments failed"), corrects=first.pk)

    said = facts(again(rfc))
    paper = " ".join(strip_tags(printing.html(said)).split())

    assert [(row["started_at"], row["ended_at"], row["note"]) for row in said["outages"]] == [
        (start.isoformat(), end, "Payments failed")
    ]
    assert "2026-07-01 02:10 2026-07-01 03:00 50 Payments failed" in paper


def test_what_is_owed_and_whose_risk_it_is_stands_on_paper_in_the_words_of_an_emergency() -> None:
    rfc = reject(file_full(short_in("implementation")))
    open_ = facts(rfc)
    until = today() + timedelta(days=9)
    accepting.accept(rfc, by=person("bea", "architecture"), reason="It is known.", until=until)

    said = facts(again(rfc))
    paper = " ".join(strip_tags(printing.html(said)).split())

    assert [row["meaning"] for row in said["sign_offs"]] == [
        "Authorise, revision 1",
        "Deny, revision 2",
        "Deny, revision 2",
    ]
    met = {row["kind"]: row["met_by"] for row in said["obligations"]}
    assert (met["denial_resolution"], met["post_hoc_justification"]) == ("Bea Example", rfc.owner.get_full_name())
    assert f"Bea Example {until} It is known." in paper
    assert ("Full justification" in paper, "for that revision" in paper) == (True, True)
    assert " open " in " ".join(strip_tags(printing.html(open_)).split())


def test_checklist_evidence_waivers_and_owners_are_among_the_facts_and_on_paper() -> None:
    owner, second, steward = person("olga"), person("pete"), person("stella", "stewards")
    owned("src/packages/billing/invoices", owner)
    rfc = rfc_in("implementation")
    evidence.close_item(rfc, "packages_compile", by=second, link="https://ci.example.org/1", text="Green")
    evidence.close_item(
        rfc, "unit_tests_pass", by=second, proof=Proof("https://ci.example.org/2", name="run.png", chunks=[PNG])
    )
    evidence.reopen_item(rfc, "packages_compile", by=second, reason="It was another build.")
    waivers.grant(rfc, "packages_compile", by=steward, reason="No runner", expires_on=today() + timedelta(days=9))

    said = facts(again(rfc))
    paper = " ".join(strip_tags(printing.html(said)).split())

    items = {item["slug"]: item for item in said["checklist"]}
    assert len(items) == 14
    assert [row["link"] for row in items["packages_compile"]["evidence"]] == ["https://ci.example.org/1"]
    assert items["packages_compile"]["evidence"][0]["set_aside_by"] == "Pete Example"
    assert [row["reason"] for row in items["packages_compile"]["waivers"]] == ["No runner"]
    assert items["unit_tests_pass"]["evidence"][0]["file"]["name"] == "run.png"
    answers = {row["package"]: [said["answer"] for said in row["answers"]] for row in said["acknowledgements"]}
    assert answers == {"src/packages/billing/invoices": ["acknowledge"], "src/packages/shop/checkout": []}
    for words in ("Olga Example acknowledged on revision 1", "run.png", "No runner; Stella Example", "set aside"):
        assert words in paper
