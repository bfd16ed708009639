"""Writing an RFC: create, autosave into the working copy, save as a revision, discard, share, hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import Q

from rfcs import clock, events, limits, revisions
from rfcs.authority import require_writer, succeeds
from rfcs.case import Case
from rfcs.content import Content
from rfcs.delivery import outbox
from rfcs.digests import sha256
from rfcs.errors import Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.guards import ABBREVIATED, WHOLE
from rfcs.impact import asking
from rfcs.lifecycle import locked
from rfcs.models import RFC, Embargo, Event, FollowUp, Opened, WorkingCopy
from rfcs.notices import Notice
from rfcs.obligations import owing
from rfcs.states import AUDITORS, MINTING, State, Track
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Conflict(Refused):
    """Somebody saved in between. Carries what is stored now, so that both versions can be shown."""

    def __init__(self, stored: WorkingCopy) -> None:
        who = display_name(stored.saved_by)
        message = f"{who} saved version {stored.version} after you opened the page; compare both and save again."
        super().__init__(Reason("version_conflict", message, field="version", who="you"))
        self.stored = stored


def create(*, by: User, content: Content, track: str = Track.STANDARD, token: str = "") -> RFC:
    """A new draft with its working copy at version 1. Raises Refused for what cannot be stored.

    `token`: of the form, if it has one. The same form with the same text sent again returns the RFC that it opened.
    """
    content = content.tidied()
    with attempt("create", actor=by, on="rfcs"):
        _require_storable(content)
        _require_track(track)
        if (same := opened(by=by, content=content, track=track, token=token)) is not None:
            return same
        at = clock.now()
        rfc = RFC(track=track, author=by, owner=by, created_at=at, state_since=at, updated_at=at)
        rfc.save()
        WorkingCopy.objects.create(rfc=rfc, content_json=content.json(), saved_by=by, saved_at=at, writers=[by.pk])
        revisions.mirror(rfc, content)
        rfc.save()
        events.record(rfc.stream, "rfc.created", actor=by, payload={"title": content.title, "track": track}, at=at)
        if token:
            Opened.objects.create(rfc=rfc, author=by, once=_once(token, track, content))
    return rfc


def opened(*, by: User, content: Content, track: str, token: str) -> RFC | None:
    """The RFC that this form opened already; whoever sends it twice waits for the first. In a transaction."""
    if not token:
        return None
    get_user_model()._default_manager.select_for_update(no_key=True).get(pk=by.pk)
    same = Opened.objects.filter(author=by, once=_once(token, track, content.tidied()))
    row = same.select_related("rfc__owner", "rfc__author").first()
    return row.rfc if row else None


def _once(token: str, track: str, content: Content) -> str:
    """Another text, typed into a page gone back to, is another RFC."""
    return sha256([token, track, content.json()])


def autosave(rfc: RFC, *, by: User, version: int, content: Content) -> WorkingCopy:
    """Write the working copy if `version` is still the stored one; the new version is in the result.

    Raises Conflict when somebody saved in between, Refused when this person may not write or nothing can be written.
    """
    with attempt("autosave", actor=by, on=rfc.stream):
        return _write(locked(rfc), by=by, version=version, content=content)


def save(rfc: RFC, *, by: User, version: int, content: Content, note: str = "") -> RFC:
    """Autosave and, where the state mints on save, mint a revision. Later states keep it for `amend`."""
    with attempt("save", actor=by, on=rfc.stream):
        row = locked(rfc)
        _require_note(note)
        _write(row, by=by, version=version, content=content)
        if row.state == State.REVIEW:
            _require_whole(row)
        if row.state in MINTING:
            revisions.mint(row, by=by, note=note)
            row.updated_at = clock.now()
            row.save()
        if row.state in MINTING - {State.DRAFT} and row.track == Track.STANDARD:
            asking.ask(row)
    return row


def discard(rfc: RFC, *, by: User) -> RFC:
    """Put the working copy back to the current revision; what was typed stays in the event."""
    with attempt("discard", actor=by, on=rfc.stream):
        row = locked(rfc)
        require_writer(row, by)
        if row.revision is None:
            raise Refused(Reason("no_revision", "There is no revision to go back to; edit the draft instead."))
        copy = row.working_copy
        events.record(row.stream, "edits.discarded", actor=by, payload={"content": copy.content_json})
        _store(copy, row.revision.content, by=by)
        WorkingCopy.objects.filter(pk=copy.pk).update(writers=[])
    return row


def share(rfc: RFC, *, by: User, with_: User) -> None:
    """Let a co-author write. They can no longer sign once a revision holds their words."""
    with attempt("share", actor=by, on=rfc.stream):
        row = locked(rfc)
        _require_sharing(row, by, with_)
        is_new = not row.editors.filter(pk=with_.pk).exists()
        row.editors.add(with_)
        event = events.record(row.stream, "rfc.shared", actor=by, payload={"with": with_.get_username()})
        if is_new:
            _tell(
                row,
                with_,
                event,
                "made you a co-author of",
                "You may edit its text, and cannot sign what you wrote in.",
            )


def unshare(rfc: RFC, *, by: User, with_: User) -> None:
    """Stop a co-author from writing. What they wrote stays theirs: they do not sign because of it."""
    with attempt("unshare", actor=by, on=rfc.stream):
        row = locked(rfc)
        _require_owner(row, by)
        _require_settled(row)
        if row.editors.filter(pk=with_.pk).exists():
            row.editors.remove(with_)
            event = events.record(row.stream, "rfc.unshared", actor=by, payload={"with": with_.get_username()})
            _tell(row, with_, event, "ended your part as a co-author of", "What you wrote in it stays yours.")


def hand_over(rfc: RFC, *, by: User, to: User) -> None:
    """Make somebody else the owner; the author stays the author, and who owned it writes on."""
    with attempt("hand_over", actor=by, on=rfc.stream):
        row = locked(rfc)
        if not may_hand_over(row, by):
            _require_owner(row, by)
        _require_fit(row, by, to)
        row.editors.add(row.owner)
        row.owner = to
        row.save()
        event = events.record(row.stream, "rfc.handed_over", actor=by, payload={"to": to.get_username()})
        text = "From now on its moves, its deadlines and what it owes are yours."
        _tell(row, to, event, "made you the owner of", text, kind=Notice.ACTION_ASKED)


def may_hand_over(row: RFC, user: User) -> bool:
    """The owner; a steward once the owner's account is closed: what is owed needs somebody who can pay it."""
    return row.owner_id == user.pk or succeeds(row, user)


