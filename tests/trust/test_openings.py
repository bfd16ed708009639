"""Ways round a rule that a review of the code found; each was open once."""

from datetime import timedelta
from typing import Any

import pytest

from approvals import rounds
from approvals.models import SignOff
from approvals.standing import open_round
from governance import documents
from governance.api import tokens
from rfcs import clock, editing, embargo
from rfcs.compliance import evidence
from rfcs.delivery import outbox
from rfcs.errors import Refused
from rfcs.models import RFC, ChecklistItem, Contribution, Event, Message, Package
from rfcs.models.ledger import Channel
from rfcs.states import SECURITY, Kind, Phase
from tests import factories as f

pytestmark = pytest.mark.django_db


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def test_only_security_lifts_an_embargo() -> None:
    rfc = f.rfc_in("assessment", embargoed=True)
    stranger, guard = f.person(), f.person(None, SECURITY)

    with pytest.raises(Refused) as refused:
        f.edit(rfc, embargoed=False)

    assert codes(refused) == ["embargoed"]
    assert not RFC.objects.visible_to(stranger).filter(pk=rfc.pk).exists()
    editing.share(rfc, by=rfc.owner, with_=guard)
    with pytest.raises(Refused):
        f.edit(rfc, by=guard, embargoed=False)
    embargo.lift(rfc, by=guard, reason="The patch is out.")
    assert RFC.objects.visible_to(stranger).filter(pk=rfc.pk).exists()


def test_co_author_sees_the_embargoed_rfc_that_they_write() -> None:
    rfc, other = f.draft(embargoed=True), f.person()

    editing.share(rfc, by=rfc.owner, with_=other)

    assert RFC.objects.visible_to(other).filter(pk=rfc.pk).exists()


def test_owners_of_packages_are_not_told_of_what_they_may_not_see() -> None:
    rfc = f.rfc_in("implementation", embargoed=True)
    package = Package.objects.create(path=f.content().paths[0])
    package.owners.add(f.person())

    f._finish(rfc)

    assert not Message.objects.filter(key__contains=":finished:").exists()


@pytest.mark.parametrize("end", ["recall", "reject"])
def test_an_approval_of_a_round_that_came_to_nothing_is_not_exported(end: str) -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)
    assert "approve, revision" in documents.markdown_of(f.again(rfc))

    if end == "recall":
        f.move(rfc, "recall")
    else:
        f.sign(rfc, two, "reject")
        f.sign(rfc, three, "reject")

    assert "approve, revision" not in documents.markdown_of(f.again(rfc))


def test_an_approval_that_decided_is_exported_even_when_its_signer_left_since() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("approved")
    one.is_active = False
    one.save()

    assert one.get_full_name() in documents.markdown_of(f.again(rfc))


def test_the_button_pressed_again_after_a_revision_is_not_taken_for_a_double_click() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    old = rfc.material_digest
    f.sign(rfc, one)
    f.edit(rfc, rollback_plan="1. Another way back.\n2. Deploy.")

    with pytest.raises(Refused) as refused:
        f.sign(rfc, one, digest=old)

    assert codes(refused) == ["digest_mismatch"]
    assert SignOff.objects.count() == 1


def test_the_button_pressed_again_after_a_recall_is_refused() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    round_ = open_round(rfc)
    assert round_ is not None
    said: dict[str, Any] = {"team": "architecture", "position": "approve", "digest": rfc.material_digest}
    rounds.sign(round_, by=one, authenticated_at=clock.now(), **said)
    f.move(rfc, "recall")

    with pytest.raises(Refused) as refused:
        rounds.sign(round_, by=one, authenticated_at=clock.now(), **said)

    assert codes(refused) == ["round_closed"]


def test_an_amendment_of_the_packages_opens_their_results_again() -> None:
    rfc = f.rfc_in("implementation")
    f.tick(rfc, Phase.IMPLEMENTATION)
    packages = (*f.content().packages, f.package("src/packages/new"))
    copy = rfc.working_copy
    editing.save(rfc, by=rfc.owner, version=copy.version, content=copy.content.with_(packages=packages))

    f.move(rfc, "amend")

    items = ChecklistItem.objects.filter(rfc=rfc, phase="implementation")
    assert {item.kind for item in items if item.closed_at} == {Kind.ATTESTED}


