"""Commit messages: the process's own example, what breaks its rules, and what survives a round trip."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.commits import TYPES, CommitError, Footer, Message, Problem, breaks, clean, compose, parse, problems
from tests.timing import is_done_within

ROOT = Path(__file__).parents[2]
EXAMPLE = """\
feat!: update shared detection interface

BREAKING CHANGE: Modified DetectionInterface to support new result format

- Updated src/packages/data/anomaly_detection/
- Updated src/packages/software/interfaces/
- Updated src/packages/software/core/

Closes #123
"""
PATHS = (
    "src/packages/data/anomaly_detection/",
    "src/packages/software/interfaces/",
    "src/packages/software/core/",
)
TOUCHED = frozenset(path.rstrip("/") for path in PATHS)
SCISSORS = "# ------------------------ >8 ------------------------"


def rules(text: str, touched: frozenset[str] | None = None) -> list[str]:
    return [problem.rule for problem in problems(text, touched=touched)]


# Reading


def test_the_process_example_is_read() -> None:
    assert parse(EXAMPLE) == Message(
        type="feat",
        summary="update shared detection interface",
        breaking=True,
        breaking_change="Modified DetectionInterface to support new result format",
        updated=PATHS,
        closes=("123",),
    )


def test_the_process_example_is_written() -> None:
    assert compose(parse(EXAMPLE)) == EXAMPLE


def test_a_body_scope_and_footers_are_read() -> None:
    message = parse("Fix(core)!: a: b\n\nBody\nSee: this\n\nRefs #5\nReviewed-by: Z\nmore\n\nstill\nCloses #1, #2\n")
    assert (message.type, message.scope, message.summary, message.breaking) == ("fix", "core", "a: b", True)
    assert message.body == "Body\nSee: this"
    assert message.footers == (Footer("Refs", "#5"), Footer("Reviewed-by", "Z\nmore\n\nstill"))
    assert message.closes == ("1", "2")


@pytest.mark.parametrize(
    "footer", ["BREAKING CHANGE: x", "BREAKING-CHANGE: x", "BREAKING CHANGE:x", "BREAKING CHANGE:\nx"]
)
def test_spellings_of_the_footer(footer: str) -> None:
    assert parse(f"feat: s\n\n{footer}").breaking_change == "x"


def test_the_footer_is_read_in_a_paragraph_too() -> None:
    assert parse("feat: s\n\nbody\nBREAKING CHANGE: x").breaking_change == "x"


def test_several_breaking_footers_are_one() -> None:
    message = parse("feat!: s\n\nBREAKING CHANGE: x\n- Updated a\nRefs: r\nBREAKING-CHANGE: y\n* updated `b/`")
    assert (message.breaking_change, message.updated) == ("x\n\ny", ("a", "b/"))


def test_the_list_ends_at_the_next_footer() -> None:
    message = parse("feat!: s\n\nBREAKING CHANGE: x\n\n- Updated a/\nRefs: r\n- Updated b/")
    assert message.updated == ("a/",)
    assert message.footers == (Footer("Refs", "r\n- Updated b/"),)


def test_text_after_closes_does_not_hide_the_issue() -> None:
    text = EXAMPLE + "(cherry picked from commit 0123456)\n"
    assert parse(text).closes == ("123",)
    assert compose(parse(text)) == text


def test_an_issue_named_twice_is_written_once() -> None:
    message = Message("fix", "s", closes=("1", "2"), footers=(Footer("Closes", "#1 and more"),))
    assert compose(message) == "fix: s\n\nCloses #2\nCloses #1 and more\n"
    assert parse(compose(message)) == message


def test_comments_are_content_of_a_stored_message() -> None:
    assert parse("fix: s\n\n# Why\ntext").body == " # Why\ntext"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "the message is empty"),
        ("Update stuff", "it must read `type(scope)!: summary`"),
        ("feat: ", "the summary after the colon is missing"),
        ("feat(a)!:x", "a space must follow the colon"),
        ("feat(): x", "the scope between the brackets is empty"),
        ("feat !: x", "no space may precede the colon"),
        ("feat!(a): x", "the `!` stands after the scope"),
        ("feat(a: x", "it must read `type(scope)!: summary`"),
        ("\ufefffeat: x", "it must read `type(scope)!: summary`"),
    ],
)
def test_an_unreadable_header_says_why(header: str, reason: str) -> None:
    with pytest.raises(CommitError) as caught:
        parse(header)
    assert str(caught.value) == f"The header {header.rstrip()!r} cannot be read: {reason}."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (EXAMPLE, True),
        ("feat(x)!: s", True),
        ("Merge it\n\nBREAKING-CHANGE: x", True),
        ("fix: s\n\nthis is not a breaking change", False),
        ("fix: s\n\nthis is not a BREAKING CHANGE: really", False),
        ("fix: s!\n\nBREAKING CHANGE is what this is not", False),
        ("fix: s\n\nBreaking change: none", False),
        ("", False),
    ],
)
def test_breaks(text: str, expected: bool) -> None:
    assert breaks(text) is expected


# Cleaning


def test_clean_does_what_git_does() -> None:
    text = f"\r\n# c\r\nfeat: s  \r\n\r\n# c\r\n\r\n #kept\t\r\n\r\n{SCISSORS}\r\n# Do not touch.\r\ndiff --git\r\n"
    assert clean(text) == "feat: s\n\n #kept\n"
    assert clean(f"; x\nfeat: s\n#1\n;{SCISSORS[1:]}\ndiff", comment=";") == "feat: s\n#1\n"
    assert clean("feat: s\n#1\n\n\n", comment="") == "feat: s\n#1\n"
    assert clean("# only\n\n") == ""


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["a", "#", " ", "\t", "\n", "\r", "\v", "\u00a0", "é"])).map("".join))
def test_clean_agrees_with_git_stripspace(text: str) -> None:
    command = ["git", "stripspace", "--strip-comments"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True, cwd="/")
    assert clean(text).encode() == done.stdout


# Judging


GOOD = {
    "example": EXAMPLE,
    "example, CRLF": EXAMPLE.replace("\n", "\r\n"),
    "example as the hook gets it": f"{EXAMPLE}\n# Please enter\n{SCISSORS}\n# Do not\ndiff --git a b\n",
    "hyphen": EXAMPLE.replace("BREAKING CHANGE", "BREAKING-CHANGE"),
    "scope and capitals": EXAMPLE.replace("feat!", "Feat(core)!"),
    "body": EXAMPLE.replace("\n\nBREAKING", "\n\nThis is why.\n\nBREAKING"),
    "issues": EXAMPLE.replace("#123", "#123, #124"),
    "trailer": f"{EXAMPLE}Signed-off-by: A <a@example.org>\n",
    "prose": "fix: s\n\nthis is not a breaking change\n",
    "prose in capitals": "fix: s\n\nIt is no BREAKING CHANGE: the name stays.\n",
    "ordinary": "docs(readme): say what it does",
    "list of an ordinary message": "chore: s\n\n- Updated src/packages/a/b/\n",
    "merge": "Merge branch 'main' into topic\n",
    "revert": 'Revert "feat!: s"\n\nThis reverts commit 0123456.\n',
    "fixup": "fixup! feat!: s\n",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_good_messages(text: str) -> None:
    assert problems(text) == ()


@pytest.mark.parametrize("kind", TYPES)
def test_every_known_type(kind: str) -> None:
    assert problems(f"{kind}: s") == ()
    assert problems(EXAMPLE.replace("feat", kind), touched=TOUCHED) == ()


LIST = "\n".join(f"- Updated {path}" for path in PATHS)
BAD = {
    "mark without footer": (EXAMPLE.replace("BREAKING CHANGE: ", ""), "CM001", 1),
    "footer in small letters": (EXAMPLE.replace("BREAKING CHANGE", "Breaking Change"), "CM001", 1),
    "footer without mark": (EXAMPLE.replace("!", ""), "CM002", 3),
    "hyphened footer without mark": (EXAMPLE.replace("!", "").replace("G C", "G-C"), "CM002", 3),
    "empty footer": (EXAMPLE.replace(" Modified DetectionInterface to support new result format", ""), "CM003", 3),
    "unknown type": (EXAMPLE.replace("feat", "feature"), "CM004", 1),
    "unknown type, ordinary": ("wip: s", "CM004", 1),
    "no type": (EXAMPLE.replace("feat!: ", ""), "CM004", 1),
    "no space": (EXAMPLE.replace("!: ", "!:"), "CM004", 1),
    "no blank line": (EXAMPLE.replace("\n\nBREAKING", "\nBREAKING"), "CM004", 2),
    "empty": ("# nothing\n", "CM004", 1),
    "no list": (EXAMPLE.replace(LIST, ""), "CM005", 3),
    "list before the footer": (EXAMPLE.replace(LIST, "").replace("BREAKING", f"{LIST}\n\nBREAKING"), "CM005", 7),
    "list after the footer": (EXAMPLE.replace(LIST, f"Refs: r\n\n{LIST}"), "CM005", 3),
    "no issue": (EXAMPLE.replace("Closes #123", ""), "CM007", 1),
    "issue only referred to": (EXAMPLE.replace("Closes", "Refs"), "CM007", 1),
    "issue with a suffix": (EXAMPLE.replace("#123", "#123rd"), "CM007", 1),
    "issue without number": (EXAMPLE.replace("#123", "#soon"), "CM007", 1),
    "behind comments": (f"# c\n\n{EXAMPLE.replace('!', '')}", "CM002", 5),
}


@pytest.mark.parametrize(("text", "rule", "line"), BAD.values(), ids=BAD.keys())
def test_bad_messages(text: str, rule: str, line: int) -> None:
    assert [(problem.rule, problem.line) for problem in problems(text)] == [(rule, line)]


def test_every_problem_is_found_at_once() -> None:
    assert rules("fix: s\n\nBREAKING CHANGE:\n") == ["CM002", "CM003", "CM005", "CM007"]
    assert rules("wip!: s") == ["CM001", "CM004", "CM007"]


def test_a_merge_does_not_hide_a_break() -> None:
    assert "CM002" in rules("Merge branch 'a'\n\nBREAKING CHANGE: x\n")


def test_the_list_is_compared_with_the_change() -> None:
    assert rules(EXAMPLE, TOUCHED) == []
    assert rules(EXAMPLE, frozenset(PATHS) | {"//root"}) == []
    assert rules(EXAMPLE, frozenset()) == []
    assert rules("fix: s", TOUCHED) == []
    assert rules(EXAMPLE.replace(LIST, ""), frozenset({"//root"})) == []


def test_the_difference_is_named() -> None:
    touched = TOUCHED - {"src/packages/software/core"} | {"src/packages/a/z", "src/packages/a/b"}
    (problem,) = problems(EXAMPLE, touched=touched)
    assert problem == Problem(
        "CM005",
        "The `- Updated` list differs from this change: it leaves out src/packages/a/b, src/packages/a/z; "
        "it names src/packages/software/core, untouched.",
        3,
    )


# Writing


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Message("feat", " \n"), "The summary is empty."),
        (Message("feat", "a\nb"), "The summary must be a single line."),
        (Message("feat", "a\u2028b"), "The summary must be a single line."),
        (Message("feature", "s"), f"The type 'feature' is unknown: use one of {', '.join(TYPES)}."),
        (Message("feat", "s", scope="a)b"), "The scope must be a single line without brackets."),
        (Message("feat", "s", closes=("soon",)), "An issue is named by its number, not 'soon'."),
        (
            Message("feat", "s", footers=(Footer("Two words", "v"),)),
            "A footer's token is one word of letters, digits and hyphens, not 'Two words'.",
        ),
        (
            Message("feat", "s", updated=("a",)),
            "The `- Updated` list stands inside the `BREAKING CHANGE:` footer, and there is none.",
        ),
    ],
)
def test_what_cannot_be_written(message: Message, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        compose(message)


def test_fields_are_made_to_fit() -> None:
    message = Message(
        "Feat ",
        " s ",
        body="\n\nNote: x\n# c\n\n\nBREAKING CHANGE: no \0\r\n",
        breaking_change="x\n- Updated a \nRefs: r",
        updated=("` b/` ", ""),
        closes=("#1", "1"),
        footers=(Footer("BREAKING-CHANGE", "y"), Footer("closes", "#2"), Footer("Empty", " ")),
    )
    assert message == Message(
        "feat",
        "s",
        body=" Note: x\n # c\n\n BREAKING CHANGE: no",
        breaking_change="x\n Refs: r\n\ny",
        updated=("b/", "a"),
        closes=("1", "2"),
    )
    assert parse(compose(message)) == message


PIECES = (
    *(
        "a",
        "é",
        " ",
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        "\t",
        "\0",
        "\v",
        "\x1c",
        "\x85",
        "\u2028",
        "\ud800",
        "#",
        "#12",
        ", #3",
    ),
    *("!", ":", ": ", "(", ")", "`", ".", "BREAKING CHANGE: ", "BREAKING-CHANGE:", "BREAKING CHANGE #", "Closes #7"),
    *("\n- Updated src/a", "- Updated ", "* updated `b`", "feat: ", "Refs: ", "Refs #", "closes: ", f"\n{SCISSORS}\n"),
)
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=8).map("".join)
LINE = HOSTILE.map(lambda text: " ".join(text.replace("\0", "").split()))
ISSUES = st.lists(st.integers(0, 30).map(str), max_size=3).map(tuple)
TOKENS = st.sampled_from(["Closes", "closes", "Refs", "Signed-off-by", "BREAKING CHANGE", "BREAKING-CHANGES", "X-1"])
MESSAGES = st.builds(
    Message,
    type=st.sampled_from(TYPES),
    summary=LINE.map(lambda text: f"{text}s"),
    scope=LINE.map(lambda text: text.replace("(", "").replace(")", "")),
    breaking=st.booleans(),
    body=HOSTILE,
    breaking_change=HOSTILE,
    updated=st.lists(HOSTILE, max_size=3).map(tuple),
    closes=ISSUES,
    footers=st.lists(st.builds(Footer, TOKENS, HOSTILE), max_size=3).map(tuple),
)
WILD = st.builds(
    Message,
    type=st.sampled_from(TYPES) | HOSTILE,
    summary=HOSTILE,
    scope=HOSTILE,
    body=HOSTILE,
    breaking_change=st.none() | HOSTILE,
    updated=st.lists(HOSTILE, max_size=1).map(tuple),
    closes=st.lists(HOSTILE, max_size=1).map(tuple),
    footers=st.lists(st.builds(Footer, TOKENS | HOSTILE, HOSTILE), max_size=2).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(MESSAGES)
def test_a_message_survives_the_round_trip(message: Message) -> None:
    text = compose(message)
    assert parse(text) == message
    assert clean(text) == text
    assert compose(parse(text)) == text
    assert breaks(text) is message.is_breaking
    assert "CM004" not in rules(text)
    assert text.encode()


@settings(max_examples=120, deadline=None)
@given(WILD)
def test_a_message_is_refused_or_survives(message: Message) -> None:
    try:
        text = compose(message)
    except ValueError:
        return
    assert parse(text) == message


@settings(max_examples=120, deadline=None)
@given(HOSTILE | HOSTILE.map(lambda text: f"feat!: s\n\n{text}"))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in problems(text))
    try:
        message = parse(text)
    except CommitError:
        assert rules(text) != [] or clean(text) != text
    else:
        assert message.is_breaking is breaks(text)


# Cost


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        "\n",
        "\r",
        "#",
        "a-",
        "a: b\n",
        "(",
        "!",
        "#1,",
        "#1 , ",
        "- Updated a\n",
        "Closes #1, #2 x\n",
        "\n\nA: b",
    ],
)
def test_linear_time(piece: str) -> None:
    texts = [head + piece * (90_000 // len(piece)) for head in ("", "feat", "feat!: s\n\nBREAKING CHANGE: x\n")]

    assert is_done_within(3, lambda turn: [(problems(text), breaks(text)) for text in texts])


def test_the_import_is_light() -> None:
    probe = "import sys, breakwater.commits; print('django' in sys.modules or 'hypothesis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("token", ["BREAKING CHANGES", "BREAKING-CHANGES"])
def test_a_plural_footer_is_told_and_judged_as_the_break_that_it_means(token: str) -> None:
    """Unmarked it passed in silence, as prose."""
    text = EXAMPLE.replace("BREAKING CHANGE", token)

    assert problems(text, touched=TOUCHED) == (
        Problem("CM010", f"`{token}:` is no footer that tools look for: write `BREAKING CHANGE:`.", 3),
    )
    assert rules("feat: s\n\n" + text.partition("\n\n")[2], TOUCHED) == ["CM002", "CM010"]
    assert compose(parse(text)) == EXAMPLE
    assert rules("feat: s\n\nNo breaking changes: none.\n\nBREAKING CHANGES are listed elsewhere.") == []