def _tell(row: RFC, to: User, event: Event, what: str, text: str, *, kind: Notice = Notice.NEWS) -> None:
    """What changed for somebody by another's hand."""
    assert event.actor is not None
    subject = f"{display_name(event.actor)} {what} {row.number}: {row.title}"
    key = f"rfc:{row.pk}:rights:{event.seq}"
    outbox.queue(key, to=to, rfc=row, subject=subject, text=text, at=event.at, kind=kind)


def change_track(rfc: RFC, *, by: User, track: str) -> RFC:
    """Put a draft on another track; its text stays as it is, to the letter. The same track again changes nothing.

    Raises Refused: 403 for who does not own it, 409 for what is no draft, or follows a hotfix, 422 for no track.
    """
    with attempt("change_track", actor=by, on=rfc.stream):
        row = locked(rfc)
        _require_owner(row, by)
        _require_track(track)
        if row.track != track:
            _require_open_track(row)
            facts = {"from": row.track, "to": track}
            row.track, row.updated_at = track, clock.now()
            row.save(update_fields=["track", "updated_at"])
            events.record(row.stream, "rfc.track_changed", actor=by, payload=facts)
    return row


def why_track_is_fixed(row: RFC) -> Reason | None:
    track = row.get_track_display().lower()
    if row.state != State.DRAFT:
        message = f"{row.number} is on the {track} track and stays on it: the track of a draft alone can change."
        return Reason("track_fixed", message, field="track")
    if FollowUp.objects.filter(rfc=row).exists():
        message = f"{row.number} carries on a hotfix, which owes an RFC on the standard track; it stays on it."
        return Reason("track_fixed", message, field="track")
    return None


def _require_open_track(row: RFC) -> None:
    reason = why_track_is_fixed(row)
    if reason is not None:
        raise Refused(reason)


