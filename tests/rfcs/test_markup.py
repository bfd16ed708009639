"""Row 24 of the trust plan, and what the renderer is for: structure kept, everything active gone."""

import re
from time import process_time

import pytest

from rfcs.markup import html
from tests.journeys.corpus import CORPUS

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
    def seconds(lines: int) -> float:
        start = process_time()
        html("- a line of text with `code`\n" * lines)
        return process_time() - start

    seconds(500)
    assert seconds(4_000) / seconds(1_000) < 16
