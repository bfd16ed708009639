"""Two people talk about an RFC in their browsers: nothing typed is lost, nothing is said twice, nothing runs."""

import re

import pytest
from playwright.sync_api import Dialog, expect

from rfcs.conversation import discussion
from rfcs.models import Comment, Thread
from rfcs.states import State
from tests.factories import draft, person, rfc_in
from tests.journeys.conftest import leaving, log_in
from tests.journeys.corpus import CORPUS
from tests.journeys.test_hostile import nothing_ran
from tests.journeys.test_keep import kept

pytestmark = pytest.mark.journey


def begin(page, rfc, text: str) -> None:
    page.goto(f"/rfcs/{rfc.number}/discussion/")
    page.get_by_label("What do you want to say or ask?").fill(text)
    page.get_by_role("button", name="Begin the thread").click()


def test_two_people_settle_a_matter(desk):
    owner, other = person("owner"), person("colleague")
    rfc = rfc_in(State.ASSESSMENT, author=owner)
    theirs, mine = desk(other), desk(owner)
    begin(theirs, rfc, "Does checkout deploy first, @owner?")
    expect(theirs.get_by_text("Your thread is begun.")).to_be_visible()
    expect(theirs.locator(".mention")).to_have_text("@Owner Example")

    mine.goto("/inbox/")
    mine.get_by_role("link", name=re.compile("mention", re.IGNORECASE)).first.click()
    expect(mine.get_by_text("Does checkout deploy first")).to_be_visible()
    mine.get_by_label("Your answer").fill("Billing does.")
    mine.get_by_role("button", name="Post the answer").click()
    expect(mine.get_by_text("Your comment is posted.")).to_be_visible()
    mine.get_by_role("link", name="Edit your comment").click()
    mine.get_by_label("Your comment").fill("Billing does, then checkout.")
    mine.get_by_role("button", name="Save the comment").click()
    expect(mine.get_by_text("Your comment is changed.")).to_be_visible()

    theirs.reload()
    theirs.get_by_role("link", name=re.compile("^edited")).click()
    expect(theirs.get_by_role("heading", name="Version 1")).to_be_visible()
    expect(theirs.get_by_text("Billing does, then checkout.").first).to_be_visible()
    theirs.get_by_role("link", name="Back to the comment").click()
    theirs.get_by_role("button", name=re.compile("^Resolve")).click()
    expect(theirs.get_by_text("The thread is resolved.")).to_be_visible()
    mine.reload()
    mine.get_by_role("button", name=re.compile("^Open again")).click()
    expect(mine.get_by_text("The thread is open again.")).to_be_visible()
    thread = Thread.objects.get()
    assert (thread.is_resolved, thread.comments.count()) == (False, 2)


def test_a_comment_survives_a_session_that_ended(desk):
    rfc = draft()
    page = desk(rfc.owner)
    begin_at = f"/rfcs/{rfc.number}/discussion/"
    page.goto(begin_at)
    page.get_by_label("What do you want to say or ask?").fill("Typed for an hour.")

    page.context.clear_cookies()
    with leaving(page):
        page.get_by_role("button", name="Begin the thread").click()
    assert Comment.objects.count() == 0
    log_in(page, rfc.owner)
    page.goto(begin_at)

    expect(page.get_by_label("What do you want to say or ask?")).to_have_value("Typed for an hour.")
    page.get_by_role("button", name="Begin the thread").click()
    expect(page.get_by_text("Your thread is begun.")).to_be_visible()
    assert "Typed for an hour." not in kept(page)


def test_the_first_click_posts_after_a_name_was_offered(desk):
    rfc = draft(author=person("owner"))
    page = desk(rfc.owner)
    page.goto(f"/rfcs/{rfc.number}/discussion/")
    page.get_by_label("What do you want to say or ask?").press_sequentially("Who deploys, @own")
    expect(page.get_by_role("option", name="Owner Example")).to_be_visible()

    page.get_by_role("button", name="Begin the thread").click()

    expect(page.get_by_text("Your thread is begun.")).to_be_visible()


def test_a_form_sent_twice_posts_once_with_the_script_and_without(desk):
    rfc = draft()
    page, plain = desk(rfc.owner), desk(rfc.owner)
    page.goto(f"/rfcs/{rfc.number}/discussion/")
    page.get_by_label("What do you want to say or ask?").fill("Once.")
    page.get_by_role("button", name="Begin the thread").dblclick()
    expect(page.get_by_text("Your thread is begun.")).to_be_visible()
    plain.goto(f"/rfcs/{rfc.number}/discussion/#new")
    plain.locator("#new").evaluate("fold => { fold.open = true; }")
    plain.get_by_label("What do you want to say or ask?").fill("Twice.")

    send = """async () => {
      const form = document.querySelector("#new form");
      const post = () => fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))});
      return (await Promise.all([post(), post(), post()])).map((answer) => answer.status);
    }"""

    assert plain.evaluate(send) == [200, 200, 200]
    assert sorted(discussion.text_of(row) for row in Comment.objects.all()) == ["Once.", "Twice."]


def test_hostile_markup_in_comments_runs_nothing(desk):
    """The whole corpus in comments, as it is shown in the tab, its thread, its versions, the form and the preview."""
    rfc, other = draft(), person()
    thread = discussion.open_thread(rfc, by=other, text="\n\n".join(CORPUS)[: discussion.LONGEST]).comment.thread
    for start in range(0, len(CORPUS), 40):
        comment = discussion.reply(thread, by=rfc.owner, text="\n\n".join(CORPUS[start : start + 40])).comment
    for text in CORPUS[::5]:
        discussion.reply(thread, by=other, text=text)
    discussion.edit(comment, by=rfc.owner, text="\n\n".join(reversed(CORPUS))[: discussion.LONGEST])
    page, dialogs = desk(rfc.owner), list[str]()

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    here = f"/rfcs/{rfc.number}/"

    for path in ("discussion/", f"discussion/{thread.pk}/", f"comments/{comment.pk}/versions/"):
        nothing_ran(page, here + path)
    nothing_ran(page, "/inbox/")
    nothing_ran(page, f"{here}comments/{comment.pk}/edit/")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="Preview")).to_be_visible()
    page.wait_for_timeout(200)

    assert page.evaluate("window.hit") is None
    assert dialogs == []
