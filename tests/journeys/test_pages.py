"""Every page in light and dark, wide and narrow: accessible, never wider than the screen, quiet in the console."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from rfcs.states import State
from tests.factories import board, person, rfc_in, sign

pytestmark = pytest.mark.journey

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS = [("light", 1280), ("dark", 320)]
"""Colours differ by scheme, layout by width: two looks meet all four."""


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{page.url} {fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in found]


def overflow(page: Page) -> int:
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_pages_are_accessible(desk, scheme, width):
    author, members = person("author"), board(3)
    review = rfc_in(State.REVIEW, author=author)
    sign(review, members[1], "discuss")
    done = rfc_in(State.IMPLEMENTATION, author=author)
    draft = rfc_in(State.DRAFT, author=author, packages=())
    ended = rfc_in(State.ROLLED_BACK, author=author)
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    anonymous, writer, signer = desk(**look), desk(author, **look), desk(members[0], **look)
    visits = [
        (anonymous, ["/login/"]),
        (
            writer,
            ["/", "/rfcs/", "/rfcs/?state=nonsense", "/rfcs/?q=nothing+like+it", "/inbox/", "/help/", "/rfcs/new/"],
        ),
        (writer, [f"/rfcs/{review.number}/{tab}" for tab in ("", "impact/", "checklist/", "history/", "sign-offs/")]),
        (writer, [f"/rfcs/{done.number}/checklist/", f"/rfcs/{done.number}/justification.html"]),
        (writer, [f"/rfcs/{draft.number}/", f"/rfcs/{draft.number}/edit/", f"/rfcs/{ended.number}/revisions/1/"]),
        (signer, ["/", "/inbox/", f"/rfcs/{review.number}/sign-offs/", "/rfcs/99999/"]),
    ]

    found = []
    for page, paths in visits:
        for path in paths:
            page.goto(path)
            found += faults(page)
            found += [f"{path} is {overflow(page)} px too wide at {width}"] if overflow(page) > 0 else []

    assert not found, "\n".join(found)


def test_shortcuts_lead_to_the_queue_the_list_and_the_search(desk):
    page = desk(person())
    page.goto("/help/")

    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/rfcs/")
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url(lambda url: url.rstrip("/").count("/") == 2)
    page.keyboard.press("/")
    expect(page.locator("#site-search")).to_be_focused()
