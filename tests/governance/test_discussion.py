"""The tab “Discussion” answers what people send, shows it, and asks the database the same number of questions."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.pages.record import discussion as pages
from rfcs.conversation import discussion
from rfcs.models import RFC, Comment, CommentVersion, Event, Thread
from rfcs.states import AUDITORS, SECURITY
from tests import factories as f

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def tab(rfc: RFC, query: str = "") -> str:
    return reverse("rfc-discussion", args=[rfc.number]) + query


def begun(rfc: RFC, by=None, text="What about the dashboards?", section="") -> Comment:
    return discussion.open_thread(rfc, by=by or rfc.owner, text=text, section=section).comment


def shown(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def said(answer: Any) -> list[str]:
    return re.findall(r'<div class="document comment-text">(.*?)</div>', answer.content.decode(), re.DOTALL)


def test_a_thread_is_begun_answered_edited_and_resolved():
    rfc, person = f.draft(), f.person()
    client = client_of(person)

    client.post(tab(rfc), {"section": "rollback", "text": "Who does step *2*?", "token": "1"})
    thread = Thread.objects.get()
    client.post(reverse("rfc-thread", args=[rfc.number, thread.pk]), {"text": "The one on duty.", "token": "2"})
    answer = Comment.objects.get(once__isnull=False, thread=thread, pk__gt=thread.comments.earliest("pk").pk)
    client.post(reverse("rfc-comment-edit", args=[rfc.number, answer.pk]), {"text": "Whoever is on duty."})
    client.post(reverse("rfc-thread-settle", args=[rfc.number, thread.pk]), {"resolve": "1"})
    page = client.get(tab(rfc, "?show=all"))

    assert [text.strip() for text in said(page)] == ["<p>Who does step <em>2</em>?</p>", "<p>Whoever is on duty.</p>"]
    assert ">Resolved<" in re.sub(r"\s|<svg.*?</svg>", "", page.content.decode())
    assert "Rollback plan" in shown(page)


def test_a_form_sent_twice_posts_once():
    rfc = f.draft()
    client, form = client_of(rfc.owner), {"text": "Once.", "section": "", "token": "the same"}

    answers = [client.post(tab(rfc), form) for _ in range(2)]

    assert Comment.objects.count() == 1
    assert (
        answers[0]["Location"]
        == answers[1]["Location"]
        == reverse("rfc-comment", args=[rfc.number, Comment.objects.get().pk])
    )


@pytest.mark.parametrize("place", ["begin", "answer", "edit"])
def test_a_comment_of_one_megabyte_is_refused_and_kept(place):
    rfc = f.draft()
    comment = begun(rfc)
    text = "m" * 1_000_000 + "the end"
    url = {
        "begin": tab(rfc),
        "answer": reverse("rfc-thread", args=[rfc.number, comment.thread_id]),
        "edit": reverse("rfc-comment-edit", args=[rfc.number, comment.pk]),
    }[place]

    answer = client_of(rfc.owner).post(url, {"text": text})

    assert answer.status_code == 422
    assert "The comment has 1,000,007 characters; 20,000 are possible." in shown(answer)
    assert "the end</textarea>" in answer.content.decode()
    assert CommentVersion.objects.count() == 1


def test_an_empty_comment_is_refused_with_its_section_kept():
    rfc = f.draft()

    answer = client_of(rfc.owner).post(tab(rfc), {"text": " ", "section": "testing"})

    assert answer.status_code == 422
    assert '<option value="testing" selected>' in shown(answer)


def test_without_a_script_the_form_comes_back_with_its_preview():
    rfc = f.draft()

    answer = client_of(rfc.owner).post(tab(rfc), {"text": "A **bold** claim", "section": "testing", "preview": "1"})

    assert said(answer) == ["<p>A <strong>bold</strong> claim</p>\n"]
    assert "A **bold** claim</textarea>" in answer.content.decode()
    assert not Comment.objects.exists()


def test_the_preview_is_safe_and_bounded():
    rfc = f.draft()
    url = reverse("rfc-comment-preview", args=[rfc.number])

    answer = client_of(rfc.owner).post(url, {"text": "<script>hit()</script>" + "m" * 1_000_000})

    assert "<script" not in answer.content.decode()
    assert len(answer.content) < 25_000


def test_nothing_of_an_embargoed_discussion_exists_for_strangers():
    rfc = f.draft(embargoed=True)
    comment = begun(rfc, text="@someone")
    client = client_of(f.person())
    names = {
        "rfc-discussion": [],
        "rfc-comment-preview": [],
        "rfc-comment-people": [],
        "rfc-thread": [comment.thread_id],
        "rfc-thread-settle": [comment.thread_id],
        "rfc-comment": [comment.pk],
        "rfc-comment-edit": [comment.pk],
        "rfc-comment-retract": [comment.pk],
        "rfc-comment-versions": [comment.pk],
    }

    addresses = [reverse(name, args=[rfc.number, *keys]) for name, keys in names.items()]

    assert {client.get(address).status_code for address in addresses} == {404}
    assert {client.post(address, {"text": "x", "q": "a"}).status_code for address in addresses} == {404}


def test_a_comment_is_found_under_its_own_rfc_alone():
    comment, other = begun(f.draft()), f.draft()

    answer = client_of(other.owner).get(reverse("rfc-comment", args=[other.number, comment.pk]))

    assert answer.status_code == 404


def test_who_is_mentioned_and_may_not_see_it_is_named_to_the_author():
    f.person("dana")
    rfc = f.draft(embargoed=True)

    answer = client_of(rfc.owner).post(tab(rfc), {"text": "@dana?"}, follow=True)

    assert "Dana Example cannot see this RFC and was not told." in shown(answer)
    assert '<span class="mention">@Dana Example</span>' in shown(answer)


def test_only_who_may_see_the_rfc_is_offered():
    f.person("dana"), f.person("daniel", SECURITY), f.person("dan", is_active=False)
    open_rfc, embargoed = f.draft(), f.draft(embargoed=True)

    def offered(rfc: RFC) -> list[str]:
        url = reverse("rfc-comment-people", args=[rfc.number])
        return [row["username"] for row in client_of(rfc.owner).get(url, {"q": "DAN"}).json()["people"]]

    assert (offered(open_rfc), offered(embargoed)) == (["dana", "daniel"], ["daniel"])


@pytest.mark.parametrize("q", ["", "\0", "%", "_"])
def test_odd_beginnings_of_a_name_offer_nobody(q):
    rfc = f.draft()

    answer = client_of(rfc.owner).get(reverse("rfc-comment-people", args=[rfc.number]), {"q": q})

    assert answer.json() == {"people": []}


def test_a_retracted_text_is_out_of_sight_for_all_but_stewards_and_auditors():
    rfc = f.draft()
    comment = begun(rfc, text="A secret, by mistake")
    client = client_of(rfc.owner)
    client.post(reverse("rfc-comment-retract", args=[rfc.number, comment.pk]))
    versions = reverse("rfc-comment-versions", args=[rfc.number, comment.pk])

    page, raw = client.get(tab(rfc)), client.get(versions)

    assert "A secret" not in shown(page)
    assert "retracted this comment" in shown(page)
    assert raw.status_code == 302
    assert "A secret" in shown(client_of(f.person(None, AUDITORS)).get(versions))
    assert "A secret" not in shown(client.get(reverse("rfc-history", args=[rfc.number])))


def test_versions_show_what_an_edit_changed():
    rfc = f.draft()
    comment = begun(rfc, text="Frist")
    discussion.edit(comment, by=rfc.owner, text="First")

    page = client_of(f.person()).get(reverse("rfc-comment-versions", args=[rfc.number, comment.pk]))

    assert [text.strip() for text in said(page)] == ["<p>First</p>", "<p>Frist</p>"]
    [block] = page.context["versions"][0]["blocks"]
    assert [(row.kind, row.old.text, row.new.text) for row in block.rows] == [("changed", "Frist", "First")]


def test_an_auditor_sees_no_form_and_is_refused():
    rfc = f.draft()
    begun(rfc)
    client = client_of(f.person(None, AUDITORS))

    assert "<textarea" not in shown(client.get(tab(rfc)))
    assert client.post(tab(rfc), {"text": "Hm."}).status_code == 403


def test_a_quotation_is_ready_to_be_answered():
    rfc = f.draft()
    comment = begun(rfc, text="One\nTwo")

    page = client_of(rfc.owner).get(reverse("rfc-thread", args=[rfc.number, comment.thread_id]), {"quote": comment.pk})

    assert "wrote:\n\n&gt; One\n&gt; Two\n" in page.content.decode()


@pytest.mark.parametrize("query", ["?show=nonsense&section=x&before=-1", "?before=%00", "?before=" + "9" * 40])
def test_odd_parameters_show_the_first_page(query):
    rfc = f.draft()
    begun(rfc)

    assert len(said(client_of(rfc.owner).get(tab(rfc, query)))) == 1


@pytest.mark.parametrize("query", ["?from=%00", "?from=x&quote=9999999999999999999999", "?quote=-1"])
def test_odd_parameters_of_a_thread_never_fail(query):
    rfc = f.draft()
    comment = begun(rfc)

    assert (
        client_of(rfc.owner).get(reverse("rfc-thread", args=[rfc.number, comment.thread_id]) + query).status_code < 500
    )


# Many -------------------------------------------------------------------------------------------------------


def test_pages_reach_every_thread(monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 2)
    rfc = f.draft()
    for number in range(5):
        begun(rfc, text=f"Matter {number}", section="impact")
    client, url, seen = client_of(rfc.owner), tab(rfc), []

    while url:
        page = client.get(url)
        seen += [thread["pk"] for group in page.context["groups"] for thread in group["threads"]]
        url = page.context["next_url"]

    assert seen == list(Thread.objects.order_by("-id").values_list("pk", flat=True))


def test_threads_stand_under_their_sections_in_the_order_of_the_document():
    rfc = f.draft()
    for section in ("timeline", "", "impact", "summary", "impact"):
        begun(rfc, section=section)

    page = client_of(rfc.owner).get(tab(rfc))

    found = [(group["anchor"], len(group["threads"])) for group in page.context["groups"]]
    assert found == [("", 1), ("summary", 1), ("impact", 2), ("timeline", 1)]


def test_open_threads_come_first_and_resolved_ones_when_nothing_is_open():
    rfc = f.draft()
    first, second = begun(rfc), begun(rfc)
    client = client_of(rfc.owner)
    discussion.resolve(first.thread, by=rfc.owner)

    def on(query: str = "") -> list[int]:
        return [row["pk"] for group in client.get(tab(rfc, query)).context["groups"] for row in group["threads"]]

    assert (on(), on("?show=resolved")) == ([second.thread_id], [first.thread_id])
    discussion.resolve(second.thread, by=rfc.owner)
    assert on() == [second.thread_id, first.thread_id]


def test_a_long_thread_is_shown_by_its_first_and_last_comments():
    rfc = f.draft()
    comment = begun(rfc, text="The first")
    for number in range(30):
        discussion.reply(comment.thread, by=rfc.owner, text=f"Answer {number}")

    page = client_of(rfc.owner).get(tab(rfc))

    assert len(said(page)) == 11
    assert "20 more comments in between" in shown(page)


def test_a_permanent_address_finds_a_comment_on_a_later_page(monkeypatch):
    monkeypatch.setattr(pages, "COMMENTS", 3)
    rfc = f.draft()
    comment = begun(rfc)
    for _ in range(5):
        last = discussion.reply(comment.thread, by=rfc.owner, text="Answer").comment
    client = client_of(rfc.owner)

    page = client.get(reverse("rfc-comment", args=[rfc.number, last.pk]), follow=True)

    assert f'id="comment-{last.pk}"' in shown(page)
    assert page.redirect_chain[-1][0].endswith(f"#comment-{last.pk}")


def test_the_tab_asks_the_same_for_one_and_for_thirty_threads():
    people, counts = [f.person() for _ in range(3)], []
    client_of(people[0]).get(tab(f.draft()))  # what a process reads once and keeps is read by now
    for threads in (1, 30):
        rfc = f.draft()
        for number in range(threads):
            comment = begun(rfc, people[number % 3], f"@{people[0].username}, look")
            discussion.reply(comment.thread, by=people[(number + 1) % 3], text="I do.")
        client = client_of(people[0])
        with CaptureQueriesContext(connection) as seen:
            assert len(said(client.get(tab(rfc)))) == 2 * threads
        counts.append(len(seen))

    assert counts[0] == counts[1]


# Beside the tab ---------------------------------------------------------------------------------------------


def test_each_section_of_the_document_leads_to_its_discussion():
    rfc = f.draft()
    begun(rfc, section="rollback")

    page = shown(client_of(rfc.owner).get(reverse("rfc-page", args=[rfc.number])))

    assert page.count('class="discuss"') == 7
    assert f'href="{tab(rfc)}?section=rollback"><span class="count">1 open thread</span> Discuss' in page
    assert '<h2 id="section-rollback">Rollback Plan</h2>' in page


def test_a_heading_that_people_typed_gets_no_link():
    rfc = f.draft(change_summary="Text\n\n## Timeline\n\nMore", justification="Rollback Plan\n---\n")

    page = client_of(rfc.owner).get(reverse("rfc-page", args=[rfc.number])).content.decode()

    assert page.count('class="discuss"') == 7
    assert page.index('id="section-rollback"') < page.index('id="section-timeline"')


def test_the_tab_shows_how_many_threads_are_open():
    rfc = f.draft()
    begun(rfc)

    tabs = client_of(rfc.owner).get(reverse("rfc-page", args=[rfc.number])).context["tabs"]

    assert [row["count"] for row in tabs if row["label"] == "Discussion"] == [1]


def test_the_history_leads_to_what_was_said():
    rfc = f.draft()
    comment = begun(rfc)

    page = shown(client_of(rfc.owner).get(reverse("rfc-history", args=[rfc.number])))

    assert "began a thread" in page
    assert reverse("rfc-comment", args=[rfc.number, comment.pk]) in page
    assert Event.objects.filter(kind="thread.opened").count() == 1
