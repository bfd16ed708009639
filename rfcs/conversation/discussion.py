"""Talking about an RFC: open a thread, answer, edit, retract, resolve. A comment is never part of what is signed.

Every wording stays. Its event holds the digest of the text and not the text, which stands in an append-only row: so
the record is verifiable, and a retracted text is out of sight for all but stewards and auditors.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rfcs import clock, events, limits
from rfcs.conversation import mentions
from rfcs.digests import sha256
from rfcs.errors import Kind, Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.forms import SECTIONS
from rfcs.lifecycle import locked
from rfcs.models import RFC, Comment, CommentVersion, Thread
from rfcs.states import ARCHITECTURE, AUDITORS, STEWARDS
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

LONGEST = 20_000
MOST_NAMED = 50
WHOLE = ""
"""The section of a thread about the RFC as a whole."""
TITLES = {WHOLE: "The RFC as a whole"} | {section.anchor: section.title for section in SECTIONS}
READ_RETRACTED = frozenset({STEWARDS, AUDITORS})


@dataclass(frozen=True, slots=True)
class Posted:
    """A comment as it is stored, whether this call made it, and whom it names who may not see the RFC."""

    comment: Comment
    is_new: bool = True
    not_told: tuple[str, ...] = ()


def may_speak(person: User) -> bool:
    """Everybody who sees an RFC, ended or not: what was learnt is said afterwards. Auditors change nothing."""
    return person.is_active and AUDITORS not in teams_of(person)


def may_settle(thread: Thread, rfc: RFC, person: User) -> bool:
    """Who opened the thread, the owner of the RFC, and the board resolve it and open it again."""
    is_party = person.pk in (thread.opened_by_id, rfc.owner_id)
    return may_speak(person) and (is_party or ARCHITECTURE in teams_of(person))


def may_edit(comment: Comment, person: User) -> bool:
    return may_speak(person) and comment.author_id == person.pk and not comment.is_retracted


def may_read_versions(comment: Comment, person: User) -> bool:
    """An edit hides nothing; what was retracted is for stewards and auditors."""
    return not comment.is_retracted or bool(teams_of(person) & READ_RETRACTED)


def text_of(comment: Comment) -> str:
    """What it says now."""
    return _last(comment).text


def _last(comment: Comment) -> CommentVersion:
    return comment.versions.order_by("-number")[:1].get()


def open_thread(rfc: RFC, *, by: User, text: str, section: str = WHOLE, token: str = "") -> Posted:
    """Begin a thread on a section. The same form sent again returns the comment that is there.

    Raises Refused: 404 for who may not see the RFC, 403 for auditors, 422 for a text that is empty or too long.
    """
    text = _normal(text)
    with attempt("thread.open", actor=by, on=rfc.stream):
        row = locked(rfc)
        _require_sight(row, by)
        once = _once(token, f"{row.pk}:{section}", text)
        if (same := _already_there(by, once)) is not None:
            return same
        named = _require_text(text, _section_reasons(section))
        at = clock.now()
        thread = Thread.objects.create(rfc=row, section=section, revision=row.revision, opened_by=by, opened_at=at)
        return _post(row, thread, by, text, once, named, at, opens=True)


def reply(thread: Thread, *, by: User, text: str, token: str = "") -> Posted:
    """Answer in a thread; one that was resolved is open again, so that nothing is said into a closed drawer."""
    text = _normal(text)
    with attempt("comment.post", actor=by, on=f"rfc:{thread.rfc_id}"):
        row = locked(thread.rfc_id)
        _require_sight(row, by)
        here = Thread.objects.get(pk=thread.pk)
        once = _once(token, f"thread:{here.pk}", text)
        if (same := _already_there(by, once)) is not None:
            return same
        named = _require_text(text)
        at = clock.now()
        if here.is_resolved:
            _settle(row, here, by, at=None)
        return _post(row, here, by, text, once, named, at, opens=False)


def edit(comment: Comment, *, by: User, text: str) -> Posted:
    """Another wording, by its author alone; the ones before stay to be read. The same text again changes nothing."""
    text = _normal(text)
    with attempt("comment.edit", actor=by, on=f"rfc:{comment.thread.rfc_id}"):
        row, here = _locked_comment(comment, by)
        _require_author(here, by)
        last = _last(here)
        if last.text == text:
            return Posted(here, is_new=False)
        named, at = _require_text(text), clock.now()
        _write(row, here, "comment.edited", last.number + 1, text, at)
        mentions.tell_named(row, here, text, named, at=at)
    return Posted(here, not_told=_names(mentions.deaf_to(row, named)))


def retract(comment: Comment, *, by: User) -> Comment:
    """Take one's words back: the place stays, the text is for stewards and auditors. Nothing is deleted."""
    with attempt("comment.retract", actor=by, on=f"rfc:{comment.thread.rfc_id}"):
        row, here = _locked_comment(comment, by)
        if here.is_retracted and here.author_id == by.pk:
            return here
        _require_author(here, by)
        here.retracted_at = clock.now()
        here.save(update_fields=["retracted_at"])
        facts = {"thread": here.thread_id, "comment": here.pk, "section": here.thread.section}
        events.record(row.stream, "comment.retracted", actor=by, payload=facts, at=here.retracted_at)
    return here


