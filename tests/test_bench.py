"""The benchmark at a small scale: what it fills in is what the product would store, and its figures are figures."""

import pytest
from django.db import connection
from django.db.models import Count
from django.test import override_settings

from rfcs import events
from rfcs.case import Case
from rfcs.models import RFC, Chain, Event, SearchText
from rfcs.states import State
from tools.bench import fill, loading, measuring, operations, plans, report
from tools.bench.fill import People
from tools.bench.meter import Cost, Meter

RFCS = 250
ONCE = measuring.Plan(rounds=1, each=1, looked_at=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return fill.fill(RFCS)


def test_the_fill_has_every_state_and_whole_rfcs(people: People) -> None:
    states = dict(RFC.objects.values_list("state").annotate(Count("id")).order_by())
    assert set(states) == set(State.values)
    assert sum(states.values()) == RFCS == SearchText.objects.count()
    reviewed = RFC.objects.filter(state=State.REVIEW).select_related("revision", "policy").first()
    assert reviewed is not None
    assert Case(reviewed).problems == ()


def test_a_filled_database_is_measured_again_with_its_people(people: People) -> None:
    assert fill.people_there() == people


def test_the_verbs_go_on_from_a_filled_chain(people: People) -> None:
    rfc = RFC.objects.filter(state=State.CLOSED).earliest("id")
    head, last = Chain.objects.get(pk=rfc.stream), Event.objects.filter(stream=rfc.stream).latest("seq")
    assert (head.seq, head.digest) == (last.seq, last.digest)
    assert events.record(rfc.stream, "rfc.shared", actor=None).previous == last.digest


def test_the_fill_puts_triggers_keys_and_indexes_back(db: None) -> None:
    tables = ["rfcs_rfc", "rfcs_event", "approvals_signoff"]
    before = [sorted(loading.rows(query, tables)) for query in (loading.KEYS, loading.INDEXES)]
    fill.fill(10)
    assert [sorted(loading.rows(query, tables)) for query in (loading.KEYS, loading.INDEXES)] == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'rfcs_rfc'::regclass AND tgenabled = 'D'")
        assert cursor.fetchone() == (0,)


@override_settings(ROOT_URLCONF="tools.bench.floor")
def test_every_operation_is_measured(people: People) -> None:
    chosen = operations.operations(RFCS, people, requests=ONCE.requests)
    results = [measuring.measure(operation, Meter(), ONCE) for operation in chosen]
    assert all(result.floor.application > 0 and result.product.application > 0 for result in results)
    assert RFC.objects.filter(state=State.APPROVED, pk__gt=RFCS).count() == 2 * ONCE.requests


def test_a_scan_of_a_big_table_is_an_offence(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "BIG", 100)
    assert plans.offenders(["SELECT * FROM rfcs_rfc WHERE title LIKE '%x%'"]) != []
    assert plans.offenders(["SELECT * FROM rfcs_rfc WHERE id = 7"]) == []


def test_the_page_keeps_the_sections_of_other_sizes(db: None, tmp_path: object) -> None:
    from pathlib import Path

    page = Path(str(tmp_path)) / "docs" / "bench.md"
    result = measuring.Result("list", 12, Cost(1, 1), Cost(3, 1), 3, 6, ())
    for total in (1_000_000, 10_000, 10_000):
        report.write(total, [result], ONCE, page)
    text = page.read_text()
    assert [text.count(f"## {size} RFCs") for size in ("10,000", "1,000,000")] == [1, 1]
    assert "| list" in text
    assert "| 2.00  | <= 12 | yes" in text
