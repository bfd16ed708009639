"""What was probably meant: the words are read behind the requests, and suggested where an RFC holds them now."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from rfcs import spelling
from rfcs.models import RFC, TextToRead, Word
from rfcs.tasks import read_words
from tests.factories import again, draft, edit, package, rfc_in
from tests.trust.races import together
from tools.bench import plans

pytestmark = pytest.mark.django_db


def meant(**said: str) -> dict[str, str]:
    return spelling.corrected(RFC.objects.all(), **said)


@pytest.mark.parametrize(
    ("q", "instead"),
    [
        ("databse", "database"),
        ("databsae", "database"),
        ("datbase", "database"),
        ("Databaze migartion", "database migration"),
        ('"the databse" -cahce or  migation', '"the database" -cahce or  migration'),
        ("cahce", "cache"),
        ("src/packages/biling/invoices", "src/packages/billing/invoices"),
        ("ledgr src/packages/bilings", "ledger src/packages/billing"),
    ],
)
def test_word_that_nobody_writes_gives_way_to_the_nearest_that_somebody_does(q: str, instead: str) -> None:
    draft(title="Database migration", change_summary="The ledger and its cache.")
    read_words()
    assert meant(q=q) == {"q": instead}


@pytest.mark.parametrize(
    "q", ["database", "migrations", "migrate", "RFC-0042", "42", "dat", "-databse", "zebra", '"', ""]
)
def test_what_is_known_too_short_left_out_or_like_nothing_stays(q: str) -> None:
    draft(title="Database migration")
    read_words()
    assert meant(q=q) == {}


@pytest.mark.parametrize(
    ("path", "instead"),
    [
        ("src/packages/biling/invoices", "src/packages/billing/invoices"),
        ("./src/packages/biling/", "src/packages/billing"),
        ("src/packges", "src/packages"),
    ],
)
def test_path_that_no_rfc_names_gives_way_to_a_package_or_a_folder_above_one(path: str, instead: str) -> None:
    draft()
    read_words()
    assert meant(package=path) == {"package": instead}
    assert meant(package=instead) == {}
    assert meant(package="lib/other") == {}


def test_word_that_its_rfcs_no_longer_hold_is_not_suggested() -> None:
    rfc = draft(title="Kraken", packages=(package("src/kraken"), package("src/other")))
    read_words()
    assert (meant(q="krakne"), meant(package="src/krakne")) == ({"q": "kraken"}, {"package": "src/kraken"})
    edit(rfc, title="Squid", packages=(package("src/other"),))
    assert (meant(q="krakne"), meant(package="src/krakne")) == ({}, {})
    read_words()
    assert meant(q="squidd") == {"q": "squid"}


def test_text_is_read_once_and_again_when_it_changed() -> None:
    rfc = draft()
    assert (read_words(), read_words()) == (1, 0)
    again(rfc).search.save()
    assert not TextToRead.objects.exists()
    edit(rfc, title="Kraken")
    assert read_words() == 1


@pytest.mark.django_db(transaction=True)
def test_text_that_changes_while_it_is_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rfc, keep = draft(), spelling._keep
    writer = Thread(target=on_own_connection, args=[partial(edit, rfc, title="Kraken")])

    def keep_after_a_change(seen: Any) -> None:
        writer.start()
        while writer.is_alive() and not somebody_waits_for_us():
            writer.join(0.01)
        keep(seen)

    monkeypatch.setattr(spelling, "_keep", keep_after_a_change)
    spelling.read()
    writer.join()
    monkeypatch.setattr(spelling, "_keep", keep)

    assert again(rfc).title == "Kraken"
    assert read_words() == 1
    assert meant(q="krakne") == {"q": "kraken"}


@pytest.mark.django_db(transaction=True)
def test_text_whose_change_is_not_stored_yet_is_left_to_the_next_reading() -> None:
    rfc = draft()
    with transaction.atomic():
        edit(rfc, title="Kraken")
        assert together(spelling.read) == [0]
    assert read_words() == 1
    assert meant(q="krakne") == {"q": "kraken"}


def on_own_connection(verb: Callable[[], Any]) -> None:
    try:
        verb()
    finally:
        connection.close()


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() is not None


def test_word_keeps_the_last_rfcs_that_it_was_seen_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "BATCH", 4)
    rfcs = [draft(title="Kraken") for _ in range(spelling.MOST_SEEN + 3)]
    read_words()
    edit(rfcs[0], title="Kraken again")
    read_words()
    seen = Word.objects.get(text="kraken").seen_in
    assert (seen[0], len(seen), len(set(seen))) == (rfcs[0].pk, spelling.MOST_SEEN, spelling.MOST_SEEN)


def test_words_under_embargo_are_read_once_it_is_lifted() -> None:
    rfc = draft(title="Kraken", embargoed=True)
    assert read_words() == 0
    assert not Word.objects.exists()
    RFC.objects.filter(pk=rfc.pk).update(embargoed=False)
    assert read_words() == 1


def test_all_words_are_looked_up_with_one_query_that_reads_no_big_table_whole(monkeypatch: Any) -> None:
    rfc_in("review")
    read_words()
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [f"{one}{two}{three}xy{two}{one}" for one in letters for two in letters for three in letters[:10]]
    Word.objects.bulk_create([Word(kind="word", text=word, seen_in=[1]) for word in words])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE rfcs_word")
    monkeypatch.setattr(plans, "BIG", 1_000)
    with CaptureQueriesContext(connection) as captured:
        assert meant(q="curency invoise nonesuch", package="src/packges") != {}
    assert len(captured) == 1
    assert plans.offenders([captured[0]["sql"]]) == []
