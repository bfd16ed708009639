"""CODEOWNERS as GitHub and GitLab read it."""

import os

import pytest

from breakwater import owners

DATA = "@org/data"


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "a", True),
        ("*", "a/b/c", True),
        ("*.js", "a.js", True),
        ("*.js", "deep/down/a.js", True),
        ("*.js", "a.jsx", False),
        ("/build/logs/", "build/logs/a", True),
        ("/build/logs/", "build/logs/deep/a", True),
        ("/build/logs/", "other/build/logs/a", False),
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/deep/a.md", False),
        ("apps/", "apps/a", True),
        ("apps/", "deep/apps/a", True),
        ("apps", "apps", True),
        ("/docs/", "docs/a", True),
        ("/docs/", "a/docs/a", False),
        ("/apps/github", "apps/github", True),
        ("/apps/github", "apps/github/deep/a", True),
        ("/apps/github", "apps/githubs", False),
        ("**/logs", "build/logs", True),
        ("**/logs", "logs/a", True),
        ("**/logs", "deep/scripts/logs/a", True),
        ("src/**/test", "src/a/b/test/x", True),
        ("src/**/test", "src/test/x", True),
        ("file?.txt", "file1.txt", True),
        ("a.c", "abc", False),
        ("a+b", "a+b", True),
        ("[z-a]", "z", False),
        (r"with\ blank/", "with blank/a", True),
        (r"\#sharp", "#sharp", True),
        ("Case", "case", False),
    ],
)
def test_a_pattern_matches_as_in_gitignore(pattern: str, path: str, matches: bool) -> None:
    assert owners.parse(f"{pattern} {DATA}").of(path) == ((DATA,) if matches else ())


def test_the_last_line_that_matches_wins() -> None:
    found = owners.parse("* @all\n/src/ @org/src @ada\n/src/x.py bob@example.org\n/src/none\n")

    assert [found.of(path) for path in ("README", "src/a", "src/x.py", "src/none")] == [
        ("@all",),
        ("@org/src", "@ada"),
        ("bob@example.org",),
        (),
    ]


def test_comments_blanks_and_line_ends_say_nothing() -> None:
    found = owners.parse("# * @nobody\r\n\r\n   \n  *.py\t@ada   @org/py # not @bob\r\n")

    assert found.of("a.py") == ("@ada", "@org/py")


def test_sections_count_side_by_side_and_bring_their_own_owners() -> None:
    text = (
        "* @all\n[Documentation][2] @docs\n*.md\nREADME.md @ada\n^[Code] @org/code\n*.py\n"
        "[documentation]\nguide/ @guide\n!guide/draft.md\n"
    )
    found = owners.parse(text)

    assert found.of("a.txt") == ("@all",)
    assert found.of("a.md") == ("@all", "@docs")
    assert found.of("README.md") == ("@all", "@ada")
    assert found.of("x.py") == ("@all", "@org/code")
    assert found.of("guide/x.md") == ("@all", "@guide")
    assert found.of("guide/draft.md") == ("@all",)


def test_a_package_is_owned_by_whoever_owns_a_new_file_in_it() -> None:
    found = owners.parse(f"*.md @docs\n/src/packages/data/ {DATA}\n")

    assert found.of_package("src/packages/data/one") == (DATA,)
    assert found.of_package("src/packages/software/two") == ()


@pytest.mark.parametrize("there", [owners.PLACES[at:] for at in range(len(owners.PLACES))], ids=lambda one: one[0])
def test_the_first_of_the_usual_places_counts(there: tuple[str, ...]) -> None:
    files = {place: f"* @{number}\n".encode() for number, place in enumerate(there)}

    assert owners.read(files.get).of("a") == ("@0",)


def test_no_file_means_no_owners() -> None:
    assert owners.read(lambda _: None).of("a") == ()


def test_bytes_that_are_no_text_match_what_git_calls_them() -> None:
    content = b"\xef\xbb\xbf/\xff\xfe/ @ada\n"

    assert owners.read(lambda _: content).of(os.fsdecode(b"\xff\xfe/a")) == ("@ada",)
