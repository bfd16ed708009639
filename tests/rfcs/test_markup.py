"""Row 24 of the trust plan, and what the renderer is for: structure kept, everything active gone."""

import re
from collections.abc import Callable

import pytest

from rfcs import limits, markup
from rfcs.content import TEXTS
from rfcs.markup import html
from tests.journeys.corpus import CORPUS
from tests.timing import is_done_within, quickest

ACTIVE = re.compile(
    r"<(?!/?(?:h[1-6]|p|br|hr|blockquote|ul|ol|li|pre|code|em|strong|s|a|table|thead|tbody|tr|th|td)\b)[a-z!?/]"
    r"|<[a-z0-9]+[^>]*\s(?!href=|title=|start=|rel=)[a-z:-]+\s*="
    r"|href=\"(?!https?:|mailto:|/|#)",
    re.I,
)


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_active_is_left(text):
    assert ACTIVE.search(html(text)) is None


@pytest.mark.parametrize(
    "attribute", ["hx-get='/logout/'", "data-confirm='x'", "style='color:red'", "form='f'", "id='main'"]
)
def test_attributes_of_the_page_are_stripped(attribute):
    shown = html(f"<p {attribute}>text</p>")

    assert ACTIVE.search(shown) is None
    assert "text" in shown


def test_structure_is_kept():
    shown = html("## Plan\n\n1. Revert\n2. Deploy\n\n```sh\n# a comment\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")

    for tag in ("<h2>Plan</h2>", "<ol>", "<li>Revert</li>", "# a comment", "<table>", "<td>2</td>"):
        assert tag in shown


def test_nested_lists_by_two_spaces_are_nested():
    shown = html("- **API Changes**:\n\n  - one\n  - two\n")

    assert shown.count("<ul>") == 2


def test_bullets_after_a_nested_list_stay_at_their_level():
    shown = html("- **API Changes**:\n\n  - one\n  - two\n- **Data Changes**: none\n")

    assert shown.index("</ul>") < shown.index("Data Changes")


def test_markup_in_the_text_is_shown_and_not_lost():
    assert "&lt;div&gt;" in html("Use <div> here.")


def test_links_tell_nothing_about_the_portal():
    assert 'rel="noopener noreferrer"' in html("[a](https://example.org/)")


def test_tables_of_ten_thousand_lines_take_linear_time():
    line = "- a line of text with `code`\n"
    html(line * 500)

    assert is_done_within(
        14 * quickest(rendered(line * 1_000)), rendered(line * 4_000)
    )  # linear is four, quadratic sixteen


def rendered(text: str) -> Callable[[int], str]:
    """What was rendered once is kept, so each turn has a text of its own."""
    return lambda turn: html(f"{turn}\n\n{text}")


HEAVY = [
    *("![", "[", "[a](", "[a][", "[a\n", "![\n", "*a ", "**", "_a*", "*a**b_", "`", "`a ", "<", "<a\n", "&", "\\"),
    *("> ", ">\n", ">a\n", "- ", "- a\n", "- - - - a\n", "1. a\n", "|a|\n", "a|b\n-|-\n", "|a|b|\n|-|-|\n", "a\n"),
    "# ",
    "~~a",
    "![" + "a*" * 24,
    "".join(f"{'  ' * depth}- a\n" for depth in range(18)),
    f"{'|'.join('a' * 200)}\n{'|'.join('-' * 200)}\n{'x' * 10}\n" + "x\n" * 20_000,
    ">" * 100 + "a\n" + "a\n" * 24_000,
]


@pytest.mark.parametrize("piece", HEAVY, ids=lambda piece: repr(piece[:12]))
def test_a_document_of_nothing_but_markup_is_shown_at_once(piece):
    field = (piece * (limits.TEXT // len(piece) + 1))[: limits.TEXT]

    assert is_done_within(3, rendered("\n\n".join(field for _ in TEXTS)))


def test_what_would_take_the_square_of_its_length_is_shown_as_typed():
    text = "![" * 25_000

    assert not markup.is_bounded(text)
    assert html(f"<b>{text}") == f"<pre>&lt;b&gt;{text}</pre>"


@pytest.mark.parametrize("unit", ["![", "[", "[a](", "[a\n", "- a\n", "|a|b|\n|-|-|\n", "*a "])
def test_four_times_the_text_takes_no_sixteen_times_the_time(unit):
    longest = next(n for n in range(40_000, 0, -500) if markup.is_bounded(unit * n))
    html(unit * 100)

    assert is_done_within(12 * max(quickest(rendered(unit * (longest // 4))), 0.02), rendered(unit * longest))


def test_a_long_document_that_people_write_is_rendered():
    prose = "The *invoice* names its `currency`, see [the issue](https://example.org/1) for more. " * 60
    parts = "\n".join(f"- A step that is **number {n}** of the plan" for n in range(300))
    table = "| Package | Change | Severity |\n|---|---|---|\n" + "| `src/core` | reads it | high |\n" * 100
    text = f"## Part\n\n{prose}\n\n{parts}\n\n{table}\n\n"

    shown = html("\n".join(text for _ in range(9)))

    assert markup.is_bounded(text * 9)
    assert shown.count("<table>") == 9


def test_memory_holds_only_short_documents():
    markup._kept.cache_clear()

    html("a " * markup.LONGEST_KEPT)

    assert markup._kept.cache_info().currsize == 0


# Comments ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_active_is_left_of_a_comment(text):
    shown = markup.comment_html(f"@ada {text}", {"ada": '"><script>x</script>'})

    assert ACTIVE.search(shown.replace('<span class="mention">', "").replace("</span>", "")) is None


def test_a_mention_is_a_chip_with_the_name_and_an_unknown_one_stays_text():
    assert markup.comment_html("@ada.l, @eve", {"ada.l": "Ada L"}) == (
        '<p><span class="mention">@Ada L</span>, @eve</p>\n'
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@ada", {"ada"}),
        ("(@ada), **@bob.smith**.", {"ada", "bob.smith"}),
        ("> @ada\n\n- @bob\n\n| @eve |\n|---|\n| @kim |", {"ada", "bob", "eve", "kim"}),
        ("[@ada](https://example.org/)", {"ada"}),
        ("`@ada` \\@ada <ada@ada.org> ada@ada x/@ada @", set()),
        ("    @ada\n\n```\n@ada\n```", set()),
    ],
)
def test_mentions_are_found_where_they_are_text(text, named):
    assert markup.mentions(text) == named


def test_a_heading_in_a_comment_leaves_the_outline_alone():
    assert markup.comment_html("# Loud", {}) == "<p><strong>Loud</strong></p>\n"


@pytest.mark.parametrize("text", ["@" * 20_000, "@a" * 10_000, ("@" + "a." * 70 + " ") * 140, "[@a" * 6_000])
def test_hostile_mentions_cost_no_more_than_their_length(text):
    assert is_done_within(5, lambda turn: (markup.mentions(text), markup.comment_html(text, {"a": "A"})))
