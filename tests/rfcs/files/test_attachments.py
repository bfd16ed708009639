"""Files of an RFC: taken whole or not at all, part of what it says, kept as long as something names them."""

from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import Error, transaction
from django.test import override_settings

from approvals.standing import Standing, open_round
from governance import moves
from rfcs import audit, editing
from rfcs.case import Case
from rfcs.errors import Refused
from rfcs.files import attachments, storage, uploads
from rfcs.models import RFC, Attachment, Event
from tests import factories as f
from tests.rfcs.files.test_filetypes import PNG, ZIP

pytestmark = pytest.mark.django_db
CSV = b"run;seconds\n1;0.5\n"


def attach(rfc: RFC, name: str = "load.csv", content: bytes = CSV, **wanted: Any) -> str:
    """Attach and give the digest."""
    said: dict[str, Any] = {"by": rfc.owner, "name": name, "chunks": [content]}
    copy = attachments.attach(rfc, **(said | wanted))
    return copy.content.attachments[-1].sha256


def save(rfc: RFC) -> RFC:
    return f.edit(rfc)


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def files_of(rfc: RFC) -> list[str]:
    return [file.name for file in f.again(rfc).working_copy.content.attachments]


def on_disk() -> set[str]:
    return {path.name for path in storage.kept()}


# Attaching ----------------------------------------------------------------------------------------------


def test_attaching_is_an_edit_of_the_working_copy() -> None:
    rfc = f.rfc_in("assessment")
    before = rfc.working_copy.version

    digest = attach(rfc)

    copy = f.again(rfc).working_copy
    assert (copy.version, files_of(rfc)) == (before + 1, ["load.csv"])
    assert storage.place_of(digest).read_bytes() == CSV
    assert f.again(rfc).material_digest == rfc.material_digest
    event = Event.objects.filter(stream=rfc.stream).latest("seq")
    assert (event.kind, event.payload) == (
        "attachment.added",
        {"name": "load.csv", "sha256": digest, "size": len(CSV)},
    )


def test_saving_it_mints_a_revision_with_another_material_digest() -> None:
    rfc = f.rfc_in("assessment")
    attach(rfc)

    after = save(rfc)

    assert after.revision is not None
    assert rfc.revision is not None
    assert after.revision.number == rfc.revision.number + 1
    assert after.material_digest != rfc.material_digest


def test_a_file_attached_in_review_voids_the_boards_sign_offs_and_not_those_of_security() -> None:
    one, *_ = f.board(3)
    f.person(None, "security")
    f.person(None, "security")
    rfc = f.rfc_in("review", touches_security=True)
    security = next(user for user, team in f.signers(rfc) if team == "security")
    f.sign(rfc, one)
    f.sign(rfc, security, team="security")

    attach(rfc)
    after = save(rfc)

    round_ = open_round(after)
    assert round_ is not None
    approvals = {row.slug: row.tally.approvals for row in Standing(round_, Case(after)).rows}
    assert approvals == {"architecture": 0, "security": 1}


def test_after_the_approval_a_file_waits_for_an_amendment() -> None:
    rfc = f.rfc_in("approved")
    attach(rfc)

    assert Case(f.again(rfc)).unsaved_fields == ("attachments",)
    assert f.move(rfc, "amend").state == "review"


def test_a_file_of_the_same_name_takes_the_place_of_the_old_one_and_revisions_keep_theirs() -> None:
    rfc = f.rfc_in("assessment")
    old = attach(rfc)
    first = save(rfc).revision
    new = attach(rfc, content=b"run;seconds\n1;0.4\n")
    save(rfc)

    assert first is not None
    assert [file.sha256 for file in first.content.attachments] == [old]
    assert [file.sha256 for file in f.again(rfc).working_copy.content.attachments] == [new]
    assert on_disk() == {old, new}


def test_taking_a_file_off_is_an_edit_too() -> None:
    rfc = f.draft()
    digest = attach(rfc)

    attachments.detach(rfc, digest, by=rfc.owner)

    assert files_of(rfc) == []
    with pytest.raises(Refused) as refused:
        attachments.detach(rfc, digest, by=rfc.owner)
    assert (refused.value.status, codes(refused)) == (404, ["unknown_attachment"])


