"""An embargo begins at once or with the text, and ends by security's verb or by the clock; nothing signed changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail

from governance.standing import waiting_on
from rfcs import audit, clock, editing, embargo
from rfcs.case import Case
from rfcs.delivery import outbox
from rfcs.errors import Refused
from rfcs.guards import owners_answered
from rfcs.impact import answering
from rfcs.models import RFC, Embargo, Event, Message
from rfcs.states import AUDITORS, INCIDENT_COMMAND, SECURITY, Phase, Track
from tests import factories as f
from tests.receivers import closed_port

pytestmark = pytest.mark.django_db


def seen(rfc: RFC, user: User) -> bool:
    return RFC.objects.visible_to(user).filter(pk=rfc.pk).exists()


def closed_at(rfc: RFC) -> datetime:
    at = f.again(rfc).closed_at
    assert at is not None
    return at


def guard() -> User:
    return f.person(None, SECURITY)


def refusal(verb, rfc: RFC, by: User, reason: str = "It is known.") -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refused:
        verb(rfc, by=by, reason=reason)
    return refused.value.status, sorted(reason.code for reason in refused.value.reasons)


def kinds(rfc: RFC) -> list[str]:
    return list(Event.objects.filter(stream=rfc.stream, kind__startswith="embargo").values_list("kind", flat=True))


# Lifting ------------------------------------------------------------------------------------------------------


def test_security_lifts_with_a_reason_and_nothing_that_was_signed_changes() -> None:
    rfc, stranger, lifter = f.rfc_in("approved", embargoed=True), f.person(), guard()
    before = (rfc.revision_id, rfc.material_digest, rfc.approved_digest)

    row = f.again(embargo.lift(rfc, by=lifter, reason=" The patch is out. "))

    assert seen(row, stranger)
    assert (row.revision_id, row.material_digest, row.approved_digest) == before
    event = Event.objects.get(stream=rfc.stream, kind="embargo.lifted")
    assert (event.actor, event.payload) == (lifter, {"reason": "The patch is out."})
    assert f.move(row, "start").state == "implementation"


@pytest.mark.parametrize("team", [None, AUDITORS])
def test_nobody_else_lifts_it(team: str | None) -> None:
    rfc = f.rfc_in("assessment", embargoed=True)
    by = f.person(None, team) if team else rfc.owner

    assert refusal(embargo.lift, rfc, by)[0] == 403
    assert refusal(embargo.lift, rfc, guard(), " ") == (422, ["reason_missing"])
    assert f.again(rfc).embargoed


def test_lifting_twice_is_one_event_and_one_message() -> None:
    rfc, lifter = f.rfc_in("assessment", embargoed=True), guard()

    for reason in ("The patch is out.", "Once more."):
        embargo.lift(rfc, by=lifter, reason=reason)

    assert kinds(rfc) == ["embargo.lifted"]
    assert Message.objects.filter(key__contains="embargo-lifted", recipient=rfc.owner, channel="in_app").count() == 1


def test_an_edit_after_lifting_hides_nothing_again_and_changes_no_flag() -> None:
    rfc, stranger = f.rfc_in("assessment", embargoed=True), f.person()
    embargo.lift(rfc, by=guard(), reason="The patch is out.")

    for flag in (True, False):
        f.edit(rfc, change_summary=f"Another summary {flag}", embargoed=flag)
        assert seen(rfc, stranger)
        assert f.revision(rfc).content.embargoed is True


def test_whom_the_embargo_kept_from_answering_is_asked_once_it_is_lifted() -> None:
    owner = f.person()
    f.owned("src/packages/shop/checkout", owner)
    rfc = f.rfc_in("assessment", embargoed=True)
    assert not rfc.acknowledgements.exists()

    embargo.lift(rfc, by=guard(), reason="The patch is out.")

    assert [row.path for row in rfc.acknowledgements.all()] == ["src/packages/shop/checkout"]
    assert Message.objects.filter(recipient=owner, kind="acknowledgement_asked", channel="in_app").count() == 1


def test_an_embargo_that_comes_after_the_question_waits_for_no_owner_who_sees_nothing(clock_shift) -> None:
    """Neither by name nor until a lapse that nobody could prevent; once it is lifted their time begins anew."""
    f.owned("src/packages/shop/checkout", outsider := f.person("olga"))
    f.owned("src/packages/billing/invoices", f.person("otto"), insider := f.person("ines", "security"))
    rfc = f.rfc_in("assessment")
    asked = rfc.acknowledgements.get(path="src/packages/shop/checkout").asked_at
    embargo.impose(rfc, by=rfc.owner, reason="It is a weakness.")

    named = [(turn.who, turn.what.partition(" of ")[2]) for turn in waiting_on(f.again(rfc))][:-1]
    reasons = " ".join(reason.message for reason in owners_answered.reasons(Case(f.again(rfc))))
    assert named == [("Ines Example", "src/packages/billing/invoices.")]
    assert "Ines Example, until" in reasons
    assert "Olga" not in reasons
    assert "Otto" not in reasons

    clock_shift(days=10)
    answering.sweep()
    lapsed = rfc.acknowledgements.filter(lapsed_at__isnull=False)
    assert [row.path for row in lapsed] == ["src/packages/billing/invoices"]
    assert list(owners_answered.reasons(Case(f.again(rfc)))) == []

    embargo.lift(rfc, by=insider, reason="The patch is out.")

    row = rfc.acknowledgements.get(path="src/packages/shop/checkout")
    assert (row.status, row.asked_at > asked, row.due_at > clock.now()) == ("waiting", True, True)
    assert Message.objects.filter(recipient=outsider, kind="acknowledgement_asked", channel="in_app").count() == 2
    assert [turn.who for turn in waiting_on(f.again(rfc))][:-1] == ["Olga Example"]
    assert list(audit.records()) == []


def test_an_answer_from_before_the_embargo_stands_through_it() -> None:
    f.owned("src/packages/shop/checkout", owner := f.person())
    rfc = f.rfc_in("assessment")
    answering.answer(rfc, "src/packages/shop/checkout", by=owner, answer="acknowledge")
    embargo.impose(rfc, by=rfc.owner, reason="It is a weakness.")
    embargo.lift(rfc, by=guard(), reason="The patch is out.")

    assert rfc.acknowledgements.get().status == "acknowledged"


def test_whom_the_embargo_kept_from_hearing_of_the_change_is_told_once_it_is_lifted() -> None:
    owner = f.person()
    f.owned("src/packages/shop/checkout", owner)
    rfc = f.rfc_in("post_implementation", embargoed=True)
    told = Message.objects.filter(recipient=owner, kind="package_changed", channel="mail")
    assert not told.exists()

    embargo.lift(rfc, by=guard(), reason="The patch is out.")

    assert told.count() == 1


# By the clock -------------------------------------------------------------------------------------------------


def test_it_lifts_by_itself_as_many_days_after_closing_as_the_policy_says_however_late_the_sweep(clock_shift) -> None:
    rfc, stranger = f.rfc_in("closed", embargoed=True), f.person()
    assert embargo.end_of(f.again(rfc)) == closed_at(rfc) + timedelta(days=rfc.pinned.policy.embargo_days)

    clock_shift(days=13, hours=23)
    assert (embargo.sweep(), seen(rfc, stranger)) == (0, False)
    clock_shift(days=30)
    assert (embargo.sweep(), embargo.sweep(), seen(rfc, stranger)) == (1, 0, True)

    event = Event.objects.get(stream=rfc.stream, kind="embargo.lifted")
    assert (event.actor, event.payload) == (None, {"reason": embargo.BY_CLOCK})


@pytest.mark.parametrize("state", ["withdrawn", "rejected", "implementation"])
def test_what_was_not_closed_stays_hidden_until_security_lifts_it(state: str, clock_shift) -> None:
    rfc = f.rfc_in(state, embargoed=True)
    clock_shift(days=400)

    assert embargo.sweep() == 0
    assert f.again(rfc).embargoed


def test_a_rollback_of_what_was_closed_takes_the_end_back(clock_shift) -> None:
    rfc = f.rfc_in("closed", embargoed=True)
    f.move(rfc, "roll_back")
    clock_shift(days=400)

    assert embargo.sweep() == 0
    assert f.again(rfc).embargoed


def test_only_what_is_under_embargo_has_an_end() -> None:
    rfc = f.rfc_in("closed", embargoed=True)

    assert embargo.end_of(f.again(rfc)) == closed_at(rfc) + timedelta(days=14)
    assert embargo.end_of(f.rfc_in("closed")) is None


# Beginning at once --------------------------------------------------------------------------------------------


def test_the_owner_or_security_hides_an_approved_rfc_at_once_without_a_new_review() -> None:
    for by_security in (False, True):
        rfc, stranger = f.rfc_in("approved"), f.person()
        digest = rfc.material_digest
        embargo.impose(rfc, by=guard() if by_security else rfc.owner, reason="An exploit is around.")
        embargo.impose(rfc, by=rfc.owner, reason="Again.")

        assert not seen(rfc, stranger)
        assert (f.again(rfc).material_digest, kinds(rfc)) == (digest, ["embargo.imposed"])
        assert f.move(rfc, "start").state == "implementation"
        assert not seen(rfc, stranger)


def test_an_edit_does_not_end_what_was_imposed() -> None:
    rfc = f.rfc_in("assessment")
    embargo.impose(rfc, by=rfc.owner, reason="An exploit is around.")

    f.edit(rfc, change_summary="Another summary")

    assert f.again(rfc).embargoed


def test_strangers_do_not_hide_anything_and_what_was_known_is_not_hidden_again() -> None:
    rfc, lifter = f.rfc_in("assessment", embargoed=True), guard()
    assert refusal(embargo.impose, rfc, f.person()) == (403, ["forbidden"])

    embargo.lift(rfc, by=lifter, reason="The patch is out.")

    assert refusal(embargo.impose, rfc, lifter) == (409, ["embargo_lifted"])
    assert refusal(embargo.impose, f.draft(), lifter, " ") == (422, ["reason_missing"])


def test_imposed_after_closing_it_ends_that_many_days_later() -> None:
    rfc = f.rfc_in("closed")
    embargo.impose(rfc, by=rfc.owner, reason="An exploit is around.")

    row = Embargo.objects.get(rfc=rfc)
    assert row.imposed_at is not None
    assert row.ends_at == row.imposed_at + timedelta(days=14)


# Who sees it --------------------------------------------------------------------------------------------------


def test_incident_command_sees_hotfixes_under_embargo_and_nothing_else() -> None:
    commander, rfc = f.person(None, INCIDENT_COMMAND), f.draft(embargoed=True)
    assert (seen(rfc, commander), list(rfc.seen_by(User.objects.filter(pk=commander.pk)))) == (False, [])

    RFC.objects.filter(pk=rfc.pk).update(track=Track.HOTFIX)
    hotfix = f.again(rfc)

    assert (seen(hotfix, commander), list(hotfix.seen_by(User.objects.filter(pk=commander.pk)))) == (True, [commander])


def test_security_is_asked_to_sign_by_what_a_change_touches_and_not_by_its_embargo() -> None:
    rfc = f.rfc_in("review", embargoed=True)

    assert {slug for _, slug in f.signers(rfc)} == {"architecture"}


# What was queued before ---------------------------------------------------------------------------------------


def test_mail_that_waited_when_the_embargo_began_is_not_sent_to_who_may_not_see_it() -> None:
    """Not even what a worker had in its hands by then: behind a slow server that may be minutes."""
    rfc, stranger, guard_ = f.rfc_in("assessment"), f.person(), guard()
    for person in (stranger, guard_):
        outbox.queue("told", to=person, rfc=rfc, subject=rfc.title, text="News.", at=clock.now())
    claimed = [message for message in outbox.claim() if message.key.startswith("told:")]
    embargo.impose(rfc, by=rfc.owner, reason="An exploit is around.")

    sent = outbox.deliver(claimed)

    assert (sent, [letter.to for letter in mail.outbox]) == (1, [[guard_.email]])
    held = Message.objects.get(recipient=stranger, channel="mail")
    assert (held.sent_at, held.dead_at is not None, held.last_error) == (None, True, Message.HIDDEN)


def test_owners_whose_mail_was_held_back_get_it_when_it_is_lifted_and_closing_waits_for_nothing() -> None:
    owner = f.person()
    f.owned("src/packages/shop/checkout", owner)
    rfc = f.rfc_in("post_implementation")
    f.tick(rfc, Phase.POST)
    embargo.impose(rfc, by=rfc.owner, reason="An exploit is around.")
    mails = Message.objects.filter(recipient=owner, kind="package_changed", channel="mail")
    while batch := outbox.claim():
        outbox.deliver(batch)
    assert mails.get().dead_at is not None
    rfc = f.move(rfc, "close")

    embargo.lift(rfc, by=guard(), reason="The patch is out.")

    assert (mails.get().dead_at, mails.get().last_error) == (None, "")


def test_what_an_embargo_holds_back_is_known_as_such_though_the_mail_server_is_away(settings: Any) -> None:
    """Put off with the others of its batch, it would be let go by no lifting: lost."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    rfc, stranger, guard_ = f.rfc_in("assessment"), f.person(), guard()
    for person in (stranger, guard_):
        outbox.queue("told", to=person, rfc=rfc, subject=rfc.title, text="News.", at=clock.now())
    embargo.impose(rfc, by=rfc.owner, reason="An exploit is around.")

    with closed_port() as settings.EMAIL_PORT:
        outbox.deliver([message for message in outbox.claim() if message.key.startswith("told:")])

    assert Message.objects.get(recipient=guard_, key__startswith="told:", channel="mail").attempts == 1
    assert Message.objects.get(recipient=stranger, channel="mail").last_error == Message.HIDDEN


def test_a_co_author_who_was_removed_before_writing_sees_it_no_more() -> None:
    rfc, other = f.draft(embargoed=True), f.person()
    editing.share(rfc, by=rfc.owner, with_=other)
    assert seen(rfc, other)

    editing.unshare(rfc, by=rfc.owner, with_=other)

    assert not seen(rfc, other)
