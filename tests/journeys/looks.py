"""What is wrong with a page as it is shown: for those who see it otherwise, and for narrow screens."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS = [("light", 1280), ("dark", 320)]
"""Colours differ by scheme, layout by width: two looks meet all four."""


def faults(page: Page) -> list[str]:
    page.wait_for_load_state()  # a page that is still coming has neither all its parts nor its colours
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{page.url} {fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in found]


def overflow(page: Page) -> int:
    page.wait_for_load_state()
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


PADDED = """() => [...document.querySelectorAll(".btn:has(> .visually-hidden)")].filter(button => {
  const bare = button.cloneNode(true);
  bare.querySelectorAll(":scope > .visually-hidden").forEach(text => text.remove());
  button.after(bare);
  bare.normalize();
  const [width, wanted] = [button, bare].map(one => one.getBoundingClientRect().width);
  bare.remove();
  return wanted && Math.abs(width - wanted) > 1;
}).map(button => button.textContent)"""


def padded(page: Page) -> list[str]:
    """Buttons that are wider for a text that nobody sees."""
    return [f"{page.url}: “{text.strip()}” is wider for its hidden text" for text in page.evaluate(PADDED)]


def wrong(page: Page) -> list[str]:
    """All of it."""
    too_wide = [f"{page.url} is {overflow(page)} px too wide"] if overflow(page) > 0 else []
    return [*faults(page), *padded(page), *too_wide]


def look(scheme: str, width: int) -> dict[str, object]:
    """Options of a browser."""
    return {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
