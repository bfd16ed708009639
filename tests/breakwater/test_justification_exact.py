"""Whatever people type, the document keeps it, and its sections stay the template's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import islice, product
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from breakwater.justification import (
    Justification,
    PackageChange,
    ParseError,
    Period,
    Signature,
    Timeline,
    parse,
    problems,
    render,
    template,
)
from breakwater.justification.escaping import escape, unescape
from tests.timing import is_done_within, quickest

PROSE = tuple(slot.field for slot in template.PROSE)
SLOTS = (*template.PROSE, *template.BULLETS, *template.ANSWERS)
TEXTS = tuple(slot.field for slot in SLOTS)
HEADINGS = [("h1", template.HEADING), *(("h2", name) for name in template.SECTIONS)]
COMMONMARK = MarkdownIt("commonmark")
WITH_TABLES = MarkdownIt("commonmark").enable("table")

# Each text beside what the document holds: the smallest cases of every way to break out of a section.
BROKEN_OUT = {
    "# c": "\\# c",
    "a\n   ## c": "a\n   \\## c",
    "##": "\\##",
    "\\# c": "\\\\# c",
    "a\n===": "a\n\\===",
    "a\n-": "a\n\\-",
    "a\n\n\\---": "a\n\n\\\\---",
    "```\n# c": "\\```\n\\# c",
    "~~~~\n# c\n~~~": "\\~~~~\n\\# c\n\\~~~",
    "```a\n# c\n```b": "\\```a\n\\# c\n\\```b",
    "- a\n  ```\n# c\n  ```": "- a\n  \\```\n\\# c\n  \\```",
    "  ```\n  a\n     ```\n# c": "  \\```\n  a\n     ```\n\\# c",
    "- ```\n  a\n  ```\n# c\n```": "- ```\n  a\n  \\```\n\\# c\n\\```",
    "<div>\n```\n\n# c\n```": "<div>\n\\```\n\n\\# c\n\\```",
    "<!--\na": "\\<!--\na",
    "<!--\n```\n-->\n# c\n```": "\\<!--\n```\n-->\n# c\n```",
    "<script>\n```": "\\<script>\n\\```",
    "<PRE\u00a0a\n": "\\<PRE\u00a0a\n",
    "<?a": "\\<?a",
    "<![CDATA[": "\\<![CDATA[",
    "<!DOCTYPE a": "\\<!DOCTYPE a",
}

# What needs no backslash, and so gets none.
HARMLESS = (
    "Ordinary prose -- with dashes, 1 < 2, C#, #42 and `code`.",
    "- a\n- b\n\n1. a\n2. b\n   - c\n\n* a\n+ a",
    "```sh\n# comment\n## comment\n---\n<!--\n```",
    "````\n```\n# c\n````",
    "~~~\n```\n# c\n~~~~\n\na",
    "1. Revert:\n   ```sh\n   # comment\n   git revert HEAD\n\n   make deploy\n   ```\n2. Done",
    "- Build:\n  ```make\n  all:\n\tcc # c\n  ```",
    "10. a\n\n    ```\n    # c\n    ```",
    "    # indented code\n    ```\n\t# c",
    "### My own heading\n\n#### Another",
    "a\n\n---\n\n***\n\nb",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "<details>\n<summary>Log</summary>\n\n```\n# c\n```\n\n</details>",
    "<https://example.org> says:\n```\n# c\n```",
    "```\na\n```\n---",
    "> # quoted\n> ```\n> # c",
    "a\\\nb\\",
    "[a]: /url 'title'\n- # c",
)

FRAGMENTS = (
    *(slot.placeholder for slot in template.PROSE + template.BULLETS if slot.placeholder),
    *(f"- {slot.label}: x" for slot in (*template.BULLETS, *template.ANSWERS)),
    *(slot.label for slot in template.ANSWERS),
    *(f"## {name}" for name in template.SECTIONS),
    *("# Breaking Change Justification", "# c", "## c", "### c", "#", "##", "#c", "  # c", "   ## c", "    # c", "# #"),
    *("===", "---", "-", "=", "  ---", "- - -", "***", "____", "--- x", "| a |", "|---|", "> q", "> ```", "> # q", ">"),
    *("```", "````", "``` sh", "```a`b", "~~~", "~~~~ x", "  ```", "   ~~~", "    ```", "     ```", "\t```", " \t# c"),
    *("- ```", "1. ```", "- # c", "- <!--", "- - - a", "- a", "  - b", "1. a", "   b", "10. a", "    b", "* a", "+ a"),
    *("<!--", "-->", "<!-- c -->", "<!-- c --> # d", "<?", "?>", "<![CDATA[", "]]>", "<!DOCTYPE", "<!x", "    <!--"),
    *("<script>", "</script>", "<pre", "<PRE>", "</pre>", "<style>", "<textarea>", "<pre\u00a0x", "  <!--"),
    *("<div>", "</div>", "<details>", "<b>", "<b>x</b>", "<https://x.y>", "<a href='", "<x-y z>", "</x>"),
    *("[dates]", "[date]", "[path]", "[path]/", "[team]", "[signature/date]", "[signature]", "{{ }}", "{% x %}"),
    *("[a]: /u", "[a]: /u 't", "'t'", "[a]:", "a ```", "a <!--", "a: # b"),
    *("\\", "\\\\", "\\# c", "\\\\## c", "\\```", "\\---", "\\===", "\\<!--", "x\\", "  \\~~~", "a  ", "\t", " ", ""),
    *(
        "🌊",
        "אבג",
        "\u202eabc",
        "\u00a0",
        "\u3000x",
        "\ufeff",
        "a\u0301",
        "\u2028",
        "\x85",
        "\x0c",
        "\r",
        "\x00",
        "\ud800",
    ),
    *("a - b", "a -- b", "a — b", "a – b", "- a", "a: b", "a:", "`a`", "`a` - b", "**a**", "**a**: b", "**", "`", ":"),
    *("a, 2026-11-20", "a, [date]", "a, 2026-11-20 (b)", "a, 2026-99-99", "2026-11-20", "x (y)", ")", "a (2026-11-20)"),
    *(
        "src/packages/package1/",
        "src/packages/package2",
        "Description of changes",
        "2026-11-02 to 2026-11-13",
        "/",
        "a\\b",
    ),
)
LEADS = ("", " ", "  ", "   ", "    ", "\t", "\\", "> ", "- ", "1. ")
# The few lines whose order decides what is code, what is a heading and what is neither.
STRUCTURE = ("```", "  ```", "~~~", "# c", "  # c", "- a", "  b", "", "<div>", "<!--", "---", "a", "```a", "````")

fragments = st.sampled_from(FRAGMENTS)
lines = st.one_of(
    fragments,
    st.sampled_from(STRUCTURE),
    st.builds("{}{}".format, st.sampled_from(LEADS), fragments),
    st.text(alphabet="#`~-=\\<!> \ta1.*:[]|", max_size=8),
    st.text(alphabet=st.characters(), max_size=8),
)
texts = st.lists(lines, max_size=6).map("\n".join)
knots = st.lists(st.sampled_from(STRUCTURE), max_size=9).map("\n".join)
words = st.one_of(fragments, st.lists(lines, max_size=3).map(" ".join), st.text(max_size=12))
days = st.none() | st.dates()
periods = st.builds(Period, days, days)
packages = st.builds(PackageChange, words, texts)
teams = st.sampled_from((template.ARCHITECTURE, template.SECURITY)) | words
signatures = st.builds(Signature, teams, words, days, words)
documents = st.builds(
    Justification,
    title=words,
    reference=words,
    affected_packages=st.lists(packages, max_size=2).map(tuple),
    timeline=st.builds(Timeline, periods, periods, periods),
    approvals=st.lists(signatures, max_size=3).map(tuple),
    **dict.fromkeys(TEXTS, texts),
)
prose = st.builds(Justification, **dict.fromkeys(PROSE, knots))
additions = st.lists(st.tuples(st.integers(0, 40), lines), max_size=3)


def document(values: Mapping[str, Any]) -> Justification:
    return Justification(**values)


UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
quick = settings(max_examples=80, deadline=None, suppress_health_check=UNHURRIED)
thorough = settings(max_examples=10_000, deadline=None, suppress_health_check=UNHURRIED)


def top_headings(text: str, reader: MarkdownIt = COMMONMARK) -> list[tuple[str, str]]:
    """The level-1 and level-2 headings that stand in no list and no quotation."""
    tokens = reader.parse(text)
    found = ((token, tokens[at + 1].content) for at, token in enumerate(tokens) if token.type == "heading_open")
    return [(token.tag, content) for token, content in found if token.level == 0 and token.tag in ("h1", "h2")]


def check(d: Justification) -> None:
    text = render(d)
    assert parse(text) == d
    assert top_headings(text) == HEADINGS
    assert len(problems(d, with_approval=True)) == len({p.field for p in problems(d, with_approval=True)})


def with_lines(additions: list[tuple[int, str]]) -> str:
    """The template with lines typed somewhere into it."""
    written = render(Justification()).split("\n")
    for at, line in additions:
        written.insert(at, line)
    return "\n".join(written)


def check_stable(text: str) -> None:
    """A text that parses means the same after one round; one that does not is refused in words."""
    with suppress(ParseError):
        check(parse(text))


@given(documents)
@example(Justification(affected_packages=(PackageChange("src/packages/package1"),)))
@example(Justification(affected_packages=(PackageChange("src/packages/package1", template.DESCRIPTION),)))
@example(Justification(affected_packages=(PackageChange("`a` - b: c — d -- e", "\\"), PackageChange("", "- x"))))
@example(Justification(affected_packages=(PackageChange("[path]"), PackageChange("a\\b\\-c"))))
@example(Justification(title="**a**: b", reference="a** b\\"))
@example(Justification(title="**a**: b\\"))
@example(Justification(reference="a"))
@example(Justification(approvals=(Signature("", ""), Signature("[team]", "[signature]", None, ")("))))
@example(Justification(approvals=(Signature("A", "a, [date] (b)"), Signature("A", "a, 2026-11-20"))))
@example(Justification(approvals=(Signature("**a:b**", "a, 2026-11-20 (b), [date]\\", None, "x"),)))
@example(document({slot.field: slot.placeholder or slot.label for slot in SLOTS}))
@example(document({slot.field: "\\" + slot.placeholder for slot in SLOTS}))
@example(Justification(advisory="- **Release**: x", release="\n", changelog="```\n- **Advisory**: y\n```"))
@example(Justification(behavioral_changes="```\n<!--\n  ```", testing_performance="-->"))
@example(Justification(testing_performance="```\n<!--\n   ```"))
@quick
def test_every_document_survives(d: Justification) -> None:
    check(d)


@given(prose)
@quick
def test_every_order_of_structural_lines_survives(d: Justification) -> None:
    check(d)


@given(additions.map(with_lines))
@quick
def test_a_text_that_parses_is_stable_after_one_round(text: str) -> None:
    check_stable(text)


@pytest.mark.parametrize("field", PROSE)
@pytest.mark.parametrize("text", [*BROKEN_OUT, *HARMLESS])
def test_each_prose_field_keeps_its_section(field: str, text: str) -> None:
    check(document({field: text}))


def test_three_lines_in_any_order_keep_their_section() -> None:
    orders = map("\n".join, product(STRUCTURE, repeat=3))
    while three := list(islice(orders, 3)):
        check(document(dict(zip(PROSE, three, strict=False))))


@pytest.mark.parametrize(("text", "written"), BROKEN_OUT.items())
def test_what_would_break_out_gets_a_backslash(text: str, written: str) -> None:
    assert escape(text) == written
    assert unescape(written) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_stays_as_typed(text: str) -> None:
    assert escape(text) == text
    assert f"\n{text}\n\n## Affected Packages\n" in render(Justification(change_summary=text))


@given(texts)
@quick
def test_escaping_only_adds_backslashes(text: str) -> None:
    pairs = list(zip(text.split("\n"), escape(text).split("\n"), strict=True))
    assert all(
        written in (line, line[: len(line) - len(line.lstrip(" "))] + "\\" + line.lstrip(" "))
        for line, written in pairs
    )


@given(texts, words)
@quick
def test_values_are_normalised_once(text: str, line: str) -> None:
    d = Justification(change_summary=text, title=line, affected_packages=(PackageChange(line, text),))
    again = PackageChange(d.title, d.change_summary)
    assert Justification(title=d.title, change_summary=d.change_summary, affected_packages=(again,)) == d


# --- time


def is_linear(work: Callable[[int], object], size: int) -> bool:
    """Of four times the size; quadratic would be sixteen."""
    small = quickest(lambda turn: work(size), turns=2)
    return is_done_within(10 * small + 0.02, lambda turn: work(4 * size))


LONG = {
    "prose": "The quick brown fox. " * 20 + "\n",
    "fences that never close": "```a\n",
    "fences in turn": "```\n~~~\n  ````\n",
    "closed fences": "```\n# c\n```\n",
    "indented fences": "- a\n  ```\n# c\n",
    "headings": "# c\n",
    "tags": "<div>\n```\n\n",
    "comments": "<!--\n",
    "backslashes": "\\\\\\\\# c\n",
    "blank runs": "a" + " " * 500 + "b\n",
    "empty lines": "\n",
    "one line of backticks": "`" * 999,
    "one line of backslashes": "\\" * 999,
    "one line of blanks": " " * 999,
    "one line of dashes": " - " * 333,
    "one line of hashes": "#" * 999,
}


def round_trip(line: str, size: int) -> None:
    text = "a\n" + line * (size // len(line)) + "\nz"
    d = Justification(
        title=text,
        change_summary=text,
        api_changes=text,
        affected_packages=(PackageChange(text, text),),
        approvals=(Signature(text, text, datetime(2026, 11, 20), text),),
    )
    assert parse(render(d)) == d
    problems(d)


@pytest.mark.parametrize("line", LONG.values(), ids=LONG)
def test_time_is_linear_in_a_text(line: str) -> None:
    assert is_linear(partial(round_trip, line), 6_000)


def test_time_is_linear_in_packages() -> None:
    def work(count: int) -> None:
        changes = tuple(PackageChange(f"src/packages/p{n}", "- a\n- b") for n in range(count))
        assert parse(render(Justification(affected_packages=changes))).affected_packages == changes

    assert is_linear(work, 125)


def test_a_megabyte_in_every_field_survives() -> None:
    round_trip(LONG["prose"], 1_000_000)


# --- soak


@pytest.mark.soak
@given(documents | prose)
@thorough
def test_every_document_survives_many(d: Justification) -> None:
    check(d)
    assert top_headings(render(d), WITH_TABLES) == HEADINGS


@pytest.mark.soak
@given(additions.map(with_lines))
@thorough
def test_every_text_is_stable_many(text: str) -> None:
    check_stable(text)


@pytest.mark.soak
def test_five_lines_in_any_order_keep_their_section() -> None:
    orders = map("\n".join, product(STRUCTURE[:10], repeat=5))
    while three := list(islice(orders, 3)):
        check(document(dict(zip(PROSE, three, strict=False))))