def require_writable(row: RFC) -> None:
    """Raise Refused in the states whose text is final."""
    if not row.is_writable:
        state = State(row.state).label.lower()
        raise Refused(Reason("not_editable", f"{row.number} is in {state}; its text is final.", field="state"))


def _write(row: RFC, *, by: User, version: int, content: Content) -> WorkingCopy:
    require_writer(row, by)
    require_writable(row)
    copy, content = row.working_copy, _as_decided(row, content.tidied())
    if copy.version != version and copy.content != content:
        raise Conflict(copy)
    _require_storable(content)
    _require_embargo(row, content)
    _store(copy, content, by=by)
    if row.state == State.DRAFT:
        revisions.mirror(row, content)
        row.updated_at = copy.saved_at
        row.save()
    return copy


def _store(copy: WorkingCopy, content: Content, *, by: User) -> None:
    copy.writers = sorted({*copy.writers, by.pk})
    copy.content_json, copy.version = content.json(), copy.version + 1
    copy.saved_by, copy.saved_at = by, clock.now()
    copy.save()


def _require_note(note: str) -> None:
    if len(note) > limits.NOTE or limits.unstorable(note):
        message = f"The note holds at most {limits.NOTE:,} characters, all of them text."
        raise Refused(not_ready("unstorable", message, field="note", who="you"))


def _require_whole(row: RFC) -> None:
    """What the board signs stays whole: a revision in review lacks nothing that the request for it needed."""
    case = Case(row, drafting=True)
    needed = WHOLE if row.track == Track.STANDARD else ABBREVIATED
    reasons = tuple(reason for guard in needed for reason in guard.reasons(case))
    if reasons:
        raise Refused(*reasons)


def _require_storable(content: Content) -> None:
    reasons = limits.excesses(content)
    if reasons:
        raise Refused(*reasons)


def _as_decided(row: RFC, content: Content) -> Content:
    """Once a verb began or lifted an embargo, the flag of the text decides nothing: it stays what was signed."""
    flag = row.working_copy.content.embargoed
    decided = Q(imposed_at__isnull=False) | Q(lifted_at__isnull=False)
    if content.embargoed != flag and Embargo.objects.filter(decided, rfc=row).exists():
        return content.with_(embargoed=flag)
    return content


def _require_embargo(row: RFC, content: Content) -> None:
    """Once a revision is under embargo, only security lifts it, by a verb of its own (rfcs/embargo.py)."""
    said = row.revision is not None and row.revision.content.embargoed
    if said and row.embargoed and not content.embargoed:
        message = f"{row.number} is under embargo; only the security team lifts it, on the page of the RFC."
        raise Refused(forbidden(message, code="embargoed", who="the security team"))


def _require_track(track: str) -> None:
    if track not in Track.values:
        known = ", ".join(Track.values)
        raise Refused(not_ready("unknown_track", f"Choose one of the tracks {known}.", field="track", who="you"))


def _require_sharing(row: RFC, by: User, other: User) -> None:
    _require_owner(row, by)
    _require_fit(row, by, other)


def _require_fit(row: RFC, by: User, other: User) -> None:
    """Who writes and owns an RFC is settled while a round is open: else an owner could bar a signer, or a concern."""
    _require_settled(row)
    if AUDITORS in teams_of(other) or other.pk == by.pk:
        message = f"{display_name(other)} cannot write this RFC with you; choose another engineer."
        raise Refused(not_ready("unfit_person", message, field="username", who="you"))


def _require_settled(row: RFC) -> None:
    if row.state == State.REVIEW:
        message = f"{row.number} is in review; recall it to change who writes or owns it."
        who = "the owner" if row.owner.is_active else "a steward"
        raise Refused(Reason("in_review", message, field="state", who=who))
    if owing.is_reviewed_now(row):
        message = f"The board reviews {row.number}; who writes or owns it can change once it has decided."
        raise Refused(Reason("in_review", message, field="state", who="the board"))


def _require_owner(row: RFC, by: User) -> None:
    if row.owner_id != by.pk:
        raise Refused(forbidden(f"Only the owner of {row.number} may do this.", who=display_name(row.owner)))
