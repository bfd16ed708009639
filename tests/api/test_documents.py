from __future__ import annotations

from governance import documents
from tests.api.conftest import Client
from tests.factories import draft, person, rfc_in


def test_markdown_is_the_file_of_the_portal(as_: Client) -> None:
    rfc = rfc_in("approved")
    answer = as_(person()).get(f"rfcs/{rfc.number}/justification.md", HTTP_ACCEPT="text/markdown")
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="BREAKING_CHANGE_JUSTIFICATION.md"'
    assert answer.content.decode() == documents.markdown_of(rfc)


def test_html_holds_nothing_that_runs(as_: Client) -> None:
    rfc = draft(title="<script>alert(1)</script>", change_summary="<img src=x onerror=alert(1)>")
    answer = as_(person()).get(f"rfcs/{rfc.number}/justification.html")
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    assert "<script" not in answer.content.decode()
    assert "<img" not in answer.content.decode()


def test_commit_message_is_plain_text(as_: Client) -> None:
    rfc = draft()
    answer = as_(person()).get(f"rfcs/{rfc.number}/commit-message")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == documents.commit_message(rfc)


def test_any_accept_header_gets_the_one_format(as_: Client) -> None:
    caller = as_(person())
    for accept in ("text/html", "application/xml", "nonsense", "*/*;q=0"):
        assert caller.call("get", "rfcs/", headers={"Accept": accept})["Content-Type"] == "application/json"
