"""What has its place on a page: nothing lies over something else, and small screens begin with the matter itself."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from rfcs.states import State
from tests.factories import board, draft, edit, person, rfc_in, sign
from tests.journeys.conftest import leaving
from tests.journeys.looks import LOOKS, look, overflow

pytestmark = pytest.mark.journey
PHONE = look("light", 320)
LONG = "Schnittstellenversionierung" * 7


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).first.bounding_box()
    assert found is not None
    x, y, width, height = (found[name] for name in ("x", "y", "width", "height"))
    return {"x": x, "y": y, "right": x + width, "bottom": y + height}


def test_a_tab_begins_on_the_first_small_screen_with_its_requirements_folded(desk):
    rfc = rfc_in(State.ASSESSMENT)
    page = desk(rfc.owner, **PHONE)

    page.goto(f"/rfcs/{rfc.number}/impact/")

    needed = page.locator(".needed")
    expect(needed.locator("summary").first).to_contain_text("met")
    assert box(page, ".rfc-main")["y"] < 900
    expect(needed.locator(".requirement").first).not_to_be_visible()
    needed.locator("summary").first.click()
    expect(needed.locator(".requirement").first).to_be_visible()
    assert overflow(page) <= 0


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_long_word_stays_in_its_part_of_a_list(desk, scheme, width):
    rfc = draft(title=LONG)
    page = desk(rfc.owner, **look(scheme, width))

    page.goto("/rfcs/?state=draft")

    title, state = box(page, ".rfc-row-main"), box(page, ".rfc-row .state")
    assert title["right"] <= state["x"] or title["bottom"] <= state["y"]
    assert box(page, ".rfc-row-title")["right"] <= title["right"] + 1
    page.locator(".save-view summary").click()
    page.get_by_label("Name").fill(LONG[:60])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".chip[aria-current]")).to_have_text(LONG[:60])
    assert overflow(page) <= 0


def test_the_bar_that_saves_is_slim_on_a_small_screen_and_hides_no_field(desk):
    rfc = rfc_in(State.ASSESSMENT)
    page = desk(rfc.owner, **PHONE)
    page.goto(f"/rfcs/{rfc.number}/edit/")

    page.locator("[name=testing_unit]").focus()
    page.keyboard.press("Tab")
    expect(page.locator("[name=testing_integration]")).to_be_focused()

    page.wait_for_function(
        """() => {
          const [field, bar] = [":focus", ".save-row"].map(one => document.querySelector(one).getBoundingClientRect());
          return bar.bottom <= innerHeight && field.top >= 0 && field.bottom <= bar.top;
        }"""
    )
    over = "!!document.elementFromPoint(innerWidth / 2, innerHeight - 76).closest('.save-bar')"
    assert page.evaluate(over) is False


def test_boxes_above_the_tabs_keep_their_distance(desk):
    rfc = edit(rfc_in(State.APPROVED), rollback_plan="1. Revert the merge.\n2. Deploy again.")
    page = desk(rfc.owner)
    page.goto(f"/rfcs/{rfc.number}/")
    with leaving(page):
        page.get_by_role("button", name="Amend and review again").click()

    boxes = [box(page, selector) for selector in (".stepper", ".stepper ~ .reasons", ".stepper ~ .notice", ".tabs")]

    gaps = [below["y"] - above["bottom"] for above, below in pairwise(boxes)]
    assert min(gaps) >= 8


def test_positions_stand_under_their_team(desk):
    members = board(2)
    rfc = rfc_in(State.REVIEW)
    sign(rfc, members[0], "discuss")
    page = desk(person())

    page.goto(f"/rfcs/{rfc.number}/sign-offs/")

    team = page.get_by_role("rowheader", name="Architecture Team")
    expect(team).to_have_count(1)
    standing = page.locator("#round ~ .requirements .requirement")
    expect(standing).to_have_attribute("data-state", "blocked")
    expect(standing.locator(".requirement-state")).to_have_text("Blocked")
