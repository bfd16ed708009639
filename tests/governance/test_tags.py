from django.template import Context, Template
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from governance.pages.tags import code, initials, pure
from governance.turns import Turn, shortly


def test_backticks_set_code_and_nothing_else_is_markup() -> None:
    assert code("Split `station` into `site`") == "Split <code>station</code> into <code>site</code>"
    assert code("a ` alone and <b>`<i>`</b>") == "a <code> alone and &lt;b&gt;</code>&lt;i&gt;`&lt;/b&gt;"


@given(st.text(alphabet="`<>&\"'ab ", max_size=40))
def test_no_text_brings_markup_of_its_own(text: str) -> None:
    left = code(text).replace("<code>", "").replace("</code>", "")

    assert "<" not in left
    assert ">" not in left


def test_initials_are_those_of_the_first_two_names() -> None:
    assert [initials(name) for name in ("Ingrid Solberg", "kwame", "Ana de la Cruz", "")] == ["IS", "K", "AD", "?"]


def test_turn_of_many_names_two_and_counts_the_others() -> None:
    names = ("Ana", "Ben", "Cleo", "Dan")

    assert shortly([Turn(names, "Take a position.")]) == "Ana, Ben and 2 others: Take a position."
    assert shortly([Turn(names[:3], "Take a position.")]) == "Ana, Ben and 1 other: Take a position."
    assert shortly([Turn(names[:2], "Take a position.")]) == "Ana, Ben: Take a position."


def test_turn_calls_its_reader_you_also_where_they_stand_in() -> None:
    assert shortly([Turn(("Ana", "Ben"), "Sign.")], ["Ben"]) == "You and 1 other: Sign."
    assert shortly([Turn(("Ana (or Ben for them)",), "Sign.")], ["Ben"]) == "You: Sign."
    assert shortly([Turn(("Anabel",), "Sign.")], ["Ana"]) == "Anabel: Sign."


def test_whoever_is_waited_for_twice_is_named_once_in_a_row() -> None:
    turns = [Turn(("Ana",), "File it."), Turn(("Ben",), "Sign."), Turn(("Ana",), "Tick it.")]

    assert shortly(turns[:2]) == "Ana: File it. Ben: Sign."
    assert shortly(turns[::2]) == "Ana: File it. Tick it."


def test_what_is_the_readers_is_said_before_what_others_do() -> None:
    turns = [Turn(("Ana",), "File it."), Turn(("Ben",), "Sign."), Turn(("A steward",), "Name one.")]

    assert shortly(turns, ["Cleo", "A steward"]) == "You: Name one. Ana: File it."


def test_component_is_drawn_once_for_equal_values_and_anew_for_others() -> None:
    one = pure("components/icon.html", name="bell")

    assert pure("components/icon.html", name="bell") is one
    assert "#bell" in one
    assert "#list" in pure("components/icon.html", name="list")


def test_what_is_safe_lends_its_looks_to_no_equal_text() -> None:
    text = "<b>bold</b>"

    assert text in pure("components/state_badge.html", state="x", label=mark_safe(text))  # noqa: S308
    assert text not in pure("components/state_badge.html", state="x", label=text)


def test_path_breaks_after_its_slashes_and_escapes_all_else() -> None:
    html = Template("{{ text|path }}").render(Context({"text": "src/<b>/a&b"}))

    assert html == "src/<wbr>&lt;b&gt;/<wbr>a&amp;b"


def test_nobody_has_no_name() -> None:
    assert Template("{{ user|display_name }}").render(Context({"user": None})) == ""
