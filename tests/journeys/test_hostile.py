"""Row 23 of the trust plan: hostile markup in every text field, shown on every page, runs nothing."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Dialog, Page

from rfcs.content import TEXTS
from rfcs.models import RFC
from rfcs.states import State
from tests.factories import board, move, package, rfc_in, sign
from tests.journeys.corpus import CORPUS

pytestmark = pytest.mark.journey


def hostile_texts() -> dict[str, Any]:
    """The whole corpus spread over all free-text fields, each with enough real text to pass the guards."""
    parts = {name: CORPUS[place :: len(TEXTS)] for place, name in enumerate(TEXTS)}
    return {name: "1. A step.\n\n" + "\n\n".join(part) for name, part in parts.items()}


def hostile_review() -> tuple[RFC, list[User]]:
    members = board(3)
    rows = tuple(
        package(f"src/p{n}", description=f"Changes: {' '.join(text.split())}") for n, text in enumerate(CORPUS[:40])
    )
    rfc = rfc_in(State.REVIEW, title=" ".join(CORPUS[2].split())[:200], packages=rows, **hostile_texts())
    for member, text in zip(members, CORPUS[:3], strict=True):
        sign(rfc, member, "discuss", title=" ".join(text.split())[:200], rationale="\n\n".join(CORPUS))
    return rfc, members


def test_corpus_is_large_enough():
    assert len(set(CORPUS)) > 200


def nothing_ran(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_timeout(200)
    assert page.evaluate("window.hit") is None
    assert page.url.endswith(path)


def test_hostile_markup_runs_nowhere(desk):
    rfc, members = hostile_review()
    author, signer = desk(rfc.owner), desk(members[0])
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    for page in (author, signer):
        page.on("dialog", note)
    here = f"/rfcs/{rfc.number}/"

    for path in ("", "impact/", "checklist/", "sign-offs/", "history/", "revisions/1/", "edit/", "justification.html"):
        nothing_ran(author, here + path)
    for path in ("/", "/rfcs/", "/inbox/", f"{here}sign-offs/"):
        nothing_ran(signer, path)
    nothing_ran(author, "/inbox/")

    assert dialogs == []


def test_hostile_note_of_a_move_is_shown_as_text(desk):
    rfc = rfc_in(State.ASSESSMENT)
    move(rfc, "withdraw", note="\n".join(CORPUS)[:5_000])
    page = desk(rfc.owner)

    nothing_ran(page, f"/rfcs/{rfc.number}/history/")