def resolve(thread: Thread, *, by: User) -> Thread:
    """Say that a thread is settled. Resolving it again changes nothing."""
    return _settled(thread, by, resolved=True)


def reopen(thread: Thread, *, by: User) -> Thread:
    return _settled(thread, by, resolved=False)


def _settled(thread: Thread, by: User, *, resolved: bool) -> Thread:
    what = "thread.resolve" if resolved else "thread.reopen"
    with attempt(what, actor=by, on=f"rfc:{thread.rfc_id}"):
        row = locked(thread.rfc_id)
        _require_sight(row, by)
        here = Thread.objects.select_related("opened_by").get(pk=thread.pk)
        if not may_settle(here, row, by):
            who = f"{display_name(here.opened_by)}, {display_name(row.owner)} or a member of the architecture board"
            message = "A thread is resolved, and opened again, by who began it, the owner of the RFC, or the board."
            raise Refused(forbidden(message, who=who))
        if here.is_resolved != resolved:
            _settle(row, here, by, at=clock.now() if resolved else None)
    return here


def _settle(row: RFC, thread: Thread, by: User, *, at: datetime | None) -> None:
    thread.resolved_at, thread.resolved_by = at, by if at else None
    thread.save(update_fields=["resolved_at", "resolved_by"])
    kind = "thread.resolved" if at else "thread.reopened"
    facts = {"thread": thread.pk, "section": thread.section}
    events.record(row.stream, kind, actor=by, payload=facts, at=at)


def _post(
    row: RFC, thread: Thread, by: User, text: str, once: str, named: list[User], at: datetime, *, opens: bool
) -> Posted:
    comment = Comment.objects.create(thread=thread, author=by, at=at, once=once)
    _write(row, comment, "thread.opened" if opens else "comment.posted", 1, text, at)
    mentions.tell(row, comment, text, named, at=at, opens=opens)
    return Posted(comment, not_told=_names(mentions.deaf_to(row, named)))


def _write(row: RFC, comment: Comment, kind: str, number: int, text: str, at: datetime) -> None:
    CommentVersion.objects.create(comment=comment, number=number, text=text, at=at)
    thread = comment.thread
    facts = {"thread": thread.pk, "section": thread.section, "comment": comment.pk, "version": number}
    events.record(row.stream, kind, actor=comment.author, payload=facts | {"digest": sha256(text)}, at=at)


def _normal(text: str) -> str:
    """With the line ends that are stored; a browser sends CR LF."""
    return text.replace("\r\n", "\n")


def _once(token: str, place: str, text: str) -> str:
    """The same token, place and text is the same comment; another text typed into a page gone back to is another."""
    return sha256([token or uuid.uuid4().hex, place, text])


def _already_there(by: User, once: str) -> Posted | None:
    found = Comment.objects.filter(author=by, once=once).select_related("thread").first()
    return Posted(found, is_new=False) if found else None


def _locked_comment(comment: Comment, by: User) -> tuple[RFC, Comment]:
    row = locked(comment.thread.rfc_id)
    _require_sight(row, by)
    return row, Comment.objects.select_related("thread", "author").get(pk=comment.pk)


def _names(people: list[User]) -> tuple[str, ...]:
    return tuple(display_name(person) for person in people)


# What stands against it -------------------------------------------------------------------------------------


def _require_sight(row: RFC, by: User) -> None:
    if not RFC.objects.visible_to(by).filter(pk=row.pk).exists():
        raise Refused(Reason("not_there", "There is no such RFC for you.", kind=Kind.HIDDEN))


def _require_author(comment: Comment, by: User) -> None:
    if comment.author_id != by.pk:
        who = display_name(comment.author)
        raise Refused(forbidden(f"Only {who} edits or retracts this comment; answer it instead.", who=who))
    if comment.is_retracted:
        raise Refused(Reason("retracted", "This comment is retracted; write a new one instead.", who="you"))


def _section_reasons(section: str) -> tuple[Reason, ...]:
    if section in TITLES:
        return ()
    message = f"There is no section “{section[:40]!a}”; choose one of {', '.join(filter(None, TITLES))}, or none."
    return (not_ready("unknown_section", message, field="section", who="you"),)


def _require_text(text: str, others: tuple[Reason, ...] = ()) -> list[User]:
    """The people whom the text names, or Refused with all that is wrong with it."""
    reasons = (*others, *_text_reasons(text))
    named = [] if reasons else mentions.named_in(text)
    if len(named) > MOST_NAMED:
        message = f"The comment mentions {len(named)} people; {MOST_NAMED} are possible."
        reasons = (not_ready("too_many_named", message, field="text", who="you"),)
    if reasons:
        raise Refused(*reasons)
    return named


def _text_reasons(text: str) -> tuple[Reason, ...]:
    if limits.unstorable(text):
        return (not_ready("unstorable", "The comment holds a character that is not text; remove it.", **MINE),)
    if not text.strip():
        return (not_ready("empty", "The comment is empty; write what you want to say.", **MINE),)
    if len(text) > LONGEST:
        message = (
            f"The comment has {len(text):,} characters; {LONGEST:,} are possible. Shorten it or link to a document."
        )
        return (not_ready("too_long", message, **MINE),)
    return ()


MINE = {"field": "text", "who": "you"}
