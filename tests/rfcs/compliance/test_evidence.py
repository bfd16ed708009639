"""Evidence in pieces, waivers that end, and who may do what: every rule of the checklist."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import Error, connection, transaction

from rfcs import audit, clock, editing
from rfcs.case import Case
from rfcs.compliance import evidence, waivers
from rfcs.compliance.checklists import NOBODY_TOLD, ItemStatus, statuses
from rfcs.compliance.duties import Duties
from rfcs.compliance.evidence import Proof
from rfcs.errors import Refused
from rfcs.files import storage, uploads
from rfcs.models import RFC, Event, Evidence, Message, Package, PolicyVersion, Waiver
from rfcs.policy import Item, Policy
from rfcs.states import Phase, WaiverKind
from tests import factories as f
from tests.rfcs.files.test_filetypes import PNG

pytestmark = pytest.mark.django_db
LINK = "https://ci.example.org/1"


def status(rfc: RFC, slug: str) -> ItemStatus:
    return next(item for item in statuses(Case(f.again(rfc))) if item.slug == slug)


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def in_days(days: int) -> date:
    return clock.now().astimezone(UTC).date() + timedelta(days=days)


def waive(rfc: RFC, slug: str = "unit_tests_pass", **wanted: Any) -> Waiver:
    said: dict[str, Any] = {"reason": "No runner", "expires_on": in_days(30)} | wanted
    return waivers.grant(rfc, slug, by=said.pop("by", None) or f.person(None, "stewards"), **said)


# Evidence -----------------------------------------------------------------------------------------------


def test_a_file_of_a_second_person_is_kept_with_who_and_when() -> None:
    rfc, second = f.rfc_in("implementation"), f.person()

    item = evidence.close_item(
        rfc, "unit_tests_pass", by=second, proof=Proof(LINK, "All green", "run.png", iter([PNG]))
    )

    piece = item.evidence.get()
    assert (piece.link, piece.text, piece.given_by, piece.given_at) == (LINK, "All green", second, item.closed_at)
    assert piece.attachment is not None
    assert storage.place_of(piece.attachment.sha256).read_bytes() == PNG
    assert (list(audit.records()), list(audit.files())) == ([], [])


@pytest.mark.parametrize("slug", ["documentation_updated", "unit_tests_pass"])
def test_items_of_the_process_need_a_link(slug: str) -> None:
    rfc = f.rfc_in("implementation")
    by = rfc.owner if slug == "documentation_updated" else f.person()

    with pytest.raises(Refused) as refused:
        evidence.close_item(rfc, slug, by=by, proof=Proof(text="Done", name="run.png", chunks=[PNG]))

    assert codes(refused) == ["link_missing"]


@pytest.mark.parametrize(
    ("proof", "code"),
    [(Proof(text="Told in the meeting"), ""), (Proof(name="a.png", chunks=[PNG]), ""), (Proof(), "evidence_missing")],
)
def test_another_attested_item_closes_with_any_piece(proof: Proof, code: str) -> None:
    policy = Policy(checklist=(*Policy().checklist, Item("told", Phase.IMPLEMENTATION, "attested", "Told", False)))
    PolicyVersion.objects.create(version=2, body=policy.json(), in_force_from=clock.now())
    rfc = f.rfc_in("implementation")

    if code:
        with pytest.raises(Refused, match="a link, a file or a text"):
            evidence.close_item(rfc, "told", by=rfc.owner, proof=proof)
    else:
        evidence.close_item(rfc, "told", by=rfc.owner, proof=proof)

    assert status(rfc, "told").is_closed == (not code)


def test_more_evidence_leaves_an_item_as_it_is() -> None:
    rfc, second = f.rfc_in("implementation"), f.person()

    evidence.add(rfc, "unit_tests_pass", by=second, proof=Proof(text="Half of them"))
    assert not status(rfc, "unit_tests_pass").is_closed
    evidence.close_item(rfc, "unit_tests_pass", by=second, link=LINK)
    evidence.add(rfc, "unit_tests_pass", by=second, proof=Proof(link="https://ci.example.org/2"))

    assert status(rfc, "unit_tests_pass").is_closed
    assert Evidence.objects.filter(set_aside_at=None).count() == 3
    assert list(audit.records()) == []


def test_setting_aside_is_an_event_and_the_row_stays() -> None:
    rfc, second = f.rfc_in("implementation"), f.person()
    piece = evidence.add(rfc, "unit_tests_pass", by=second, proof=Proof(text="Wrong branch"))

    with pytest.raises(Refused) as refused:
        evidence.set_aside(rfc, "unit_tests_pass", piece.pk, by=rfc.owner, reason="I do not like it")
    assert refused.value.status == 403
    evidence.set_aside(rfc, "unit_tests_pass", piece.pk, by=second, reason="Wrong branch")

    piece.refresh_from_db()
    assert piece.set_aside_by == second
    assert Event.objects.filter(stream=rfc.stream, kind="checklist.evidence_removed").count() == 1


def test_the_piece_that_closed_an_item_goes_by_reopening_it() -> None:
    rfc, second = f.rfc_in("implementation"), f.person()
    piece = evidence.close_item(rfc, "unit_tests_pass", by=second, link=LINK).evidence.get()

    with pytest.raises(Refused) as refused:
        evidence.set_aside(rfc, "unit_tests_pass", piece.pk, by=second, reason="Wrong")
    assert codes(refused) == ["carries_item"]
    evidence.reopen_item(rfc, "unit_tests_pass", by=second, reason="Wrong branch")

    piece.refresh_from_db()
    assert piece.set_aside_by == second
    assert not status(rfc, "unit_tests_pass").is_closed


def test_evidence_is_never_changed_or_deleted() -> None:
    rfc = f.rfc_in("implementation")
    evidence.close_item(rfc, "unit_tests_pass", by=f.person(), link=LINK)

    for change in ({"link": "https://other.example"}, {"text": "x"}):
        with pytest.raises(Error), transaction.atomic():
            Evidence.objects.update(**change)
    with pytest.raises(Error), transaction.atomic():
        Evidence.objects.all().delete()


def test_the_file_of_evidence_is_never_cleared(clock_shift: Any) -> None:
    rfc, second = f.rfc_in("implementation"), f.person()
    piece = evidence.add(rfc, "unit_tests_pass", by=second, proof=Proof(name="run.png", chunks=[PNG]))
    evidence.set_aside(rfc, "unit_tests_pass", piece.pk, by=second, reason="Wrong")
    clock_shift(days=2)

    assert uploads.collect() == 0
    assert len(list(storage.kept())) == 1


def test_a_file_that_the_rfc_holds_is_named_by_its_digest() -> None:
    rfc, second = f.rfc_in("implementation"), f.person()
    first = evidence.add(rfc, "unit_tests_pass", by=second, proof=Proof(name="run.png", chunks=[PNG]))
    assert first.attachment is not None

    again = evidence.add(rfc, "packages_compile", by=second, proof=Proof(sha256=first.attachment.sha256))

    assert again.attachment == first.attachment
    with pytest.raises(Refused) as refused:
        evidence.add(rfc, "packages_compile", by=second, proof=Proof(sha256="0" * 64))
    assert codes(refused) == ["unknown_attachment"]


def test_a_result_that_turns_red_after_the_finish_opens_its_item_again_and_holds_up_the_closing() -> None:
    rfc, ci = f.rfc_in("post_implementation"), f.person()
    f.tick(rfc, Phase.POST)

    evidence.reopen_item(rfc, "unit_tests_pass", by=ci, reason="Red on the main line since this morning")

    with pytest.raises(Refused) as refused:
        f.move(rfc, "close")
    assert codes(refused) == ["open_again"]
    evidence.close_item(rfc, "unit_tests_pass", by=ci, link=LINK)
    assert f.move(rfc, "close").state == "closed"


# Waivers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", WaiverKind)
def test_a_waived_item_counts_as_closed_until_the_end_of_its_day(kind: WaiverKind, clock_shift: Any) -> None:
    rfc = f.rfc_in("implementation")

    waive(rfc, kind=kind, expires_on=in_days(3))

    assert (status(rfc, "unit_tests_pass").state, status(rfc, "unit_tests_pass").is_closed) == (kind, True)
    clock_shift(days=3)
    assert status(rfc, "unit_tests_pass").is_closed
    clock_shift(days=4)
    lapsed = status(rfc, "unit_tests_pass")
    assert (lapsed.state, lapsed.is_lapsed) == ("open", True)
    assert lapsed.why_open.startswith(f"It counted as {kind.label.lower()} until ")


def test_an_expired_waiver_keeps_the_rfc_from_closing_until_the_item_is_closed(clock_shift: Any) -> None:
    rfc = f.rfc_in("implementation")
    waive(rfc, expires_on=in_days(3))
    for item in rfc.checklist.filter(phase="implementation").exclude(slug="unit_tests_pass"):
        by = rfc.owner if item.kind == "attested" else f.person()
        evidence.close_item(rfc, item.slug, by=by, link=LINK)
    f.known_owner(rfc)
    rfc = f.move(rfc, "finish")
    f.tick(rfc, Phase.POST)
    clock_shift(days=4)

    with pytest.raises(Refused) as refused:
        f.move(rfc, "close")
    assert codes(refused) == ["waiver_expired"]
    evidence.close_item(rfc, "unit_tests_pass", by=f.person(), link=LINK)

    assert f.move(rfc, "close").state == "closed"


def test_a_waiver_changes_no_digest() -> None:
    rfc = f.rfc_in("implementation")
    before = (rfc.material_digest, Case(rfc).scope_of("architecture"), Case(rfc).scope_of("security"))

    waive(rfc)

    after = f.again(rfc)
    assert (after.material_digest, Case(after).scope_of("architecture"), Case(after).scope_of("security")) == before


def test_revoking_opens_the_item_at_once() -> None:
    rfc, steward = f.rfc_in("implementation"), f.person(None, "stewards")
    waive(rfc, by=steward)
    waive(rfc, by=steward, expires_on=in_days(60))

    waivers.revoke(rfc, "unit_tests_pass", by=f.board(1)[0], reason="There is a runner now")

    assert status(rfc, "unit_tests_pass").state == "open"
    assert list(audit.records()) == []
    with pytest.raises(Refused) as refused:
        waivers.revoke(rfc, "unit_tests_pass", by=steward, reason="Again")
    assert codes(refused) == ["item_state"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"reason": " "}, ["reason_missing"]),
        ({"expires_on": None}, ["expiry"]),
        ({"reason": "", "expires_on": None}, ["reason_missing", "expiry"]),
        ({"days": -1}, ["expiry"]),
        ({"days": 91}, ["expiry"]),
        ({"slug": "rfc_approved"}, ["not_waivable"]),
        ({"slug": "no_such_item"}, ["unknown_item"]),
    ],
)
def test_a_waiver_has_a_reason_and_an_end_that_the_policy_allows(wanted: dict[str, Any], found: list[str]) -> None:
    rfc, said = f.rfc_in("implementation"), dict(wanted)
    if "days" in said:
        said["expires_on"] = in_days(said.pop("days"))

    with pytest.raises(Refused) as refused:
        waive(rfc, said.pop("slug", "unit_tests_pass"), **said)

    assert codes(refused) == found
    assert Waiver.objects.count() == 0


def test_the_last_day_of_the_policy_is_allowed_and_a_closed_item_is_not_waived() -> None:
    rfc = f.rfc_in("implementation")
    waive(rfc, "packages_compile", expires_on=in_days(90))
    evidence.close_item(rfc, "unit_tests_pass", by=f.person(), link=LINK)

    with pytest.raises(Refused) as refused:
        waive(rfc)

    assert codes(refused) == ["item_state"]


def test_messages_that_cannot_be_delivered_can_be_waived() -> None:
    package = Package.objects.create(path=f.content().paths[0])
    package.owners.add(f.person())
    rfc = f.rfc_in("post_implementation")
    assert not status(rfc, "notifications_sent").is_closed

    waive(rfc, "notifications_sent")

    assert status(rfc, "notifications_sent").is_closed


@pytest.mark.parametrize("state", ["draft", "assessment", "review", "closed"])
def test_nothing_is_waived_before_the_approval_or_after_the_end(state: str) -> None:
    rfc = f.rfc_in(state)

    with pytest.raises(Refused) as refused:
        waive(rfc, "monitoring_in_place")

    assert codes(refused) == ["wrong_state"]


def test_a_waiver_is_never_changed_and_the_audit_names_one_out_of_nothing() -> None:
    rfc = f.rfc_in("implementation")
    waiver = waive(rfc)

    with pytest.raises(Error), transaction.atomic():
        Waiver.objects.update(expires_on=in_days(900))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE rfcs_waiver SET expires_on = expires_on + 900 WHERE id = %s", [waiver.pk])

    assert [finding.code for finding in audit.records()] == ["waiver"]
    with pytest.raises(SystemExit):
        call_command("verify_audit")


# Who may what -------------------------------------------------------------------------------------------

PEOPLE = ("owner", "co_author", "contributor", "engineer", "steward", "board", "writing_steward", "auditor")
MAY = {
    "attest": {"owner", "co_author", "writing_steward"},
    "confirm": {"engineer", "steward", "board"},
    "waive": {"steward", "board"},
}


@pytest.fixture
def cast() -> tuple[RFC, dict[str, Any]]:
    people = {name: f.person() for name in ("co_author", "contributor", "engineer")}
    people |= {"steward": f.person(None, "stewards"), "board": f.board(3)[0]}
    people |= {"writing_steward": f.person(None, "stewards"), "auditor": f.person(None, "auditors")}
    rfc = f.rfc_in("assessment")
    for name in ("co_author", "contributor", "writing_steward"):
        editing.share(rfc, by=rfc.owner, with_=people[name])
    f.edit(rfc, by=people["contributor"], api_changes="Their words")
    f.again(rfc).editors.remove(people["contributor"])
    rfc = f.move(f.approve(f.move(rfc, "request_review")), "start")
    return rfc, people | {"owner": rfc.owner}


@pytest.mark.parametrize("who", PEOPLE)
def test_the_verbs_do_what_the_one_answer_says(cast: tuple[RFC, dict[str, Any]], who: str) -> None:
    rfc, people = cast
    by = people[who]
    duties = Duties(rfc, by)
    said = {
        "attest": duties.why_not_close("attested"),
        "confirm": duties.why_not_close("verified"),
        "waive": duties.why_not_waive(),
    }
    deeds = {
        "attest": lambda: evidence.close_item(rfc, "documentation_updated", by=by, link=LINK),
        "confirm": lambda: evidence.close_item(rfc, "unit_tests_pass", by=by, link=LINK),
        "waive": lambda: waive(rfc, "packages_compile", by=by),
    }

    for name, deed in deeds.items():
        assert (said[name] is None) == (who in MAY[name]), name
        if who in MAY[name]:
            deed()
        else:
            with pytest.raises(Refused) as refused:
                deed()
            assert refused.value.status == 403
            assert refused.value.reasons[0].message == said[name].message  # type: ignore[union-attr]


def test_a_change_of_which_nobody_was_told_says_so_and_can_be_waived() -> None:
    rfc = f.rfc_in("implementation")
    f.tick(rfc, Phase.IMPLEMENTATION)
    rfc = f.move(rfc, "finish")

    said = status(rfc, "notifications_sent")
    assert (said.is_closed, said.why_open) == (False, NOBODY_TOLD)
    waive(rfc, "notifications_sent")
    assert status(rfc, "notifications_sent").is_closed


@pytest.mark.parametrize("catalogued", ["src/packages", "src/packages/billing/invoices/api"])
def test_who_is_asked_to_acknowledge_is_told_when_it_is_in(catalogued: str) -> None:
    owner = f.person()
    f.owned(catalogued, owner)

    rfc = f.rfc_in("post_implementation", packages=(f.package("src/packages/billing/invoices"),))

    assert Message.objects.filter(rfc=rfc, recipient=owner, key__contains=":finished:", channel="in_app").exists()
    assert "not delivered yet" in status(rfc, "notifications_sent").why_open


# Who becomes a party afterwards ---------------------------------------------------------------------------


@pytest.fixture
def confirmed() -> tuple[RFC, Any]:
    """Every item of the implementation closed, the verified ones by one second person."""
    rfc, second = f.rfc_in("implementation"), f.person()
    for item in rfc.checklist.filter(phase="implementation"):
        evidence.close_item(rfc, item.slug, by=rfc.owner if item.kind == "attested" else second, link=LINK)
    return rfc, second


def not_finished(rfc: RFC) -> list[str]:
    with pytest.raises(Refused) as refused:
        f.move(f.again(rfc), "finish")
    return [reason.field for reason in refused.value.reasons]


def test_what_the_new_owner_confirmed_before_is_confirmed_anew_by_somebody_else(confirmed: tuple[RFC, Any]) -> None:
    rfc, second = confirmed
    editing.hand_over(rfc, by=rfc.owner, to=second)
    rfc = f.again(rfc)
    slugs = not_finished(rfc)

    assert len(slugs) == 4
    assert status(rfc, slugs[0]).why_open.endswith("who confirmed it, owns or writes the RFC by now.")
    with pytest.raises(Refused) as refused:
        evidence.close_item(rfc, slugs[0], by=second, link=LINK)
    assert refused.value.status == 403
    for slug in slugs:
        evidence.close_item(rfc, slug, by=f.person(), link=f"{LINK}1")
    assert [piece.link for piece in Evidence.objects.filter(item__slug=slugs[0], set_aside_at=None)] == [f"{LINK}1"]
    assert f.move(rfc, "finish").state == "post_implementation"
    assert list(audit.records()) == []


def test_what_a_later_co_author_confirmed_counts_as_long_as_they_are_none(confirmed: tuple[RFC, Any]) -> None:
    rfc, second = confirmed
    editing.share(rfc, by=rfc.owner, with_=second)
    assert len(not_finished(rfc)) == 4

    editing.unshare(rfc, by=rfc.owner, with_=second)

    assert f.move(rfc, "finish").state == "post_implementation"


def test_a_waiver_of_whoever_took_the_rfc_over_counts_no_more(confirmed: tuple[RFC, Any]) -> None:
    rfc, second = confirmed
    steward = f.person(None, "stewards")
    evidence.reopen_item(rfc, "unit_tests_pass", by=second, reason="It was the wrong run")
    waive(rfc, by=steward)

    editing.hand_over(rfc, by=rfc.owner, to=steward)

    assert not_finished(rfc) == ["unit_tests_pass"]
    waive(f.again(rfc), by=f.person(None, "stewards"))
    assert f.move(f.again(rfc), "finish").state == "post_implementation"


def test_what_is_closed_stays_closed_whoever_owns_it_later() -> None:
    rfc = f.rfc_in("closed")
    item = rfc.checklist.get(slug="unit_tests_pass")
    assert item.closed_by is not None

    editing.hand_over(rfc, by=rfc.owner, to=item.closed_by)

    assert status(rfc, "unit_tests_pass").is_closed


def told(rfc: RFC) -> set[User]:
    return {row.recipient for row in Message.objects.filter(rfc=rfc, key__contains=":finished:")}


@pytest.mark.parametrize("night", ["src/a", "src/unknown"])
def test_owners_of_packages_that_only_the_full_text_names_are_told_when_it_is_filed(night: str) -> None:
    alice, bob = f.person(email=""), f.person(email="")
    f.owned("src/a", alice)
    rfc = f.short("emergency", packages=(f.package(night),))
    rfc = f.authorise(f.move(rfc, "request_authorisation"))
    f.tick(rfc, Phase.IMPLEMENTATION)
    rfc = f.move(rfc, "finish")
    assert told(rfc) == ({alice} if night == "src/a" else set())
    f.owned("src/b", bob)

    f.file_full(rfc, packages=(f.package("src/a"), f.package("src/b")))

    assert told(rfc) == {alice, bob}
    assert Message.objects.filter(rfc=rfc, key__contains=":finished:").count() == 2
    assert status(f.again(rfc), "notifications_sent").is_closed


def test_a_package_none_of_whose_owners_was_told_keeps_the_item_open_and_a_new_colleague_does_not() -> None:
    f.owned("src/a", f.person(email=""))
    rfc = f.rfc_in("post_implementation", packages=(f.package("src/a"), f.package("src/b")))
    f.owned("src/a", f.person())
    assert status(rfc, "notifications_sent").is_closed

    f.owned("src/b", f.person())

    assert "The owners of src/b were not told." in status(rfc, "notifications_sent").why_open


def test_a_waiver_of_somebody_who_writes_the_rfc_by_now_hides_no_other_and_says_why_it_ended() -> None:
    rfc = f.rfc_in("implementation")
    steward, later = f.person(None, "stewards"), f.person("later", "stewards")
    first = waive(rfc, by=steward, expires_on=in_days(20))
    waive(rfc, by=later, expires_on=in_days(10))
    waive(rfc, "packages_compile", by=later)

    editing.share(rfc, by=rfc.owner, with_=later)

    assert (status(rfc, "unit_tests_pass").state, status(rfc, "unit_tests_pass").waiver) == ("waived", first)
    said = status(rfc, "packages_compile")
    assert (said.state, said.waiver) == ("open", None)
    assert said.why_open.startswith("Later Example, who waived it, owns or writes the RFC by now. ")
