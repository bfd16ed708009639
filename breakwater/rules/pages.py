"""A rule as a page of `docs/rules/` and as what `--explain` prints."""

from collections.abc import Iterable

from breakwater.findings import Rule

_NOTE = "<!-- Made from the code by `python -m tools.rules`; change it there. -->"


def explained(rule: Rule) -> str:
    """The rule as plain text, examples indented."""
    parts = [f"{rule.id} {rule.name} ({rule.level})", rule.summary, rule.why, rule.mend and f"To mend it: {rule.mend}"]
    parts += [f"Bad:\n\n{_indented(rule.bad)}", f"Good:\n\n{_indented(rule.good)}"]
    return "\n\n".join(filter(None, parts)) + "\n"


def page(rule: Rule) -> str:
    """The rule as Markdown."""
    parts = [_NOTE, f"# {rule.id} {rule.name}", f"Level: {rule.level}. {rule.summary}", rule.why]
    parts += [rule.mend and f"To mend it: {rule.mend}", "## Bad", _fenced(rule.bad, rule.language)]
    parts += ["## Good", _fenced(rule.good, rule.language)]
    return "\n\n".join(filter(None, parts)) + "\n"


def index(rules: Iterable[Rule]) -> str:
    """The page that lists them all."""
    rows = [f"| [{rule.id}]({rule.id}.md) | {rule.name} | {rule.level} | {rule.summary} |" for rule in rules]
    return "\n".join((_NOTE, "", "# Rules", "", "| rule | name | level | finds |", "|---|---|---|---|", *rows)) + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.strip("\n").split("\n"))


def _fenced(text: str, language: str) -> str:
    fence = "````" if "```" in text else "```"
    body = text.strip("\n")
    return f"{fence}{language}\n{body}\n{fence}"
