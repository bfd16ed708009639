"""The signed bundle: whoever holds it can tell, without the portal, whether it is what was signed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from governance.exporting import asking, bundling, keys, making, printing, verify
from governance.exporting.models import Export
from rfcs.compliance import evidence
from rfcs.compliance.evidence import Proof
from rfcs.files import attachments
from tests.factories import again, approve, board, draft, edit, person, rfc_in, sign, signers
from tests.governance.exporting.conftest import claimed
from tests.rfcs.files.test_filetypes import PNG

pytestmark = pytest.mark.django_db
FILES = [
    "README.txt",
    "events.jsonl",
    "justification.html",
    "justification.md",
    "justification.pdf",
    "manifest.json",
    "manifest.sig",
    "public-key.pem",
    "record.json",
    "verify.py",
]


@pytest.fixture(autouse=True)
def quick(monkeypatch, request):
    """A real PDF takes a second; one test makes it, the others are about the bundle."""
    if "pango" not in request.fixturenames:
        monkeypatch.setattr(printing, "pdf", lambda facts: b"%PDF " + facts["number"].encode())


def unpacked(export: Export, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(bytes(export.file.data))) as archive:
        archive.extractall(folder)
    return folder


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """verify.py as its reader runs it: a Python of its own, isolated from the project."""
    command = [sys.executable, "-I", str(folder / "verify.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=folder)
    return done.returncode, done.stdout


def discussed():
    """In review, with a concern and a second revision."""
    board(3)
    rfc = rfc_in("review")
    sign(rfc, signers(rfc)[0][0], "discuss")
    return edit(rfc, rollback_plan="1. Another way back.")


def test_a_bundle_verifies_with_its_own_script(made, tmp_path, pango):
    board(2)
    export = made(approve(rfc_in("review")), "bundle")
    folder = unpacked(export, tmp_path)

    code, said = run(folder, "--key", keys.current().public.id)

    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert [line for line in said.splitlines() if not line.startswith("ok  ")] == []
    assert code == 0
    assert "All 2 sign-offs stand in the chain." in said
    assert (folder / "justification.pdf").read_bytes().startswith(b"%PDF-")
    record = json.loads((folder / "record.json").read_text())
    assert [(row["meaning"], row["team_name"], row["counts"]) for row in record["sign_offs"]] == [
        ("Approve, revision 1", "Architecture Team", True)
    ] * 2


def test_the_zip_is_the_same_for_the_same_export(made):
    export = made(rfc_in("assessment"), "bundle")

    assert bundling.bundle(export)[0] == bytes(export.file.data)


@pytest.mark.parametrize("name", FILES)
def test_one_altered_byte_is_found(made, tmp_path, name):
    folder = unpacked(made(discussed(), "bundle"), tmp_path)
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)

    findings = list(verify.check({p.name: p.read_bytes() for p in folder.iterdir()}))

    assert verify.BAD in {sign for sign, _ in findings}


def test_an_altered_file_is_named_by_the_script(made, tmp_path):
    folder = unpacked(made(discussed(), "bundle"), tmp_path)
    path = folder / "justification.md"
    path.write_text(path.read_text().replace("Another way back", "No way back"))

    code, said = run(folder)

    assert code == 1
    assert "BAD justification.md was changed after it was signed." in said


def test_added_and_missing_files_are_named(made, tmp_path):
    folder = unpacked(made(draft(), "bundle"), tmp_path)
    (folder / "justification.md").rename(folder / "other.md")

    code, said = run(folder)

    assert code == 1
    assert "BAD justification.md is missing." in said
    assert "BAD other.md is not part of what was signed." in said


def test_another_key_than_the_expected_one_is_said(made, tmp_path):
    folder = unpacked(made(draft(), "bundle"), tmp_path)

    code, said = run(folder, "--key", "0" * 16)

    assert code == 1
    assert "BAD It is the key that you expect" in said


def test_a_bundle_signed_anew_by_somebody_else_has_another_key(made, tmp_path):
    folder = unpacked(made(draft(), "bundle"), tmp_path)
    forger = keys.new()
    manifest = (folder / "manifest.json").read_text().replace(keys.current().public.id, forger.public.id)
    (folder / "manifest.json").write_text(manifest)
    (folder / "manifest.sig").write_text(keys.encoded(forger.sign(manifest.encode())))
    (folder / "public-key.pem").write_text(forger.public.pem)

    assert run(folder)[0] == 0, "the key beside the files proves nothing by itself"
    assert run(folder, "--key", keys.current().public.id)[0] == 1


def test_an_altered_event_is_found_even_when_the_list_was_made_anew(made, tmp_path):
    folder = unpacked(made(discussed(), "bundle"), tmp_path)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    files["events.jsonl"] = files["events.jsonl"].replace(b"discuss", b"approve")
    manifest = json.loads(files["manifest.json"])

    told = [
        sentence
        for sign, sentence in verify.chain(json.loads(verify.as_list(files["events.jsonl"])), manifest["chain"])
    ]

    assert len(told) == 1
    assert "was altered" in told[0]


def test_without_library_and_openssl_it_says_what_it_could_not_check(made, monkeypatch):
    export = made(draft(), "bundle")
    with zipfile.ZipFile(io.BytesIO(bytes(export.file.data))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    monkeypatch.setattr(verify, "by_library", lambda *_: None)
    monkeypatch.setattr(verify, "by_openssl", lambda *_: None)

    findings = list(verify.check(files))

    assert [sentence for sign, sentence in findings if sign == verify.UNKNOWN] == [
        "The signature was not checked: install the Python package `cryptography`, or `openssl`."
    ]


def test_openssl_tells_right_from_wrong():
    key = keys.new()
    pem, raw, message = key.public.pem.encode(), key.public.raw, b"a message"

    right = verify.by_openssl(pem, raw, key.sign(message), message)

    assert right in (True, None), "None where the program is missing"
    if right:
        assert verify.by_openssl(pem, raw, key.sign(message), b"another") is False


@pytest.mark.parametrize("junk", [b"", b"no zip", b"PK\3\4"])
def test_what_is_no_bundle_is_said(tmp_path, junk):
    path = tmp_path / "x.zip"
    path.write_bytes(junk)

    assert verify.main([str(path)]) == 3
    assert verify.main(["--help"]) == 2
    assert [sign for sign, _ in verify.check({})] == [verify.BAD]


def test_without_pango_the_bundle_is_made_and_says_what_is_missing(monkeypatch):
    def lacks(_facts):
        raise printing.CannotPrint(printing.NO_PANGO)

    monkeypatch.setattr(printing, "pdf", lacks)
    rfc = draft()
    asking.ask(rfc, "bundle", by=rfc.owner)
    leased = claimed()
    assert making.make(leased) is True

    export = Export.objects.get()

    assert (export.status, export.reason) == ("ready", printing.NO_PANGO)
    with zipfile.ZipFile(io.BytesIO(bytes(export.file.data))) as archive:
        assert json.loads(archive.read("manifest.json"))["without"] == {"justification.pdf": printing.NO_PANGO}


def test_what_came_after_the_asking_is_not_in_it(made):
    rfc = rfc_in("assessment")
    export = asking.ask(rfc, "bundle", by=rfc.owner)
    edit(rfc, rollback_plan="1. Written later.")

    making.make(claimed())

    export.refresh_from_db()
    with zipfile.ZipFile(io.BytesIO(bytes(export.file.data))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert {sign for sign, _ in verify.check(files)} == {verify.GOOD}
    assert b"Written later" not in b"".join(files.values())


def test_attached_files_are_in_it_and_what_is_left_out_is_said(made, tmp_path, monkeypatch):
    rfc = draft()
    for name in ("plan.txt", "large.txt"):
        attachments.attach(rfc, by=rfc.owner, name=name, chunks=[name.encode() * 20])
    monkeypatch.setattr(bundling, "MOST_ATTACHED", 200)

    export = made(again(rfc), "bundle")

    folder = unpacked(export, tmp_path)
    (path,) = (folder / "attachments").iterdir()
    assert (path.name[13:], path.read_bytes()) == ("plan.txt", b"plan.txt" * 20)
    assert "large.txt is left out" in export.reason
    code, said = run(folder)
    assert code == 3, "something is not part of the bundle"
    assert [line[:4] for line in said.splitlines() if not line.startswith("ok")] == ["??  "]


def test_files_given_as_evidence_are_in_the_bundle_under_the_same_hashes(made, tmp_path):
    rfc = rfc_in("implementation")
    evidence.close_item(
        rfc, "unit_tests_pass", by=person(), proof=Proof("https://ci.example.org/2", name="run.png", chunks=[PNG])
    )
    folder = unpacked(made(again(rfc), "bundle"), tmp_path)
    (file,) = (folder / "evidence").iterdir()

    assert (file.name.split("-")[-1], file.read_bytes()) == ("run.png", PNG)
    assert run(folder)[0] == 0
    file.write_bytes(PNG + b" ")
    assert run(folder)[0] == 1