def test_saving_the_form_keeps_the_files() -> None:
    rfc = f.draft()
    attach(rfc)

    f.edit(rfc, title="Another")

    assert files_of(rfc) == ["load.csv"]


def test_a_stale_version_is_a_conflict_and_nothing_is_kept() -> None:
    rfc = f.draft()
    stale = rfc.working_copy.version
    f.edit(rfc, title="Newer")

    with pytest.raises(editing.Conflict):
        attach(rfc, version=stale)

    assert files_of(rfc) == []
    assert Attachment.objects.count() == 0


@pytest.mark.parametrize("who", ["stranger", "auditor", "board"])
def test_only_who_may_write_attaches(who: str) -> None:
    rfc = f.draft()
    by = {"stranger": f.person(), "auditor": f.person(None, "auditors"), "board": f.board(1)[0]}[who]

    with pytest.raises(Refused) as refused:
        attach(rfc, by=by)

    assert refused.value.status == 403
    assert on_disk() == set()


def test_a_closed_rfc_takes_no_file() -> None:
    rfc = f.rfc_in("closed")

    with pytest.raises(Refused) as refused:
        attach(rfc)

    assert codes(refused) == ["not_editable"]


# What is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.csv", b"", "file_empty"),
        ("page.html", b"<html>", "file_type"),
        ("run.exe", b"MZ\x90\0", "file_type"),
        ("picture.png", b"<svg onload=alert(1)>", "file_type"),
        ("notes.txt", PNG, "file_type"),
    ],
)
def test_a_bad_file_is_refused_and_nothing_is_left(name: str, content: bytes, code: str) -> None:
    rfc = f.draft()

    with pytest.raises(Refused) as refused:
        attach(rfc, name, content)

    assert (refused.value.status, codes(refused), refused.value.reasons[0].field) == (422, [code], "file")
    assert (on_disk(), list(storage.abandoned()), files_of(rfc)) == (set(), [], [])


@override_settings(ATTACHMENT_MEGABYTES=1)
def test_a_file_over_the_limit_is_cut_off_while_it_streams_and_memory_stays_flat() -> None:
    rfc, sent = f.draft(), 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b"x" * 65_536

    tracemalloc.start()
    with pytest.raises(Refused, match="larger than 1 MB") as refused:
        attach(rfc, "big.log", chunks=endless())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert codes(refused) == ["too_large"]
    assert sent < 1_200_000
    assert peak < 1_000_000
    assert list(storage.abandoned()) == []


@override_settings(ATTACHMENTS_MEGABYTES=1)
def test_all_files_of_an_rfc_have_a_limit() -> None:
    rfc = f.draft()
    attach(rfc, "one.log", b"a" * 600_000)

    with pytest.raises(Refused, match="more than 1 MB") as refused:
        attach(rfc, "two.log", b"b" * 600_000)
    attach(rfc, "the same again.log", b"a" * 600_000)

    assert codes(refused) == ["no_room"]
    assert files_of(rfc) == ["the same again.log"]


def test_a_zip_bomb_is_kept_as_the_bytes_that_it_is() -> None:
    rfc, bomb = f.draft(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 50_000_000)
    small = bomb.getvalue()

    tracemalloc.start()
    digest = attach(rfc, "bomb.zip", small)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert storage.place_of(digest).stat().st_size == len(small) < 100_000
    assert peak < 5_000_000


def test_a_name_with_a_folder_and_a_nul_is_cleaned() -> None:
    rfc = f.draft()

    digest = attach(rfc, "..\\..\\ev\0il\u202e.zip", ZIP)

    assert files_of(rfc) == ["evil.zip"]
    assert storage.place_of(digest).parent.parent == storage.root()


# On disk ------------------------------------------------------------------------------------------------


