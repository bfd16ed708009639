"""The inbox, what one is told, and what one watches."""

import re
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.pages import inbox as pages
from rfcs import clock
from rfcs.delivery import outbox, preferences
from rfcs.delivery.preferences import Choice
from rfcs.models import RFC, Message, Watch
from rfcs.notices import FACTS, Notice
from tests import factories as f

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def tell(person, subject: str = "News", kind: Notice = Notice.NEWS, rfc: RFC | None = None) -> Message:
    key = f"told:{Message.objects.count()}"
    outbox.queue(key, to=person, rfc=rfc, subject=subject, text="Some news", at=clock.now(), kind=kind, path="/help/")
    return Message.objects.filter(recipient=person, channel="in_app").latest("pk")


def subjects(answer: Any) -> list[str]:
    return [row["message"].subject for row in answer.context["rows"]]


# Inbox ------------------------------------------------------------------------------------------------------


def test_unread_messages_come_first_and_all_are_one_filter_away():
    person = f.person()
    client = client_of(person)
    old, new = tell(person, "Old"), tell(person, "New")
    client.post(reverse("inbox-read", args=[old.pk]))

    assert subjects(client.get(reverse("inbox"))) == ["New"]
    assert subjects(client.get(reverse("inbox"), {"show": "all"})) == ["New", "Old"]
    client.post(reverse("inbox-message", args=[new.pk]))
    assert subjects(client.get(reverse("inbox"))) == ["New", "Old"]


@pytest.mark.parametrize(("method", "is_read"), [("get", False), ("post", True)])
def test_a_link_leads_to_the_thing_and_only_a_post_marks_it_read(method, is_read):
    person = f.person()
    message = tell(person)

    answer = getattr(client_of(person), method)(reverse("inbox-message", args=[message.pk]))

    assert answer["Location"] == "/help/"
    assert (Message.objects.get(pk=message.pk).read_at is not None) == is_read


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ({"show": "unread", "kind": "mention"}, "Nothing new"),
        ({"show": "all", "kind": "mention"}, "None of this kind"),
        ({}, "No messages yet"),
    ],
)
def test_an_empty_inbox_says_of_what_there_is_nothing(query, title):
    assert f"{title}</" in client_of(f.person()).get(reverse("inbox"), query).content.decode()


@pytest.mark.parametrize(
    ("text", "lead", "items", "rest"),
    [
        ("One line.", "One line.", [], 0),
        ("It is due:\n- a: Monday\n- b: Friday\n\nThen it closes.", "It is due:", ["a: Monday", "b: Friday"], 0),
        ("- a\n- b\n- c\n- d\n- e", "", ["a", "b", "c"], 2),
        ("First.\n\nSecond - with a dash.", "First. Second - with a dash.", [], 0),
        ("x" * 300, "x" * 199 + "…", [], 0),
    ],
)
def test_a_row_keeps_the_list_of_a_message(text, lead, items, rest):
    assert pages._excerpt(text) == {"lead": lead, "items": items, "rest": rest}


def test_messages_are_filtered_by_kind():
    person = f.person()
    tell(person, "A", Notice.MENTION), tell(person, "B", Notice.DECISION)

    assert subjects(client_of(person).get(reverse("inbox"), {"kind": "mention"})) == ["A"]


def test_all_are_marked_read_at_once_and_nobody_elses():
    person, other = f.person(), f.person()
    for reader in (person, person, other):
        tell(reader)

    client_of(person).post(reverse("inbox-read-all"))

    unread = Message.objects.filter(channel="in_app", read_at=None)
    assert [message.recipient for message in unread] == [other]


@pytest.mark.parametrize("name", ["inbox-message", "inbox-read"])
def test_another_persons_message_is_not_there(name):
    message = tell(f.person())
    client = client_of(f.person())

    answer = client.get(reverse(name, args=[message.pk])) if name == "inbox-message" else None
    client.post(reverse(name, args=[message.pk]))

    assert answer is None or answer.status_code == 404
    assert Message.objects.get(pk=message.pk).read_at is None


def test_what_came_under_embargo_is_neither_listed_nor_opened():
    person, rfc = f.person(), f.draft()
    message = tell(person, rfc=rfc)
    RFC.objects.filter(pk=rfc.pk).update(embargoed=True)
    client = client_of(person)

    assert subjects(client.get(reverse("inbox"), {"show": "all"})) == []
    assert client.get(reverse("inbox-message", args=[message.pk])).status_code == 404
    assert client.get(reverse("inbox")).context["unread_messages"]() == 0


def test_the_badge_counts_what_the_inbox_shows_and_asks_once_unless_something_is_under_embargo():
    person, hidden = f.person(), f.draft()
    own = f.draft(author=person)
    for rfc in (None, f.draft(), hidden, own):
        tell(person, rfc=rfc)
    tell(f.person())

    with CaptureQueriesContext(connection) as open_ones:
        assert outbox.unread_count(person) == 4
    RFC.objects.filter(pk__in=[hidden.pk, own.pk]).update(embargoed=True)

    assert outbox.unread_count(person) == 3 == outbox.inbox_of(person).filter(read_at=None).count()
    assert len(open_ones) == 1


