"""Threads and comments: who may, what is refused, what stays on record, who hears of it."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from rfcs import editing
from rfcs.conversation import discussion
from rfcs.digests import sha256
from rfcs.errors import Refused
from rfcs.models import Comment, CommentVersion, Event, Message, Thread
from rfcs.states import ARCHITECTURE, AUDITORS, SECURITY
from tests import factories as f

pytestmark = pytest.mark.django_db


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def begun(rfc=None, by=None, text="What about the dashboards?", section="impact"):
    rfc = rfc or f.draft()
    return discussion.open_thread(rfc, by=by or f.person(), text=text, section=section).comment


def kinds_told(person) -> list[str]:
    return list(
        Message.objects.filter(recipient=person, channel="in_app").order_by("id").values_list("kind", flat=True)
    )


# Saying something -------------------------------------------------------------------------------------------


def test_a_thread_stands_on_its_section_and_revision():
    rfc, person = f.rfc_in("assessment"), f.person()

    comment = begun(rfc, person)

    thread = comment.thread
    assert (thread.rfc, thread.section, thread.revision, thread.opened_by) == (rfc, "impact", rfc.revision, person)
    assert discussion.text_of(comment) == "What about the dashboards?"


@pytest.mark.parametrize("state", ["draft", "review", "closed", "rejected"])
def test_everybody_who_sees_it_speaks_in_every_state(state):
    rfc = f.rfc_in(state)

    assert begun(rfc).thread.rfc == rfc


def test_an_auditor_reads_only():
    comment = begun()
    auditor = f.person(None, AUDITORS)

    with pytest.raises(Refused, match="change nothing"):
        discussion.reply(comment.thread, by=auditor, text="Hm.")


def test_who_may_not_see_the_rfc_cannot_speak_in_it():
    rfc = f.draft(embargoed=True)
    thread = begun(rfc, rfc.author).thread

    for say in (
        lambda by: begun(rfc, by),
        lambda by: discussion.reply(thread, by=by, text="Hm."),
        lambda by: discussion.resolve(thread, by=by),
    ):
        with pytest.raises(Refused) as refused:
            say(f.person())
        assert refused.value.status == 404


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("a" * 20_001, "too_long"),
        ("a" * 1_000_000, "too_long"),
        ("a\0b", "unstorable"),
        ("\ud800", "unstorable"),
    ],
)
def test_what_cannot_be_a_comment_is_refused_and_on_record(text, code):
    rfc, person = f.draft(), f.person()

    with pytest.raises(Refused) as refused:
        begun(rfc, person, text)

    assert (codes(refused), refused.value.status) == ([code], 422)
    assert not Thread.objects.exists()
    assert [row.payload["what"] for row in Event.objects.filter(kind="refused")] == ["thread.open"]


def test_all_reasons_are_given_at_once():
    with pytest.raises(Refused) as refused:
        begun(text="", section="nowhere")

    assert codes(refused) == ["unknown_section", "empty"]


def test_the_longest_comment_is_stored_whole_with_the_line_ends_counted_once():
    text = "\r\n".join(["line"] * 4_000)

    assert len(discussion.text_of(begun(text=text))) == 4_000 * 5 - 1


def test_the_same_form_sent_twice_is_one_comment():
    rfc, person = f.draft(), f.person()

    first, second = (discussion.open_thread(rfc, by=person, text="Once.", token="a token") for _ in range(2))
    again = [discussion.reply(first.comment.thread, by=person, text="Once.", token="a token") for _ in range(2)]

    assert (first.is_new, second.is_new, first.comment) == (True, False, second.comment)
    assert [one.is_new for one in again] == [True, False]
    assert (Thread.objects.count(), Comment.objects.count()) == (1, 2)


def test_another_text_in_a_form_gone_back_to_is_another_comment():
    rfc, person = f.draft(), f.person()
    for text in ("One.", "Two."):
        discussion.open_thread(rfc, by=person, text=text, token="the same")

    assert Comment.objects.count() == 2


def test_without_a_token_the_same_words_are_said_twice():
    comment = begun()
    for _ in range(2):
        discussion.reply(comment.thread, by=comment.author, text="+1")

    assert Comment.objects.count() == 3


# Editing and retracting -------------------------------------------------------------------------------------


def test_an_edit_keeps_what_was_there():
    comment = begun(text="Frist")

    discussion.edit(comment, by=comment.author, text="First")

    assert list(comment.versions.values_list("number", "text")) == [(2, "First"), (1, "Frist")]
    assert discussion.text_of(comment) == "First"


def test_the_same_text_again_is_no_version():
    comment = begun(text="First")

    assert discussion.edit(comment, by=comment.author, text="First").is_new is False
    assert comment.versions.count() == 1


def test_only_its_author_edits_or_retracts_a_comment():
    rfc = f.draft()
    comment = begun(rfc)

    for change in (discussion.retract, lambda row, by: discussion.edit(row, by=by, text="Mine now")):
        for other in (rfc.owner, f.person(None, ARCHITECTURE)):
            with pytest.raises(Refused) as refused:
                change(comment, by=other)
            assert refused.value.status == 403


def test_a_retracted_comment_keeps_its_place_and_its_text_for_the_record():
    comment = begun(text="A secret, by mistake")
    stranger, steward, auditor = f.person(), f.person(None, "stewards"), f.person(None, AUDITORS)

    retracted = discussion.retract(comment, by=comment.author)

    assert retracted.is_retracted
    assert discussion.text_of(retracted) == "A secret, by mistake"
    readers = [discussion.may_read_versions(retracted, who) for who in (stranger, comment.author, steward, auditor)]
    assert readers == [False, False, True, True]
    with pytest.raises(Refused) as refused:
        discussion.edit(comment, by=comment.author, text="Another")
    assert codes(refused) == ["retracted"]


def test_retracting_twice_is_one_event():
    comment = begun()
    for _ in range(2):
        discussion.retract(comment, by=comment.author)

    assert Event.objects.filter(kind="comment.retracted").count() == 1


def test_the_database_keeps_every_wording():
    version = begun().versions.get()

    for change in (lambda: CommentVersion.objects.update(text="Other"), version.delete):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            change()


def test_every_wording_has_an_event_with_its_digest_and_without_its_text():
    comment = begun(text="Frist")
    discussion.edit(comment, by=comment.author, text="First")
    discussion.reply(comment.thread, by=comment.author, text="Second")

    rows = Event.objects.filter(stream=comment.thread.rfc.stream, payload__has_key="digest").exclude(kind="rfc.created")
    found = [(row.kind, row.payload["version"], row.payload["digest"]) for row in rows.order_by("seq")]
    assert found == [
        ("thread.opened", 1, sha256("Frist")),
        ("comment.edited", 2, sha256("First")),
        ("comment.posted", 1, sha256("Second")),
    ]
    assert not any("text" in row.payload for row in rows)


def test_comments_are_no_part_of_what_is_signed():
    members = f.board(3)
    rfc = f.rfc_in("review")
    before = f.again(rfc).material_digest
    f.sign(rfc, members[0])

    comment = begun(rfc, members[1])
    discussion.edit(comment, by=members[1], text="Otherwise")
    discussion.resolve(comment.thread, by=members[1])

    assert f.again(rfc).material_digest == before
    assert set(f.signers(rfc)) == {(members[1], ARCHITECTURE), (members[2], ARCHITECTURE)}


# Resolving --------------------------------------------------------------------------------------------------


def test_author_owner_and_board_resolve_and_reopen():
    rfc = f.draft()
    comment = begun(rfc)

    for who in (comment.author, rfc.owner, f.person(None, ARCHITECTURE)):
        assert discussion.resolve(comment.thread, by=who).resolved_by == who
        assert discussion.reopen(comment.thread, by=who).is_resolved is False
    with pytest.raises(Refused) as refused:
        discussion.resolve(comment.thread, by=f.person(None, SECURITY))
    assert refused.value.status == 403


def test_resolving_twice_is_one_event():
    comment = begun()
    for _ in range(2):
        discussion.resolve(comment.thread, by=comment.author)

    assert Event.objects.filter(kind="thread.resolved").count() == 1


def test_an_answer_opens_a_resolved_thread_again():
    comment = begun()
    discussion.resolve(comment.thread, by=comment.author)

    discussion.reply(comment.thread, by=f.person(), text="Not so fast.")

    assert Thread.objects.get().is_resolved is False
    kinds = Event.objects.filter(kind__startswith="thread").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["thread.opened", "thread.resolved", "thread.reopened"]


# Who hears of it --------------------------------------------------------------------------------------------


def test_each_hears_once_in_the_words_that_concern_them_most():
    owner, first, named, third = f.person(), f.person(), f.person("dana"), f.person()
    rfc = f.draft(author=owner)
    thread = begun(rfc, first).thread
    discussion.reply(thread, by=third, text="Ask @dana, she knows.")
    discussion.reply(thread, by=named, text="I do.")

    assert kinds_told(owner) == ["comment_on_mine"] * 3
    assert kinds_told(first) == ["comment_in_thread"] * 2
    assert kinds_told(named) == ["mention"]
    assert kinds_told(third) == ["comment_in_thread"]


def test_a_new_thread_is_told_to_co_authors_who_have_not_spoken():
    rfc, other = f.draft(), f.person()
    editing.share(rfc, by=rfc.owner, with_=other)

    begun(rfc)

    assert kinds_told(other) == ["news", "watched_thread"], "made a co-author, then told of the thread"


def test_code_escapes_addresses_and_unknown_names_mention_nobody():
    dana = f.person("dana")

    begun(text="`@dana` \\@dana a@dana.org x@dana\n\n    @dana\n\n```\n@dana\n```\n@nobody-of-this-name")

    assert kinds_told(dana) == []


def test_an_edit_tells_only_who_is_mentioned_anew():
    ada, bob = f.person("ada"), f.person("bob")
    comment = begun(text="@ada")

    discussion.edit(comment, by=comment.author, text="@ada and @bob")
    discussion.edit(comment, by=comment.author, text="@ada and @bob!")

    assert (kinds_told(ada), kinds_told(bob)) == (["mention"], ["mention"])


def test_a_mention_under_embargo_tells_nobody_who_may_not_see_it():
    dana, guard = f.person("dana"), f.person("guard", SECURITY)
    rfc = f.draft(embargoed=True)

    posted = discussion.open_thread(rfc, by=rfc.author, text="@dana and @guard, please look.")

    assert posted.not_told == ("Dana Example",)
    assert not Message.objects.filter(recipient=dana).exists()
    assert kinds_told(guard) == ["mention"]


def test_an_edit_under_embargo_tells_nobody_who_may_not_see_it():
    dana, rfc = f.person("dana"), f.draft(embargoed=True)
    comment = begun(rfc, rfc.author)

    assert discussion.edit(comment, by=rfc.author, text="@dana?").not_told == ("Dana Example",)
    assert not Message.objects.filter(recipient=dana).exists()


def test_a_deactivated_person_is_not_told():
    dana = f.person("dana", is_active=False)

    begun(text="@dana")

    assert not Message.objects.filter(recipient=dana).exists()


def test_a_crowd_is_not_mentioned():
    people = [f.person() for _ in range(discussion.MOST_NAMED + 1)]

    with pytest.raises(Refused) as refused:
        begun(text=" ".join(f"@{person.username}" for person in people))

    assert codes(refused) == ["too_many_named"]


def test_telling_takes_the_same_queries_for_one_and_for_thirty():
    people = [f.person() for _ in range(30)]
    comment = begun()
    counts = []
    for named in (people[:1], people):
        with CaptureQueriesContext(connection) as seen:
            discussion.reply(comment.thread, by=comment.author, text=" ".join(f"@{one.username}" for one in named))
        counts.append(len(seen))

    assert counts[0] == counts[1]
