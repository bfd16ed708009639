"""What the working copy holds and no revision: where it leads from here, and what was noted beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from rfcs.case import Case
from rfcs.states import Track

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest

    from rfcs.models import RFC


def way(case: Case, user: User) -> dict[str, str] | None:
    """How the edits get into a revision, and the address for it; None where there are none, or none that could."""
    rfc = case.rfc
    if rfc.revision is None or not rfc.is_writable or not case.unsaved_fields:
        return None
    edit = reverse("rfc-edit", args=[rfc.number])
    if case.mints_on_save:
        return {"text": "", "url": edit, "action": "Review and save them"}
    if rfc.track != Track.STANDARD:
        return {
            "text": "They count once they are filed as the full justification.",
            "url": edit,
            "action": "Review them",
        }
    if rfc.owner_id != user.pk:
        return {"text": "They count once the owner asks for an amendment.", "url": edit, "action": "Review them"}
    return {"text": "", "url": f"{rfc.get_absolute_url()}#move-amend", "action": "Amend, so that they count"}


def said_of_saving(rfc: RFC, *, before: RFC) -> str:
    """Of a save of `before`, which made `rfc` of it."""
    if Case(rfc).mints_on_save and rfc.revision:
        number = rfc.revision.number
        if before.revision_id == rfc.revision_id:
            return f"Nothing differs from revision {number}, so there is no new revision."
        return f"Saved as revision {number}."
    if rfc.track == Track.EMERGENCY:
        return "Saved in the working copy. It counts once you file it as the full justification."
    return "Saved in the working copy. It counts once you ask for an amendment."


def keep_note(request: HttpRequest, rfc: RFC, note: str) -> None:
    """For this person's next save or amendment, which makes a revision; until they log out."""
    if note != kept_note(request, rfc):
        request.session[_key(rfc)] = note


def kept_note(request: HttpRequest, rfc: RFC) -> str:
    note: str = request.session.get(_key(rfc), "")
    return note


def forget_note(request: HttpRequest, rfc: RFC) -> None:
    """The revision has it now, or the edits that it was about are gone."""
    request.session.pop(_key(rfc), None)


def _key(rfc: RFC) -> str:
    return f"note:{rfc.pk}"
