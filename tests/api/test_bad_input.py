"""Whatever is sent, the answer is one of the ladder, never a 500."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from governance.api.serializers import DraftSerializer
from tests.api.conftest import Client, codes
from tests.factories import draft, person, rfc_in, signers

RAW = {
    "nothing": b"",
    "not JSON": b"{",
    "not UTF-8": b'{"title": "\xff"}',
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "nested lists": b"[" * 100_000 + b"]" * 100_000,
    "nested objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "nested within reach": b'{"title":' + b"[" * 400 + b"]" * 400 + b"}",
    "NaN": b'{"version": NaN}',
    "Infinity": b'{"version": Infinity}',
    "huge integer": b'{"version": ' + b"9" * 10_000 + b"}",
    "huge exponent": b'{"version": 1e999}',
    "array": b"[]",
    "string": b'"x"',
    "number": b"1",
    "null": b"null",
    "true": b"true",
    "lone surrogate": rb'{"title": "\ud800", "move": "\ud800", "team": "\ud800", "link": "\ud800"}',
    "surrogate key": rb'{"\ud800": 1}',
    "NUL": rb'{"title": "\u0000", "move": "\u0000", "team": "\u0000", "link": "\u0000"}',
    "NUL key": rb'{"\u0000": 1}',
    "duplicate keys": b'{"title": "a", "title": 1}',
    "prototype": b'{"__class__": {"__init__": 1}, "__proto__": {}}',
    "byte order mark": b"\xef\xbb\xbf{}",
}
HARMLESS = {"nothing", "huge exponent"}
"""An empty draft; a version, which a new RFC does not take."""
UNSAFE = (
    ("post", "rfcs/"),
    ("patch", "rfcs/{}/"),
    ("post", "rfcs/{}/moves/"),
    ("post", "rfcs/{}/sign-offs/"),
    ("post", "rfcs/{}/checklist/unit_tests_pass/"),
)


@pytest.mark.parametrize("name", RAW)
@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_raw_body_never_fails(as_: Client, name: str, method: str, path: str) -> None:
    rfc = draft()
    answer = as_(rfc.author).call(method, path.format(rfc.number), RAW[name], content_type="application/json")
    harmless = path == "rfcs/" and name in HARMLESS
    assert (201 if harmless else 400) <= answer.status_code < 500, answer.content
    if answer.status_code >= 400:
        assert answer.json()["reasons"]


@pytest.mark.parametrize("charset", ["bz2_codec", "utf-7", "no-such", "utf-16"])
def test_charset_of_the_header_does_not_matter(as_: Client, charset: str) -> None:
    answer = as_(person()).call("post", "rfcs/", b'{"title": 5}', content_type=f"application/json; charset={charset}")
    assert answer.status_code == 400


VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "\0",
    "\ud800",
    "\u202e",
    [],
    [[]],
    [None],
    {},
    {"a": {}},
    ["x"] * 3,
)
FIELDS = tuple(DraftSerializer().get_fields())


@pytest.mark.parametrize("name", FIELDS)
def test_value_of_the_wrong_type_never_fails(as_: Client, name: str) -> None:
    caller = as_(person())
    for value in VALUES:
        sent = json.dumps({name: value})
        answer = caller.call("post", "rfcs/", sent.encode(), content_type="application/json")
        assert answer.status_code in (201, 400, 422), sent


ODD_PATHS = ("..", "/etc/passwd", "a\nb", "C:\\x", "a//b", "~", "é" * 300, " ", "./", "a/../b")


@pytest.mark.parametrize("key", ["path", "description", "api", "severity", "is_assessed"])
def test_package_rows_never_fail(as_: Client, key: str) -> None:
    caller = as_(person())
    for value in (*VALUES, *ODD_PATHS):
        sent = json.dumps({"affected_packages": [{"path": "a/b"} | {key: value}]})
        answer = caller.call("post", "rfcs/", sent.encode(), content_type="application/json")
        assert answer.status_code in (201, 400, 422), sent
        if answer.status_code == 201:
            assert caller.move(answer.json()["number"], "submit").status_code in (200, 422)


DAYS: tuple[Any, ...] = (
    *("", "2031-02-30", "0000-01-01", "9999-12-31", "1999-12-31", "2031-01-01T00:00:00Z"),
    *(5, True, [], {}),
)


def test_days_never_fail(as_: Client) -> None:
    caller = as_(person())
    for day, phase in product(DAYS, ("development", "someday")):
        answer = caller.post("rfcs/", {"timeline": {phase: {"start": day}}})
        assert answer.status_code in (400, 422), (day, phase)


SIGNING = ("team", "position", "digest", "rationale", "title")


@pytest.mark.parametrize("name", SIGNING)
def test_signing_with_odd_values_never_fails(as_: Client, name: str) -> None:
    rfc = rfc_in("review")
    caller = as_(signers(rfc)[0][0])
    whole = {
        "team": "architecture",
        "position": "discuss",
        "digest": rfc.material_digest,
        "rationale": "r",
        "title": "t",
    }
    for value in (*VALUES, "x" * 30_000):
        sent = json.dumps(whole | {name: value})
        answer = caller.call("post", f"rfcs/{rfc.number}/sign-offs/", sent.encode(), content_type="application/json")
        assert answer.status_code in (200, 201, 400, 403, 409, 422), sent[:200]


@pytest.mark.parametrize("name", ["link", "text", "reopen", "reason"])
def test_evidence_with_odd_values_never_fails(as_: Client, name: str) -> None:
    rfc = rfc_in("implementation")
    caller = as_(rfc.owner)
    for value in (*VALUES, "x" * 30_000, "https://[::1", "https://\n.org", "https://x.org/\u202e"):
        sent = json.dumps({"link": "https://ci.example.org/1"} | {name: value})
        path = f"rfcs/{rfc.number}/checklist/documentation_updated/"
        answer = caller.call("post", path, sent.encode(), content_type="application/json")
        assert answer.status_code in (200, 400, 409, 422), sent[:200]


@pytest.mark.parametrize("name", ["move", "note", "revert_commit", "digest"])
def test_moves_with_odd_values_never_fail(as_: Client, name: str) -> None:
    rfc = rfc_in("closed")
    caller = as_(rfc.owner)
    for value in (*VALUES, "x" * 30_000):
        sent = json.dumps({"move": "roll_back", "revert_commit": "abc"} | {name: value})
        answer = caller.call("post", f"rfcs/{rfc.number}/moves/", sent.encode(), content_type="application/json")
        assert answer.status_code in (200, 400, 409, 422), sent[:200]


PATHS = ("rfcs/%00/", "rfcs/%ff/", "rfcs/..%2f..%2fetc/", "rfcs/" + "9" * 3_000 + "/", "rfcs/RFC-1/checklist/%00/")


@pytest.mark.parametrize("path", PATHS)
def test_odd_addresses_answer_404(as_: Client, path: str) -> None:
    answer = as_(person()).get(path)
    assert (answer.status_code, codes(answer)) == (404, ["not_found"])
