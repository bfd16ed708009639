"""Minting a revision: the working copy becomes what the RFC says. Called under the RFC's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rfcs import clock, events, search
from rfcs.case import Case
from rfcs.compliance import voiding
from rfcs.content import Content, changed_fields
from rfcs.digests import sha256
from rfcs.models import RFC, AffectedPackage, Contribution, Embargo, Revision
from rfcs.paths import path_problem

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def mint(rfc: RFC, *, by: User, note: str = "", afresh: bool = False) -> Revision:
    """The next revision from the working copy, or the current one when nothing differs.

    Sets revision and digest on `rfc` (the caller saves the row), makes everyone who wrote a contributor, records
    what changed, and voids the evidence and waivers that were given for other packages. `afresh`: the RFC begins
    again, so there is a revision in any case, and nothing that was ticked or waived counts on.
    """
    case = Case(rfc)
    before, content = rfc.revision, case.working
    digest = case.digest_of(content)
    if before and not afresh and before.content == content and before.material_digest == digest:
        return before
    revision = _insert(rfc, content, digest, by=by, note=note)
    rfc.revision, rfc.material_digest = revision, digest
    mirror(rfc, content)
    _credit_writers(rfc, by)
    _record(rfc, revision, before)
    if afresh:
        voiding.begun_again(rfc, by=by)
    elif before and set(before.content.paths) != set(content.paths):
        voiding.packages_changed(rfc, by=by)
    return revision


def mirror(rfc: RFC, content: Content) -> None:
    """Copy onto the RFC row what lists show; the caller saves."""
    rfc.title, rfc.scenario = content.title[:200], content.scenario
    rfc.touches_security, rfc.embargoed = content.touches_security, Embargo.decides(rfc, content.embargoed)
    rfc.window_start, rfc.window_end = content.window
    rfc.deploy_start, rfc.deploy_end = content.timeline.deployment.start, content.timeline.deployment.end
    AffectedPackage.replace(rfc, (path for path in content.paths if not path_problem(path)))
    search.index(rfc, content)


def _insert(rfc: RFC, content: Content, digest: str, *, by: User, note: str) -> Revision:
    number = rfc.revision.number + 1 if rfc.revision else 1
    return Revision.objects.create(
        rfc=rfc,
        number=number,
        content_json=content.json(),
        material_digest=digest,
        made_by=by,
        made_at=clock.now(),
        note=note,
    )


def _credit_writers(rfc: RFC, by: User) -> None:
    copy = rfc.working_copy
    people = {*copy.writers, by.pk}
    Contribution.objects.bulk_create([Contribution(rfc=rfc, person_id=pk) for pk in people], ignore_conflicts=True)
    copy.writers = []
    copy.save(update_fields=["writers"])


def _record(rfc: RFC, revision: Revision, before: Revision | None) -> None:
    changed = changed_fields(before.content if before else Content(), revision.content)
    payload = {
        "revision": revision.number,
        "digest": revision.material_digest,
        "content": sha256(revision.content_json),
        "changed": list(changed),
        "note": revision.note,
    }
    events.record(rfc.stream, "revision.minted", actor=revision.made_by, payload=payload, at=revision.made_at)
