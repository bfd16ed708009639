"""A document goes out and comes back: import with its differences, PDF and bundle with a real worker, print."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from governance.exporting import verify
from tests.factories import approve, board, edit, person, revision, rfc_in, sign
from tests.journeys.conftest import leaving
from tests.journeys.looks import LOOKS, faults, overflow

pytestmark = pytest.mark.journey
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90_000


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[None]:
    """A Celery worker on this test's database and Redis; nothing sweeps, so the portal must ring."""
    database = settings.DATABASES["default"]
    host = database["HOST"] or database.get("OPTIONS", {}).get("host", "")
    where = f"postgresql://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}?host={host}"
    command = [sys.executable, "-m", "celery", "--app", "governance", "worker", "--pool", "solo", "--loglevel", "INFO"]
    with (tmp_path / "worker.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": where}, stdout=log, stderr=log)
        yield
        process.terminate()
        process.wait(30)


def download(page: Page, kind: str) -> bytes:
    """Ask for a file, wait until the page says that it is ready, and fetch it."""
    page.get_by_role("button", name=kind).click()
    expect(page.get_by_role("heading", name="Ready")).to_be_visible(timeout=PATIENCE)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download").click()
    return Path(saved.value.path()).read_bytes()


def test_an_edited_file_is_compared_then_taken(desk):
    rfc = rfc_in("assessment")
    page = desk(rfc.owner)
    page.goto(f"/rfcs/{rfc.number}/")
    with page.expect_download() as saved:
        page.get_by_role("link", name="BREAKING_CHANGE_JUSTIFICATION.md").click()
    text = Path(saved.value.path()).read_text()
    edited = text.replace("3. Drop the column.", "3. Drop the column `currency`.")
    dropped = edited.split("## Timeline")[0] + "## Approval\n"

    page.get_by_role("link", name="Import an edited document").click()
    page.get_by_label("Or its text").fill(dropped)
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_label("Empty “Timeline”")).not_to_be_checked()
    expect(page.get_by_label("Or its text")).to_have_value(dropped)
    page.get_by_label("The file").set_input_files(
        {"name": "x.md", "mimeType": "text/markdown", "buffer": edited.encode()}
    )
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_role("heading", name="What the import changes")).to_be_visible()
    expect(page.locator("ins.compare-new mark")).to_contain_text(["currency"])
    page.get_by_role("button", name="Import as a revision").click()

    expect(page.get_by_text("Imported. Saved as revision 2.")).to_be_visible()
    assert revision(rfc).content.rollback_plan.endswith("3. Drop the column `currency`.")


def test_pdf_and_bundle_come_from_a_worker_and_the_bundle_verifies(desk, worker):
    board(2)
    rfc = approve(rfc_in("review"))
    page = desk(rfc.owner)

    page.goto(f"/rfcs/{rfc.number}/")
    pdf = pypdf.PdfReader(io.BytesIO(download(page, "PDF with signatures")))
    page.get_by_role("link", name="Back to the RFC").click()
    with zipfile.ZipFile(io.BytesIO(download(page, "Signed bundle"))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}

    assert pdf.metadata
    assert str(pdf.metadata.title).startswith(rfc.number)
    assert {sign for sign, _ in verify.check(files)} == {verify.GOOD}


def test_the_unpacked_bundle_checks_itself_without_the_portal(desk, worker, tmp_path):
    board(2)
    rfc = approve(rfc_in("review"))
    page = desk(rfc.owner)
    page.goto(f"/rfcs/{rfc.number}/")

    with zipfile.ZipFile(io.BytesIO(download(page, "Signed bundle"))) as archive:
        archive.extractall(tmp_path / "bundle")
    script, record = (tmp_path / "bundle" / name for name in ("verify.py", "record.json"))
    whole = check_alone(script)
    record.write_text(record.read_text().replace("Drop the column", "Keep the column"))

    assert whole.returncode == 0, whole.stdout
    assert check_alone(script).returncode == 1


def check_alone(script: Path) -> subprocess.CompletedProcess[str]:
    """As the receiver does it: their Python, nothing of the portal in reach."""
    command = [sys.executable, "-I", script.name]
    return subprocess.run(command, cwd=script.parent, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_the_pages_of_documents_are_accessible(desk, scheme, width):
    members = board(3)
    rfc = rfc_in("review")
    sign(rfc, members[0])
    edit(rfc, rollback_plan="1. Revert.\n2. Deploy.\n3. Drop the column.", title="Another title")
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    page, signer = desk(rfc.owner, **look), desk(members[0], **look)

    found = []
    for visitor, path in (
        (page, "import/"),
        (page, "revisions/"),
        (page, "revisions/2/"),
        (page, "revisions/1..2/"),
        (signer, ""),
        (signer, "revisions/1..2/"),
    ):
        visitor.goto(f"/rfcs/{rfc.number}/{path}")
        found += faults(visitor)
        found += [f"{path} is {overflow(visitor)} px too wide"] if overflow(visitor) > 0 else []
    page.goto(f"/rfcs/{rfc.number}/")
    with leaving(page):
        page.get_by_role("button", name="Signed bundle").click()
    found += faults(page)
    page.goto(f"/rfcs/{rfc.number}/import/")
    page.get_by_label("Or its text").fill("## Change Summary\nOther words.\n")
    with leaving(page):
        page.get_by_role("button", name="Show what it changes").click()
    found += faults(page)

    assert not found, "\n".join(found)


def test_the_link_of_a_revision_is_copied(desk):
    rfc = rfc_in("assessment")
    page = desk(person(), permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/rfcs/{rfc.number}/revisions/1/")

    page.get_by_role("button", name="Copy the link").click()

    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"/rfcs/{rfc.number}/revisions/1/")


def test_paper_has_the_text_and_none_of_the_tools(desk):
    members = board(3)
    rfc = rfc_in("review")
    sign(rfc, members[0])
    edit(rfc, rollback_plan="1. Revert.\n2. Deploy.\n3. Drop the column.")
    page = desk(rfc.owner)

    document, compared, listed = (
        printed(page, f"/rfcs/{rfc.number}/{path}") for path in ("", "revisions/1..2/", "revisions/")
    )

    for words in ("Architecture review", "Rollback Plan", "Approved Implementation"):
        assert words in document
    assert "Revision 1 to 2" in compared
    assert "The first revision" in listed
    for tool in (
        "Discuss",
        "Whose turn",
        "Signed bundle",
        "Withdraw",
        "Copy the link",
        "Compare",
        "New RFC",
        "All revisions",
    ):
        assert tool not in document + compared + listed


def printed(page: Page, path: str) -> str:
    """The words on the paper that the browser makes of a page; some fonts write "fi" as one character."""
    page.goto(path)
    pdf = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = " ".join(sheet.extract_text() for sheet in pdf.pages)
    return " ".join(unicodedata.normalize("NFKC", text).split())
