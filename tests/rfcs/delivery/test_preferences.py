"""Kinds of messages, and which of them a person wants over which channel."""

import pytest

from approvals import concerns
from rfcs import clock
from rfcs.delivery import outbox, preferences
from rfcs.delivery.preferences import Choice
from rfcs.impact import answering
from rfcs.models import Event, Message, Preference
from rfcs.notices import FACTS, Notice
from tests import factories as f

pytestmark = pytest.mark.django_db


def tell(person, kind: Notice = Notice.MENTION, key: str = "told") -> None:
    outbox.queue(key, to=person, rfc=None, subject="News", text="Some news", at=clock.now(), kind=kind)


def channels(person) -> list[str]:
    return sorted(Message.objects.filter(recipient=person).values_list("channel", flat=True))


def test_every_kind_has_its_facts():
    assert set(FACTS) == set(Notice)


def test_without_a_choice_the_defaults_hold():
    one, two = f.person(), f.person()

    tell(one, Notice.MENTION)
    tell(two, Notice.WATCHED_MOVED)

    assert channels(one) == ["in_app", "mail"]
    assert channels(two) == ["in_app"]


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        (Choice(in_app=True, mail=False), ["in_app"]),
        (Choice(in_app=False, mail=True), ["mail"]),
        (Choice(in_app=False, mail=False), []),
    ],
)
def test_a_message_takes_the_channels_that_a_person_chose(choice, left):
    person = f.person()
    preferences.choose(person, {Notice.MENTION: choice})

    tell(person)

    assert channels(person) == left


def test_a_choice_is_about_its_kind_and_its_person_alone():
    one, two = f.person(), f.person()
    preferences.choose(one, {Notice.MENTION: Choice(in_app=False, mail=False)})

    tell(one, Notice.DECISION, "one")
    tell(two, Notice.MENTION, "two")

    assert channels(one) == channels(two) == ["in_app", "mail"]


@pytest.mark.parametrize("kind", [kind for kind in Notice if FACTS[kind].keeps_in_app])
def test_what_asks_for_an_action_stays_in_the_inbox(kind):
    person = f.person()
    preferences.choose(person, {kind: Choice(in_app=False, mail=False)})

    tell(person, kind)

    assert channels(person) == (["in_app", "mail"] if FACTS[kind].keeps_mail else ["in_app"])


@pytest.mark.parametrize("kind", [Notice.EMERGENCY, Notice.SECURITY])
def test_security_and_emergencies_cannot_be_muted(kind):
    assert (FACTS[kind].keeps_in_app, FACTS[kind].keeps_mail) == (True, True)


def test_a_row_written_by_hand_mutes_nothing_that_is_kept():
    person = f.person()
    Preference.objects.create(person=person, kind=Notice.SECURITY, in_app=False, mail=False)

    tell(person, Notice.SECURITY)

    assert channels(person) == ["in_app", "mail"]


def test_restoring_brings_the_defaults_back_and_a_choice_is_on_record():
    person = f.person()
    preferences.choose(person, {Notice.MENTION: Choice(mail=False)})

    assert preferences.restore(person) == {kind: preferences.default(kind) for kind in Notice}
    payloads = list(Event.objects.filter(kind="preferences.changed").order_by("seq").values_list("payload", flat=True))
    assert payloads == [
        {"mention": {"in_app": True, "mail": False}},
        {"mention": {"in_app": True, "mail": True}},
    ]


def test_a_choice_that_changes_nothing_is_no_event():
    person = f.person()

    preferences.choose(person, {Notice.MENTION: Choice()})

    assert not Event.objects.filter(kind="preferences.changed").exists()


def test_telling_many_takes_three_queries(django_assert_num_queries):
    people = [f.person() for _ in range(30)]
    now = clock.now()

    with django_assert_num_queries(3):
        outbox.queue_all("told", people, rfc=None, subject="News", text="Some news", at=now)

    assert Message.objects.count() == 60


def test_rounds_tell_with_their_kinds():
    members = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, members[0], "abstain")
    f.approve(rfc)

    told = Message.objects.filter(rfc=rfc, channel="in_app").order_by("id").values_list("kind", flat=True)
    assert list(dict.fromkeys(told)) == ["review_asked", "position", "decision"]


def test_an_auditor_chooses_too():
    auditor = f.person(None, "auditors")

    preferences.choose(auditor, {Notice.NEWS: Choice(mail=False)})

    assert preferences.choices_of(auditor)[Notice.NEWS] == Choice(mail=False)


def test_what_asks_for_an_answer_stays_in_the_inbox():
    """A concern, an objection and the answer to one's own concern came as positions, which can be switched off."""
    ada, olga, (member, *_) = f.person(), f.person(), f.board(3)
    for person in (ada, olga, member):
        preferences.choose(person, {Notice.POSITION: Choice(in_app=False, mail=False)})
    f.owned("src/packages/billing/invoices", olga)
    rfc = f.rfc_in("assessment", author=ada)
    answering.answer(rfc, "src/packages/billing/invoices", by=olga, answer="object", reason="Too early")
    answering.answer(rfc, "src/packages/billing/invoices", by=olga, answer="acknowledge")
    rfc = f.move(rfc, "request_review")
    concern = f.sign(rfc, member, "discuss")
    concerns.answer(concern, by=ada, text="They are told.")
    f.sign(rfc, member, "abstain")

    told = Message.objects.filter(rfc=rfc, channel="in_app", kind="action_asked").order_by("id")
    assert [row.recipient for row in told] == [ada, ada, member]
    assert not Message.objects.filter(rfc=rfc, kind="position").exists()