def test_pages_reach_every_message(monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 2)
    person = f.person()
    for number in range(5):
        tell(person, str(number))
    client, url, seen = client_of(person), reverse("inbox"), []

    while url:
        page = client.get(url)
        seen += subjects(page)
        url = page.context["next_url"]

    assert seen == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize("query", ["?before=%00", "?before=-1&show=x&kind=nothing", "?before=" + "9" * 40])
def test_odd_parameters_show_the_inbox(query):
    person = f.person()
    tell(person)

    assert len(subjects(client_of(person).get(reverse("inbox") + query))) == 1


def test_the_inbox_asks_the_same_for_one_and_for_thirty_messages():
    counts = []
    for messages in (1, 30):
        person = f.person()
        for _ in range(messages):
            tell(person, rfc=f.draft(author=person))
        client = client_of(person)
        with CaptureQueriesContext(connection) as seen:
            assert len(subjects(client.get(reverse("inbox")))) == messages
        counts.append(len(seen))

    assert counts[0] == counts[1]


# Preferences ------------------------------------------------------------------------------------------------


def test_the_table_stores_what_is_ticked():
    person = f.person()
    client = client_of(person)

    client.post(reverse("notifications"), {"mention-in_app": "on", "watched_moved-mail": "on"})

    choices = preferences.choices_of(person)
    assert choices[Notice.MENTION] == Choice(in_app=True, mail=False)
    assert choices[Notice.WATCHED_MOVED] == Choice(in_app=False, mail=True)
    assert choices[Notice.REVIEW_ASKED] == Choice(in_app=True, mail=False)
    assert choices[Notice.SECURITY] == Choice(in_app=True, mail=True)
    client.post(reverse("notifications"), {"restore": "1"})
    assert preferences.choices_of(person) == {kind: preferences.default(kind) for kind in Notice}


def test_the_table_offers_no_box_for_what_cannot_be_muted():
    page = client_of(f.person()).get(reverse("notifications")).content.decode()

    boxes = set(re.findall(r'name="([a-z_]+)-(in_app|mail)"', page))
    assert boxes == {
        (kind.value, channel)
        for kind, facts in FACTS.items()
        for channel, kept in (("in_app", facts.keeps_in_app), ("mail", facts.keeps_mail))
        if not kept
    }


def test_mail_says_why_it_came_and_where_to_choose(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    tell(f.person(), kind=Notice.MENTION)

    for message in outbox.claim():
        outbox.deliver([message])

    assert "Sent because of: I am mentioned." in mail.outbox[-1].body
    assert f"{settings.PORTAL_URL}/me/notifications/" in mail.outbox[-1].body


# Watching ---------------------------------------------------------------------------------------------------


def test_the_button_of_an_rfc_watches_and_ends():
    rfc, person = f.draft(), f.person()
    client, page = client_of(person), reverse("rfc-page", args=[rfc.number])

    answer = client.post(reverse("watching"), {"kind": "rfc", "key": rfc.number, "next": page})
    on = client.get(page).context["attention"]
    client.post(reverse("watching"), {"kind": "rfc", "key": rfc.number, "end": "1"})
    off = client.get(page).context["attention"]

    assert answer["Location"] == page
    assert ((on.is_on, on.count), (off.is_on, off.count)) == ((True, 2), (False, 1))


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "evil"])
def test_the_button_leads_nowhere_else(elsewhere):
    rfc = f.draft()

    answer = client_of(rfc.owner).post(reverse("watching"), {"kind": "rfc", "key": rfc.number, "next": elsewhere})

    assert answer["Location"] == reverse("watching")


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("rfc", "99999"),
        ("rfc", "x"),
        ("rfc", "٣"),
        ("package", "src/nowhere"),
        ("team", "nobody"),
        ("x", "y"),
        ("rfc", "\0"),
    ],
)
def test_what_is_not_there_is_not_watched_and_the_text_is_kept(kind, key):
    answer = client_of(f.person()).post(reverse("watching"), {"kind": kind, "key": key})

    assert answer.status_code == 404
    assert answer.context["typed"]["key"] == key
    assert not Watch.objects.exists()


def test_an_embargoed_rfc_is_not_there_to_be_watched():
    rfc = f.draft(embargoed=True)

    answer = client_of(f.person()).post(reverse("watching"), {"kind": "rfc", "key": rfc.number})

    assert answer.status_code == 404


def test_the_list_shows_no_title_of_what_came_under_embargo_and_can_end_it():
    rfc, person = f.draft(title="Rotate the keys"), f.person()
    client = client_of(person)
    client.post(reverse("watching"), {"kind": "rfc", "key": rfc.number})
    RFC.objects.filter(pk=rfc.pk).update(embargoed=True)

    assert "Rotate the keys" not in client.get(reverse("watching")).content.decode()
    client.post(reverse("watching"), {"kind": "rfc", "key": str(rfc.pk), "end": "1"})
    assert not Watch.objects.exists()


def test_a_package_is_watched_from_the_impact_tab_and_from_the_list():
    rfc, person = f.draft(), f.person()
    client, path = client_of(person), f.content().paths[0]
    client.post(reverse("watching"), {"kind": "package", "key": path})

    assert client.get(reverse("rfc-impact", args=[rfc.number])).context["watched"] == {path}
    assert client.get(reverse("rfc-list"), {"package": path}).context["is_watched"] is True
