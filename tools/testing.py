"""What `make test` does: find a browser and Pango, check, run the tests in two parts, and leave nothing running.

usage: python -m tools.testing test|unit|journeys|soak [arguments for pytest ...]
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = """
************************************************************************************************************
NO BROWSER: the journeys (tests/journeys) did not run. Neither CHROMIUM names one, nor is Chromium or Chrome
on PATH, nor could Playwright or the system's package manager install one. Install Chromium and run again.
************************************************************************************************************
"""
NO_PANGO = """
************************************************************************************************************
NO PANGO: the tests of PDF files did not run. The libraries that lay out pages are missing and could not be
installed. On Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core
************************************************************************************************************
"""
PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
NO_TESTS = 5
"""pytest's exit code when nothing was selected."""


def main() -> int:
    """Run one of the parts; the exit code of the first that fails."""
    name, *extra = sys.argv[1:] or [""]
    parts = {"test": everything, "unit": unit, "journeys": journeys, "soak": soak}
    if name not in parts:
        print(__doc__)
        return 2
    os.environ.setdefault("BREAKWATER_ENV", "test")
    try:
        return parts[name](extra)
    except KeyboardInterrupt:
        return 130


def everything(extra: list[str]) -> int:
    """Checks, then the tests; what fails does not hide the rest, so one run shows all there is to mend."""
    browser = find_browser()
    codes = [subprocess.run([sys.executable, "-m", "tools.check"], cwd=ROOT, check=False).returncode]
    codes += [without_browser()] if browser is None else []
    codes += [unit(extra)]  # looks for Pango first
    codes += [journeys_in(browser, extra)] if browser else []
    return next((code for code in codes if code), 0)


def unit(extra: list[str]) -> int:
    """The tests without a browser, on as many processes as there are processors, up to four.

    A file stays in one process, so what all its tests read is made once; the files with most tests come first.
    """
    if not find_pango():
        print(NO_PANGO, file=sys.stderr, flush=True)  # in CI the tests themselves fail then
    return pytest(
        "-m", "not journey and not soak and not bench", "--ignore", "tests/journeys", *side_by_side("loadfile"), *extra
    )


def side_by_side(how: str) -> tuple[str, ...]:
    """Options for processes that share the tests out, each with a database and a browser of its own."""
    return "-n", str(max(2, min(4, os.cpu_count() or 2))), "--dist", how


def journeys(extra: list[str]) -> int:
    """The tests in a browser."""
    browser = find_browser()
    return journeys_in(browser, extra) if browser else without_browser()


def journeys_in(browser: str, extra: list[str]) -> int:
    """Journeys wait for pages half of their time, so they share the processors well."""
    os.environ["CHROMIUM"] = browser
    return pytest("tests/journeys", "-m", "journey", *side_by_side("worksteal"), *extra)


def without_browser() -> int:
    """Say loudly what could not run; in CI that is a failure."""
    print(NO_BROWSER, file=sys.stderr, flush=True)
    return 1 if os.environ.get("CI", "").lower() in ("1", "true", "yes") else 0


def soak(extra: list[str]) -> int:
    """The long runs with faults: some wait for processes that they killed, others keep a processor busy meanwhile."""
    return pytest("-m", "soak", *side_by_side("loadfile"), *extra)


def pytest(*arguments: str) -> int:
    """Run pytest; a selection without tests is no failure."""
    code = subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode
    return 0 if code == NO_TESTS else code


# The browser --------------------------------------------------------------------------------------------


def find_browser() -> str | None:
    """The path of a Chromium that starts: the one that is named, on PATH, of Playwright, or freshly installed."""
    for find in (named_browser, browser_on_path, browser_of_playwright, install_with_playwright, install_with_apt):
        if (path := find()) and starts(path):
            return path
    return None


def named_browser() -> str | None:
    return os.environ.get("CHROMIUM") or None


def browser_on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def browser_of_playwright() -> str | None:
    """The browser that Playwright has installed before, if any."""
    ask = "from playwright.sync_api import sync_playwright as p\nwith p() as w: print(w.chromium.executable_path)"
    path = quietly(sys.executable, "-c", ask).strip()
    return path if path and Path(path).exists() else None


def install_with_playwright() -> str | None:
    print("  no browser found; asking Playwright to install Chromium ...", flush=True)
    quietly(sys.executable, "-m", "playwright", "install", "chromium", seconds=300)
    return browser_of_playwright()


def install_with_apt() -> str | None:
    """Install the distribution's Chromium where that needs no password."""
    apt_install("chromium", why="no browser yet")
    return browser_on_path()


def apt_install(*packages: str, why: str) -> None:
    """Ask the distribution's package manager, where there is one and it needs no password."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (sudo and not shutil.which("sudo")):
        return
    print(f"  {why}; asking apt-get to install {', '.join(packages)} ...", flush=True)
    quietly(*sudo, "apt-get", "update", seconds=300)
    command = ("apt-get", "install", "-y", "--no-install-recommends", *packages)
    quietly(*sudo, "env", "DEBIAN_FRONTEND=noninteractive", *command, seconds=900)


def find_pango() -> bool:
    """Whether PDF files can be laid out here, after asking the distribution for what that needs."""
    if has_pango():
        return True
    apt_install(*PANGO, why="no Pango for PDF files")
    return has_pango()


def has_pango() -> bool:
    return "yes" in quietly(sys.executable, "-c", "import weasyprint; print('yes')")


def starts(path: str) -> bool:
    """Whether the browser runs at all, its libraries included."""
    return "chrom" in quietly(path, "--version").lower()


def quietly(*command: str, seconds: int = 60) -> str:
    """What a command prints; nothing when it fails, is missing or takes too long."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
