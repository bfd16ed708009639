"""Lists: filters, pages, and a constant number of queries."""

from __future__ import annotations

import csv
from base64 import b64encode
from io import StringIO
from typing import Any

import pytest

from rfcs.models import Event
from tests.api.conftest import Client, codes, fields
from tests.factories import draft, person, rfc_in, sign, signers


def numbers(answer: Any) -> list[str]:
    return [row["number"] for row in answer.json()["results"]]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"), [("rfcs/", 2), ("rfcs/?q=invoices&package=src/packages/billing/invoices", 3), ("events/", 2)]
)
def test_query_count_is_constant(
    as_: Client, django_assert_num_queries: Any, rows: int, path: str, queries: int
) -> None:
    """The token with its person, the person's teams, the rows."""
    for _ in range(rows):
        rfc_in("assessment")
    caller = as_(person())
    with django_assert_num_queries(queries):
        answer = caller.get(path)
    assert len(answer.json()["results"]) >= rows


def test_query_count_of_sign_offs_is_constant(as_: Client, django_assert_max_num_queries: Any) -> None:
    rfc, counts = rfc_in("review"), []
    caller = as_(person())
    (first, _), (second, _), _ = signers(rfc)
    for _ in range(2):
        with django_assert_max_num_queries(18) as seen:
            caller.get(f"rfcs/{rfc.number}/sign-offs/")
        counts.append(len(seen))
        sign(rfc, first, "abstain")
        sign(rfc, second, "discuss")
        sign(rfc, second, "discuss", title="Another")
    with django_assert_max_num_queries(18) as seen:
        caller.get(f"rfcs/{rfc.number}/sign-offs/")
    assert len(seen) == counts[1]


@pytest.mark.parametrize("state", ["draft", "review", "implementation"])
def test_reading_one_takes_few_queries(as_: Client, django_assert_max_num_queries: Any, state: str) -> None:
    rfc = rfc_in(state)
    caller = as_(person())
    with django_assert_max_num_queries(22):
        caller.get(f"rfcs/{rfc.number}/")


def csv_numbers(answer: Any) -> list[str]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return [row["number"] for row in csv.DictReader(StringIO(text, newline=""))]


def test_filters_find_what_they_name(as_: Client) -> None:
    ada, bob = person("ada"), person("bob")
    plain = rfc_in("assessment", author=ada)
    secret = draft(author=bob, touches_security=True, scenario="security", title="Rotate the signing keys", packages=())
    caller = as_(person())
    for query, found in (
        ({"state": "draft"}, secret),
        ({"state": "assessment"}, plain),
        ({"scenario": "security"}, secret),
        ({"owner": "ada"}, plain),
        ({"author": "bob"}, secret),
        ({"touches_security": "true"}, secret),
        ({"touches_security": "false"}, plain),
        ({"package": "src/packages/shop/checkout"}, plain),
        ({"package": "./src/packages/shop/checkout/"}, plain),
        ({"package": "src/packages/shop"}, plain),
        ({"state": "ended"}, None),
        ({"team": "architecture"}, None),
        ({"until": "2000-01-01"}, None),
        ({"q": "rotating keys"}, secret),
        ({"q": plain.number}, plain),
        ({"q": str(secret.pk)}, secret),
    ):
        expected = [found.number] if found else []
        assert numbers(caller.get("rfcs/", **query)) == expected, query
        assert csv_numbers(caller.get("rfcs.csv", **query)) == expected, query
    assert numbers(caller.get("rfcs/", track="hotfix")) == []
    assert numbers(caller.get("rfcs/", owner="nobody")) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=any", "state"),
        ("since=soon", "since"),
        ("state=draft&state=review", "state"),
        ("track=", "track"),
        ("touches_security=perhaps", "touches_security"),
        ("order=title", "order"),
        ("owner__is_staff=true", "owner__is_staff"),
        ("author=%00", "author"),
        ("q=", "q"),
        ("q=%00", "q"),
        ("q=" + "x" * 201, "q"),
        ("package=%00", "package"),
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("page_size=" + "9" * 5_000, "page_size"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%C3%A9", "cursor"),
        ("cursor=" + b64encode(b"p=abc").decode(), "cursor"),
        ("cursor=" + b64encode(b"p=" + b"9" * 40).decode(), "cursor"),
        ("cursor=" + b64encode(b"o=-1").decode(), "cursor"),
    ],
)
def test_bad_parameters_answer_400_and_name_the_field(as_: Client, query: str, field: str) -> None:
    answer = as_(person()).get(f"rfcs/?{query}")
    assert (answer.status_code, fields(answer)) == (400, [field])


@pytest.mark.parametrize("path", ["events/", "rfcs/{}/events/", "rfcs/{}/sign-offs/"])
def test_other_lists_refuse_unknown_parameters_too(as_: Client, path: str) -> None:
    answer = as_(person()).get(path.format(draft().number) + "?kind=x")
    assert (answer.status_code, codes(answer)) == (400, ["unknown_field"])


def test_weird_searches_answer_and_never_fail(as_: Client) -> None:
    caller = as_(person())
    draft()
    for text in ("'", '"', "a & | !", "((", "-", ":*", "%", "١٢٣", "RFC-", "0", "9" * 200, "\ufeff", "a\nb", "\\"):
        assert caller.get("rfcs/", q=text).status_code == 200, text


def test_pages_show_each_row_once_while_rows_are_added(as_: Client) -> None:
    expected = [draft().number for _ in range(5)][::-1]
    caller = as_(person())
    answer, found = caller.get("rfcs/", page_size=2), []
    while True:
        found += numbers(answer)
        draft()
        following = answer.json()["next"]
        if following is None:
            break
        answer = caller.get("rfcs/?" + following.split("?", 1)[1])
    assert found == expected
    before = caller.get("rfcs/?" + answer.json()["previous"].split("?", 1)[1])
    assert numbers(before) == expected[2:4]


def test_events_are_those_of_visible_streams(as_: Client) -> None:
    secret, plain = draft(embargoed=True), draft()
    stranger, security = as_(person()), as_(person(None, "security"))
    auditor, steward = as_(person(None, "auditors")), as_(person(None, "stewards"))
    streams = {
        name: {row["stream"] for row in caller.get("events/").json()["results"]}
        for name, caller in (("stranger", stranger), ("security", security), ("auditor", auditor), ("steward", steward))
    }
    assert streams["stranger"] == {plain.stream}
    assert streams["security"] == {plain.stream, secret.stream}
    assert streams["auditor"] == streams["steward"] == {plain.stream, secret.stream, "access"}
    assert as_(secret.author).get("events/").json()["results"][-1]["stream"] == secret.stream


def test_events_of_an_rfc_are_its_chain(as_: Client) -> None:
    rfc = rfc_in("assessment")
    shown = as_(person()).get(f"rfcs/{rfc.number}/events/").json()["results"]
    stored = list(Event.objects.filter(stream=rfc.stream))
    assert [row["digest"] for row in shown] == [event.digest for event in stored]
    assert [row["previous"] for row in shown][:-1] == [row["digest"] for row in shown][1:]
    assert shown[-1]["actor"] == rfc.author.username


def test_what_an_auditor_reads_is_recorded(as_: Client) -> None:
    rfc, reader = draft(), as_(person(None, "auditors"))
    reader.get(f"rfcs/{rfc.number}/")
    reader.get("events/")
    found = Event.objects.filter(stream="access", kind="read").order_by("seq")
    assert [event.payload["on"] for event in found] == [rfc.stream, "events"]
