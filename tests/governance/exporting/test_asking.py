"""Each edition is asked for once, made once, and by one worker at a time."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from governance.celery import app
from governance.exporting import asking, keys, making, printing
from governance.exporting.models import Export
from rfcs.errors import Refused
from rfcs.models import Event
from tests.factories import again, board, draft, edit, person, revision, rfc_in, sign, team
from tests.governance.exporting.conftest import claimed

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def file_of(text: bytes, missing: str = ""):
    return lambda _export: (text, missing)


def test_the_same_edition_is_one_row_whoever_asks():
    rfc = rfc_in("review")

    first = asking.ask(rfc, "pdf", by=rfc.owner)
    second = asking.ask(rfc, "pdf", by=person())

    assert (first.pk, first.asked_by) == (second.pk, rfc.owner)
    asked = Event.objects.get(stream="access", kind="export.asked")
    assert (asked.actor, asked.payload["on"], asked.payload["export"]) == (rfc.owner, rfc.stream, "pdf")


def test_a_revision_or_a_signature_makes_another_edition():
    members = board(3)
    rfc = rfc_in("review")
    before = asking.ask(rfc, "pdf", by=rfc.owner)

    sign(rfc, members[0])
    signed = asking.ask(again(rfc), "pdf", by=rfc.owner)
    edited = asking.ask(edit(rfc, rollback_plan="1. Another way."), "pdf", by=rfc.owner)

    assert len({before.pk, signed.pk, edited.pk}) == 3
    assert [row["counts"] for row in signed.facts["sign_offs"]] == [True]
    assert [row["counts"] for row in edited.facts["sign_offs"]] == [False]
    assert (edited.facts["revision"], edited.revision) == (2, revision(rfc))


def test_an_auditor_may_ask():
    rfc, auditor = rfc_in("review"), person()
    team("auditors", auditor)

    assert asking.ask(rfc, "bundle", by=auditor).status == "waiting"


def test_a_worker_leases_and_another_finds_nothing(monkeypatch):
    rfc = draft()
    asking.ask(rfc, "pdf", by=rfc.owner)

    first = making.claim()

    assert first
    assert (first.status, first.attempts, making.claim()) == ("working", 1, None)


def test_a_killed_worker_s_export_is_made_by_the_next(monkeypatch, clock_shift):
    monkeypatch.setattr(making, "_made", file_of(b"the file"))
    rfc = draft()
    asking.ask(rfc, "pdf", by=rfc.owner)
    lost = making.claim()
    clock_shift(minutes=6)

    found = making.claim()

    assert found
    assert making.make(found) is True
    assert lost
    assert making.make(lost) is False, "the first worker came back after its lease"
    export = Export.objects.get()
    assert (export.status, bytes(export.file.data), export.attempts) == ("ready", b"the file", 2)


def test_what_kills_three_workers_is_given_up(clock_shift):
    rfc = draft()
    asking.ask(rfc, "pdf", by=rfc.owner)
    for at in range(making.MOST_ATTEMPTS):
        assert making.claim()
        clock_shift(minutes=6 * (at + 1))

    given_up = making.claim()

    assert given_up
    assert making.make(given_up) is False
    assert (Export.objects.get().status, Export.objects.get().reason) == ("failed", making.DIED)


def test_a_failure_is_tried_again_later_and_then_said(monkeypatch, clock_shift):
    def breaks(_export):
        raise ZeroDivisionError

    monkeypatch.setattr(making, "_made", breaks)
    rfc = draft()
    asking.ask(rfc, "pdf", by=rfc.owner)

    for at in range(making.MOST_ATTEMPTS):
        making.make(claimed())
        assert making.claim() is None, "not at once"
        clock_shift(minutes=6 * (at + 1))

    assert Export.objects.get().status == "failed"
    assert "ZeroDivisionError" in Export.objects.get().reason


def test_without_pango_it_says_so_and_offers_the_page(monkeypatch):
    def lacks(*_arguments):
        raise printing.CannotPrint(printing.NO_PANGO)

    monkeypatch.setattr(printing, "pdf", lacks)
    rfc = draft()
    export = asking.ask(rfc, "pdf", by=rfc.owner)
    making.make(claimed())

    page = client_of(rfc.owner).get(reverse("rfc-export", args=[rfc.number, export.pk]))

    assert page.status_code == 200
    assert "Pango is missing" in page.content.decode()
    assert reverse("rfc-html", args=[rfc.number]) in page.content.decode()


def test_a_failed_one_is_tried_again_when_asked(monkeypatch):
    monkeypatch.setattr(making, "_made", file_of(b"the file"))
    rfc = draft()
    export = asking.ask(rfc, "pdf", by=rfc.owner)
    making.give_up(export, "No luck.")

    assert asking.ask(rfc, "pdf", by=rfc.owner).status == "failed"
    assert asking.ask(rfc, "pdf", by=rfc.owner, again=True).status == "waiting"
    assert making.make(claimed()) is True


def test_old_files_are_collected(clock_shift, monkeypatch):
    monkeypatch.setattr(making, "_made", file_of(b"old"))
    rfc = draft()
    asking.ask(rfc, "pdf", by=rfc.owner)
    making.make(claimed())
    assert asking.collect() == 0
    clock_shift(days=8)

    assert asking.collect() == 1
    assert not Export.objects.exists()


def test_asking_while_redis_is_away_keeps_the_row(monkeypatch, django_capture_on_commit_callbacks):
    asked = []

    def away(*arguments, **options):
        asked.append(arguments)
        raise OperationalError

    monkeypatch.setattr(app, "send_task", away)
    rfc = draft()

    with django_capture_on_commit_callbacks(execute=True):
        answer = client_of(rfc.owner).post(reverse("rfc-export-ask", args=[rfc.number]), {"kind": "pdf"})

    assert answer.status_code == 302
    assert asked == [(asking.TASK,)]
    assert Export.objects.get().status == "waiting"


def test_unknown_kinds_are_refused():
    rfc = draft()

    with pytest.raises(Refused, match="There is no export “exe”; there are pdf, bundle"):
        asking.ask(rfc, "exe", by=rfc.owner)


def test_production_makes_no_bundle_without_a_key(settings):
    settings.PRODUCTION, settings.SIGNING_KEY = True, ""
    rfc = draft()

    with pytest.raises(Refused) as refusal:
        asking.ask(rfc, "bundle", by=rfc.owner)

    assert [reason.code for reason in refusal.value.reasons] == ["no_signing_key"]
    assert "manage.py signing_key" in str(refusal.value)
    assert asking.ask(rfc, "pdf", by=rfc.owner).status == "waiting"


def test_only_who_sees_the_rfc_sees_its_exports(monkeypatch):
    monkeypatch.setattr(making, "_made", file_of(b"secret"))
    rfc, open_one = draft(embargoed=True), draft()
    export = asking.ask(rfc, "bundle", by=rfc.owner)
    making.make(claimed())
    pages = [
        reverse("rfc-export", args=[rfc.number, export.pk]),
        reverse("rfc-export-file", args=[rfc.number, export.pk]),
        reverse("rfc-export-file", args=[open_one.number, export.pk]),
    ]

    stranger = client_of(person())
    assert [stranger.get(page).status_code for page in pages] == [404, 404, 404]
    assert stranger.post(reverse("rfc-export-ask", args=[rfc.number]), {"kind": "pdf"}).status_code == 404
    answer = client_of(person(None, "security")).get(pages[1])
    assert (answer.status_code, answer.content) == (200, b"secret")
    assert answer["Content-Disposition"] == f'attachment; filename="{rfc.number}-draft.zip"'
    assert answer["Cache-Control"] == "private, no-store"


def test_the_page_says_how_far_it_is_and_needs_no_script(monkeypatch):
    monkeypatch.setattr(making, "_made", file_of(b"the file"))
    rfc = rfc_in("assessment")
    client = client_of(rfc.owner)

    page = client.post(reverse("rfc-export-ask", args=[rfc.number]), {"kind": "pdf"}, follow=True)
    address = page.request["PATH_INFO"]
    assert "Waiting for a worker" in page.content.decode()
    assert client.get(f"{address}file/").status_code == 302
    leased = claimed()
    assert client.get(address, headers={"Accept": "application/json"}).json() == {"status": "working"}
    making.make(leased)

    ready = client.get(address).content.decode()
    assert f"{rfc.number}-revision-1.pdf" in ready
    assert "Waiting" not in ready
    assert client.get(f"{address}file/").content == b"the file"


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_one_row_and_two_workers_make_it_once(monkeypatch):
    monkeypatch.setattr(making, "_made", file_of(b"the file"))
    rfc, people = draft(), [person() for _ in range(6)]
    start, pks, done = Barrier(6), [], []

    def run(user) -> None:
        start.wait()
        pks.append(asking.ask(rfc, "pdf", by=user).pk)
        start.wait()
        if leased := making.claim():
            done.append(making.make(leased))
        connection.close()

    threads = [Thread(target=run, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(pks), len(set(pks))) == (6, 1)
    assert done == [True]


def test_keys_come_from_the_setting_and_past_ones_stay_published(settings, tmp_path):
    old, new = keys.new(), keys.new()
    settings.SIGNING_KEY, settings.SIGNING_KEYS_PAST = keys.encoded(new.seed), [old.public.text]

    assert keys.current() == new
    assert [(key.id, now) for key, now in keys.published()] == [(new.public.id, True), (old.public.id, False)]
    assert keys.encoded(new.seed) not in repr(new)


@pytest.mark.parametrize("text", ["no base64!", "c2hvcnQ=", "ü" * 32])
def test_a_setting_that_is_no_key_is_said(settings, text):
    settings.SIGNING_KEY = text

    with pytest.raises(keys.NoKey, match="SIGNING_KEY is no key"):
        keys.current()


def test_without_a_setting_one_key_is_made_and_kept_for_its_owner(settings, tmp_path):
    settings.SIGNING_KEY, settings.VAR = "", tmp_path / "new"

    first = keys.current()

    assert keys.current() == first
    assert ((tmp_path / "new" / "signing-key").stat().st_mode & 0o777) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["signing-key"]