def test_a_revision_in_review_stays_whole() -> None:
    rfc = f.rfc_in("review")
    before = rfc.revision

    with pytest.raises(Refused) as refused:
        f.edit(rfc, rollback_plan="", packages=())

    assert {"packages", "JD002"} <= set(codes(refused))
    assert f.again(rfc).revision == before


def test_an_amendment_is_whole() -> None:
    rfc = f.rfc_in("approved")
    copy = rfc.working_copy
    content = copy.content.with_(packages=(f.package("../../etc"),))
    editing.save(rfc, by=rfc.owner, version=copy.version, content=content)

    with pytest.raises(Refused) as refused:
        f.move(rfc, "amend")

    assert codes(refused) == ["path_invalid"]


def test_a_lease_that_ran_out_is_not_sent_by_its_first_holder() -> None:
    f.rfc_in("review")
    first = outbox.claim()
    Message.objects.filter(pk=first[0].pk).update(leased_until=None)
    second = outbox.claim()

    assert [outbox.deliver([message]) for message in (first[0], second[0])] == [False, True]


def test_an_address_that_is_none_stops_nobody_elses_mail() -> None:
    f.person("poison", "architecture", email="a\nb@example.org")
    f.board(2)
    f.rfc_in("review")

    sent = [outbox.deliver([message]) for message in outbox.claim()]

    assert sent.count(False) == 1
    assert Message.objects.filter(channel=Channel.MAIL, sent_at=None).count() == 1


def test_discarding_makes_nobody_a_contributor() -> None:
    rfc, other = f.rfc_in("assessment"), f.person()
    editing.share(rfc, by=rfc.owner, with_=other)
    copy = rfc.working_copy
    words = copy.content.with_(justification="Words that go")
    editing.autosave(rfc, by=other, version=copy.version, content=words)
    editing.discard(rfc, by=rfc.owner)

    f.edit(rfc, justification="Words that stay")

    assert not Contribution.objects.filter(rfc=rfc, person=other).exists()


def test_an_auditor_changes_nothing_and_may_read_by_token() -> None:
    auditor = f.person(None, "auditors")

    with pytest.raises(Refused, match="change nothing"):
        editing.create(by=auditor, content=f.content())

    token, _secret = tokens.mint(auditor, name="reading", scopes=["read"], password_ok=False, life=timedelta(1))
    assert token.scopes == ["read"]


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
def test_text_that_no_row_holds_is_refused(bad: str) -> None:
    rfc, second = f.rfc_in("implementation"), f.person()
    with pytest.raises(Refused):
        evidence.close_item(rfc, "unit_tests_pass", by=second, link="https://ci.example.org/1", text=bad)
    with pytest.raises(Refused):
        editing.save(rfc, by=rfc.owner, version=rfc.working_copy.version, content=f.content(), note=bad)


def test_removed_co_author_writes_no_more_and_still_does_not_sign() -> None:
    rfc, other = f.rfc_in("assessment"), f.board(3)[0]
    editing.share(rfc, by=rfc.owner, with_=other)
    f.edit(rfc, by=other, title="Reworded")

    editing.unshare(rfc, by=rfc.owner, with_=other)
    editing.unshare(rfc, by=rfc.owner, with_=other)

    assert Event.objects.filter(stream=rfc.stream, kind="rfc.unshared").count() == 1
    with pytest.raises(Refused, match="Only the owner"):
        f.edit(rfc, by=other, title="Again")
    f.move(rfc, "request_review")
    with pytest.raises(Refused) as refused:
        f.sign(rfc, other)
    assert codes(refused) == ["contributor"]


def test_only_the_owner_removes_a_co_author_and_not_in_review() -> None:
    rfc, other = f.rfc_in("assessment"), f.person()
    editing.share(rfc, by=rfc.owner, with_=other)

    with pytest.raises(Refused, match="Only the owner"):
        editing.unshare(rfc, by=other, with_=other)
    f.board(3)
    f.move(rfc, "request_review")
    with pytest.raises(Refused) as refused:
        editing.unshare(rfc, by=rfc.owner, with_=other)
    assert codes(refused) == ["in_review"]