def test_the_folder_is_for_this_account_alone_and_never_below_what_is_served() -> None:
    rfc = f.draft()
    digest = attach(rfc)
    place = storage.place_of(digest)

    modes = [path.stat().st_mode & 0o777 for path in (storage.root(), place.parent, place)]

    assert modes == [0o700, 0o700, 0o600]
    below = override_settings(ATTACHMENTS_ROOT=Path(settings.STATIC_ROOT) / "attachments")
    with below, pytest.raises(CommandError, match="Attachments would be served"):
        call_command("check")


def test_a_refused_transaction_leaves_bytes_without_a_row_and_they_are_cleared(clock_shift: Any) -> None:
    rfc = f.draft()
    with transaction.atomic():
        attach(rfc)
        transaction.set_rollback(True)

    assert (Attachment.objects.count(), len(on_disk())) == (0, 1)
    assert uploads.collect() == 0
    clock_shift(days=1, minutes=1)
    assert uploads.collect() == 1
    assert on_disk() == set()


def test_only_what_nothing_names_is_cleared_and_only_after_a_day(clock_shift: Any) -> None:
    rfc, other = f.rfc_in("assessment"), f.draft()
    in_revision = attach(rfc, "revision.csv", b"revision")
    save(rfc)
    in_working_copy = attach(rfc, "working.csv", b"working")
    orphan = attach(rfc, "orphan.csv", b"orphan")
    shared = attach(rfc, "shared.csv", b"shared")
    attach(other, "shared.csv", b"shared")
    for digest in (in_revision, orphan, shared):
        attachments.detach(rfc, digest, by=rfc.owner)

    assert uploads.collect() == 0
    clock_shift(days=1, minutes=1)
    assert uploads.collect() == 1

    assert on_disk() == {in_revision, in_working_copy, shared}
    assert set(rfc.attachments.values_list("sha256", flat=True)) == {in_revision, in_working_copy}
    cleared = Event.objects.filter(stream=rfc.stream, kind="attachment.cleared")
    assert {event.payload["name"] for event in cleared} == {"orphan.csv", "shared.csv"}
    assert list(audit.verify()) == []


def test_an_upload_that_never_ended_is_cleared(clock_shift: Any) -> None:
    storage.receive([b"half"], limit=100)

    uploads.collect()
    assert len(list(storage.abandoned())) == 1
    clock_shift(days=1, minutes=1)
    uploads.collect()

    assert list(storage.abandoned()) == []


def test_bytes_that_come_again_are_young_again(clock_shift: Any) -> None:
    rfc = f.draft()
    digest = attach(rfc)
    place = storage.place_of(digest)
    os.utime(place, (0, 0))

    attach(f.draft())

    assert place.stat().st_mtime > 0


@pytest.mark.parametrize("change", ["missing", "altered"])
def test_the_audit_names_a_file_that_is_not_what_was_uploaded(change: str) -> None:
    rfc = f.rfc_in("assessment")
    place = storage.place_of(attach(rfc))
    save(rfc)
    assert list(audit.files()) == []

    if change == "missing":
        place.unlink()
    else:
        place.write_bytes(CSV + b"2;0.1\n")

    (finding,) = audit.files()
    assert (finding.code, finding.place) == ("attachment", f"{rfc.number} “load.csv”")
    with pytest.raises(SystemExit):
        call_command("verify_audit")


def test_the_audit_names_a_revision_whose_file_nobody_uploaded() -> None:
    rfc = f.rfc_in("assessment")
    attach(rfc)
    save(rfc)
    Attachment.objects.all().delete()

    (finding,) = audit.files()

    assert (finding.code, finding.place) == ("attachment_missing", f"{rfc.number} revision 2")


def test_the_row_of_a_file_never_changes() -> None:
    rfc = f.draft()
    attach(rfc)

    with pytest.raises(Error), transaction.atomic():
        Attachment.objects.update(sha256="0" * 64)


def test_the_dispatcher_saves_files_like_any_edit() -> None:
    rfc = f.rfc_in("review")
    attach(rfc)
    copy = f.again(rfc).working_copy

    moves.save(rfc, by=rfc.owner, version=copy.version, content=copy.content)

    assert Case(f.again(rfc)).unsaved_fields == ()
