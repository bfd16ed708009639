"""The PDF: accessible, whole, and deaf to whatever a text asks it to load."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdf
import pytest

from breakwater.justification import template
from governance import exporting
from governance.exporting import asking, printing
from rfcs.models import RFC
from tests.factories import approve, board, content, draft, package, rfc_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pango")]
ROOT = Path(__file__).resolve().parents[3]

HOSTILE = """<script>alert(1)</script> <img src="file:///etc/passwd"> <img src="http://127.0.0.1:9/pixel.png">
![a picture](http://127.0.0.1:9/a.png) [a link](file:///etc/passwd) <style>@import url(http://127.0.0.1:9/a.css);</style>
<link rel="attachment" href="file:///etc/passwd"> <object data="file:///etc/passwd"></object>
<svg><use href="file:///etc/passwd#x"/></svg> {{ settings.SECRET_KEY }} {% include "/etc/passwd" %}
"""


def facts_of(rfc: RFC) -> dict[str, Any]:
    facts: dict[str, Any] = asking.ask(rfc, "pdf", by=rfc.owner).facts
    return facts


def reader(rfc: RFC) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(printing.pdf(facts_of(rfc))))


def text_of(pdf: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in pdf.pages)


def names_of(tree: Any) -> set[str]:
    """Every kind of tag in the structure tree."""
    tree = tree.get_object() if hasattr(tree, "get_object") else tree
    if isinstance(tree, list):
        return set().union(*(names_of(kid) for kid in tree)) if tree else set()
    if not isinstance(tree, dict):
        return set()
    return {str(tree.get("/S", ""))} | names_of(tree.get("/K", []))


def test_it_is_tagged_and_says_title_language_and_bookmarks():
    rfc = rfc_in("assessment")

    pdf = reader(rfc)

    root: Any = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF's own boolean
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert {"/H1", "/H2", "/P", "/Table", "/TH", "/TD", "/L", "/LI"} <= names_of(root["/StructTreeRoot"])
    assert pdf.metadata
    assert pdf.metadata.title == f"{rfc.number}: {content().title} (revision 1)"
    outline = str(pdf.outline)
    assert [name for name in template.SECTIONS if name not in outline] == []


def test_it_holds_the_whole_document_with_its_signatures():
    board(2)
    rfc = approve(rfc_in("review"))

    said = text_of(reader(rfc))

    for name in template.SECTIONS:
        assert name in said
    for text in ("api_changes", "justification", "testing_performance"):
        assert re.sub(r"\W", "", getattr(content(), text))[:24] in re.sub(r"\W", "", said)
    assert "Revert the commit of the release." in said
    assert rfc.material_digest in said.replace(" ", "")
    assert said.count("Approve, revision 1") == 2
    assert "Page 1 of" in said
    for row in facts_of(rfc)["sign_offs"]:
        assert row["name"] in said
        assert row["at"][:10] in said


def test_the_same_facts_make_the_same_bytes():
    facts = facts_of(rfc_in("assessment"))

    assert printing.pdf(facts) == printing.pdf(facts)


def test_hostile_text_loads_nothing_and_stays_text(monkeypatch):
    from governance.exporting import typesetting

    asked = []

    def refuse(self: object, url: str, headers: object = None) -> None:
        asked.append(url)
        raise ValueError(url)

    monkeypatch.setattr(typesetting.Nothing, "fetch", refuse)
    fields: dict[str, Any] = dict.fromkeys(
        ("title", "change_summary", "api_changes", "justification", "rollback_plan"), HOSTILE
    )
    fields["title"] = '<img src="file:///etc/passwd">'
    rfc = draft(**fields, packages=(package(description=HOSTILE),))

    pdf = reader(rfc)

    assert asked == []
    assert "root:" not in text_of(pdf)
    assert "<script>alert(1)</script>" in text_of(pdf)
    assert "{{ settings.SECRET_KEY }}" in text_of(pdf)
    assert "/EmbeddedFiles" not in str(pdf.trailer["/Root"])
    links = [note.get_object() for page in pdf.pages for note in page.get("/Annots", [])]
    assert [note for note in links if str(note.get("/A", {}).get("/URI", "")).startswith("file:")] == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:9/a.css", "data:text/css,p{}"])
def test_the_typesetter_loads_nothing_from_anywhere(url):
    from governance.exporting import typesetting

    page = f'<html lang="en"><title>x</title><link rel="stylesheet" href="{url}"><img src="{url}" alt="x"><p>text'

    made = typesetting.pdf(page, f'@import url("{url}"); p {{ background: url("{url}"); }}')

    assert "text" in text_of(pypdf.PdfReader(io.BytesIO(made)))
    with pytest.raises(ValueError, match="loads nothing"):
        typesetting.Nothing().fetch(url)


def test_odd_texts_are_laid_out():
    odd = "\n\n".join(
        (
            "a" * 5_000,
            "שלום עולם, مرحبا بالعالم",
            "emoji 😀 👩‍👩‍👧‍👦 and combining Z̷̢̛a̸l̶g̸o",
            "| a | b |\n| - | - |\n" + "| x | y |\n" * 300,
            "> " * 40 + "deep",
            "\u202eright to left override\u202c \ufeff\u200b",
        )
    )

    pdf = reader(draft(change_summary=odd, title="W" * 200))

    assert len(pdf.pages) > 3
    assert [name for name in template.SECTIONS if name not in text_of(pdf)] == []


def test_the_web_process_never_imports_what_lays_out_pages():
    code = (
        "import sys; import governance.wsgi; from django.test import Client; Client().get('/login/');"
        "import governance.tasks; print(sorted(name for name in sys.modules if name.split('.')[0] == 'weasyprint'))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )

    assert done.stdout.strip() == "[]"


def test_a_machine_without_pango_is_told_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    monkeypatch.delitem(sys.modules, "governance.exporting.typesetting", raising=False)
    monkeypatch.delattr(exporting, "typesetting", raising=False)
    real = __import__

    def lacks(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libgobject-2.0-0'")
        return real(name, *arguments, **options)

    monkeypatch.setattr("builtins.__import__", lacks)

    with pytest.raises(printing.CannotPrint, match="Pango is missing"):
        printing.pdf({"revision": None, "number": "RFC-0001", "digest": ""})
