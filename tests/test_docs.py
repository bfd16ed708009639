"""The documentation holds: its commands, links, pictures, settings and addresses are there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from tools import screenshots

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$", re.MULTILINE)
SETTING = re.compile(
    r"""env\.\w+\(\s*"([A-Z_]+)"|"([A-Z_]+)"\ in\ env\b|environ\.get\(\s*"([A-Z_]+)"|environ\["([A-Z_]+)"\]""",
    re.VERBOSE,
)
SETTING_FILES = ("settings.py", "supervisor.py", "embedded.py")
LARGEST = 250_000
"""Bytes of one picture."""


def ids(page: Path) -> str:
    return page.name


def links(page: Path) -> Iterator[str]:
    """Where the page's links and images lead, without addresses of other hosts."""
    for match in LINK.finditer(CODE.sub("", page.read_text())):
        target = match[1] or match[2]
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: Path) -> set[str]:
    """The anchors of its headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_nowhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return not target.exists() or bool(anchor and anchor not in anchors(target))


@pytest.mark.parametrize("text_file", PAGES, ids=ids)
def test_every_link_and_picture_is_there(text_file):
    assert [link for link in links(text_file) if leads_nowhere(text_file, link)] == []


def test_missing_target_and_anchor_would_be_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One heading\n[a](#one-heading) [b](page.md#two) ![c](no.png)\n```\n[d](nowhere)\n```\n")

    assert [link for link in links(page) if leads_nowhere(page, link)] == ["page.md#two", "no.png"]


def test_index_names_every_page():
    index = ROOT / "docs" / "README.md"

    assert {page.name for page in (ROOT / "docs").glob("*.md")} - set(links(index)) == {"README.md"}


def test_readme_is_short_and_names_commands_that_exist():
    text, makefile = README.read_text(), (ROOT / "Makefile").read_text()
    named = set(re.findall(r"make ([a-z]+)", text))

    assert {"demo", "test"} <= named
    assert {target for target in re.findall(r"`make ([a-z]+)", text) if f"\n{target}:" not in makefile} == set()
    assert len(text.splitlines()) < 80


@pytest.mark.parametrize("text_file", PAGES, ids=ids)
def test_make_targets_modules_and_commands_exist(text_file):
    text, makefile = text_file.read_text(), (ROOT / "Makefile").read_text()
    modules = {name.replace(".", "/") for name in re.findall(r"python3? -m (tools\.[a-z_.]+[a-z])", text)}
    scripts = set(re.findall(r"(?:manage\.py) ([a-z]+_[a-z]+)", text))

    assert [name for name in re.findall(r"`make ([a-z]+)", text) if f"\n{name}:" not in makefile] == []
    assert [name for name in modules if not ((ROOT / f"{name}.py").exists() or (ROOT / name).is_dir())] == []
    assert [name for name in scripts if not list(ROOT.glob(f"*/management/commands/{name}.py"))] == []


@pytest.mark.parametrize("text_file", PAGES, ids=ids)
def test_files_that_a_page_names_exist(text_file):
    rooms = "rfcs|approvals|governance|breakwater|tools|tests|templates|static|deploy|docs|requirements"
    named = set(re.findall(rf"`((?:{rooms})/[\w./-]+?)(?:::\w+)?/?`", text_file.read_text()))

    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_setting_is_described_and_every_description_is_read():
    code = "\n".join((ROOT / "governance" / name).read_text() for name in SETTING_FILES)
    read = {next(filter(None, match.groups())) for match in SETTING.finditer(code)}
    table = (ROOT / "docs" / "operators.md").read_text().split("## Settings")[1].split("\n## ")[0]

    assert set(re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE)) == read


def test_addresses_of_the_api_page_resolve():
    text = (ROOT / "docs" / "api.md").read_text()
    called = re.findall(r"call \S+ [A-Z]+ \"?([\w/$.-]+)", text) + re.findall(r"\$API/([\w/-]+)", text)
    addresses = {"/api/v1/" + name.replace("$RFC", "RFC-0042").replace("$HALF", "42") for name in called}

    assert len(addresses) > 10
    assert sorted(address for address in addresses if not leads_to_a_view(address)) == []


def leads_to_a_view(address: str) -> bool:
    try:
        return resolve(address.replace("$2", "item")).url_name != "api-nowhere"
    except Resolver404:
        return False


def test_pictures_are_those_of_the_script_and_small():
    images = sorted((ROOT / "docs" / "images").glob("*.png"))

    assert {image.stem for image in images} == {shot.name for shot in screenshots.SHOTS}
    assert [image.name for image in images if image.stat().st_size > LARGEST] == []
    assert "docs/images/rfc-page.png" in README.read_text()
