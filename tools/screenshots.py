"""The pictures of the documentation, taken from a running demo with its sample data.

usage: make demo, and beside it: python -m tools.screenshots [name ...]

The address and the accounts come from var/demo.json (BREAKWATER_VAR names another folder); the pictures go to
docs/images/. A picture names its RFC by state and owner, so it survives a change of the stories.
"""

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tools.testing import find_browser

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
ARGUMENTS = ["--disable-gpu", "--disable-background-networking"]
WIDE, PHONE = (1280, 900), (390, 844)
SCROLL = "element => window.scrollBy(0, element.getBoundingClientRect().top - 24)"


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: who looks at which page, how wide and in which theme, scrolled to what."""

    name: str
    user: str
    path: str
    """`{rfc}` stands for the number of the newest RFC that `of` finds."""
    of: str = ""
    size: tuple[int, int] = WIDE
    theme: Literal["light", "dark"] = "light"
    scroll_to: str = ""
    opened: str = ""
    """A `<details>` that is opened first."""


SHOTS = (
    Shot("queue", "ingrid", "/"),
    Shot("rfc-page", "leilani", "/rfcs/{rfc}/", "state=assessment&owner=leilani"),
    Shot("rfc-page-dark", "leilani", "/rfcs/{rfc}/", "state=assessment&owner=leilani", theme="dark"),
    Shot("edit", "arjun", "/rfcs/{rfc}/edit/", "state=assessment&owner=arjun"),
    Shot("sign-offs", "ingrid", "/rfcs/{rfc}/sign-offs/", "state=review&owner=meiling", scroll_to="#round"),
    Shot(
        "checklist",
        "tomasz",
        "/rfcs/{rfc}/checklist/",
        "state=implementation&owner=pelin",
        scroll_to="#phase-implementation",
        opened="li.check-form details",
    ),
    Shot("list", "ingrid", "/rfcs/?state=review"),
    Shot("impact", "arjun", "/rfcs/{rfc}/impact/", "state=assessment&owner=arjun"),
    Shot("concern", "ingrid", "/rfcs/{rfc}/sign-offs/", "state=review&owner=leilani", scroll_to="#round"),
    Shot("discussion", "ingrid", "/rfcs/{rfc}/discussion/", "state=review&owner=leilani"),
    Shot("import", "rafael", "/rfcs/{rfc}/import/", "state=review&owner=rafael"),
    Shot("revisions", "ingrid", "/rfcs/{rfc}/revisions/2/", "state=review&owner=rafael"),
    Shot("inbox", "ingrid", "/inbox/"),
    Shot("notifications", "ingrid", "/me/notifications/"),
    Shot("security", "shauna", "/me/security/"),
    Shot("teams", "ingrid", "/teams/"),
    Shot("help", "arjun", "/help/", scroll_to="#review"),
    Shot("history", "margarethe", "/rfcs/{rfc}/history/", "state=closed&owner=camille"),
    Shot("phone", "ingrid", "/rfcs/{rfc}/", "state=review&owner=meiling", size=PHONE),
)


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: its address and its accounts by user name."""

    url: str
    accounts: dict[str, dict[str, Any]]

    def number(self, query: str) -> str:
        """The newest RFC of this query; SystemExit when the demo holds none."""
        account = next(iter(self.accounts.values()))
        address = f"{self.url}/api/v1/rfcs/?page_size=1&{query}"
        request = urllib.request.Request(address, headers={"Authorization": f"Token {account['token']}"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the demo's own address
            found = json.load(answer)["results"]
        if not found:
            raise SystemExit(f"The demo has no RFC with {query}: start one with fresh sample data.")
        return str(found[0]["number"])


def main() -> int:
    """Take the pictures that are named, or all, and say how large each is."""
    demo, wanted = running_demo(), sys.argv[1:]
    unknown = set(wanted) - {shot.name for shot in SHOTS}
    if unknown:
        print(f"There is no picture {', '.join(sorted(unknown))}; there are {', '.join(s.name for s in SHOTS)}.")
        return 2
    IMAGES.mkdir(parents=True, exist_ok=True)
    with a_browser() as browser:
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                take(shot, demo, browser)
    return 0


def running_demo() -> Demo:
    """What var/demo.json says; SystemExit with one sentence when there is none."""
    path = Path(os.environ.get("BREAKWATER_VAR") or ROOT / "var") / "demo.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise SystemExit(f"{path} is not there: start the demo with `make demo`, then run this again.") from None
    accounts = {account["username"]: account for account in found["accounts"]}
    return Demo(found["url"].rstrip("/"), accounts)


@contextmanager
def a_browser() -> Iterator[Browser]:
    """The Chromium that `make test` would take; root may not use the browser's own sandbox."""
    path = find_browser()
    if path is None:
        raise SystemExit("There is no Chromium: install one, or name it in CHROMIUM.")
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def take(shot: Shot, demo: Demo, browser: Browser) -> None:
    width, height = shot.size
    context = browser.new_context(
        base_url=demo.url, viewport={"width": width, "height": height}, color_scheme=shot.theme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    log_in(page, demo.accounts[shot.user])
    page.goto(shot.path.format(rfc=demo.number(shot.of) if shot.of else ""), wait_until="networkidle")
    arrange(page, shot)
    target = IMAGES / f"{shot.name}.png"
    page.screenshot(path=target)
    context.close()
    print(f"  {target.relative_to(ROOT)}  {target.stat().st_size / 1000:.0f} kB", flush=True)


def arrange(page: Page, shot: Shot) -> None:
    """Open and scroll to what the picture is about."""
    if shot.opened:
        page.locator(shot.opened).first.locator("summary").click()
    if shot.scroll_to:
        page.locator(shot.scroll_to).first.evaluate(SCROLL)


def log_in(page: Page, account: dict[str, Any]) -> None:
    page.goto("/login/")
    page.get_by_label("Username").fill(account["username"])
    page.get_by_label("Password").fill(account["password"])
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="My queue").wait_for()


if __name__ == "__main__":
    sys.exit(main())
