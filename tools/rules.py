"""Write the pages of `docs/rules/` from the rules.

usage: python -m tools.rules
"""

import sys
from pathlib import Path

from breakwater.rules import all_rules, pages

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "rules"


def made() -> dict[str, str]:
    """File name -> text, for every page."""
    rules = list(all_rules())
    return {"README.md": pages.index(rules)} | {f"{rule.id}.md": pages.page(rule) for rule in rules}


def main() -> int:
    """Write every page and remove those of rules that are gone."""
    FOLDER.mkdir(exist_ok=True)
    texts = made()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for old in FOLDER.glob("*.md"):
        if old.name not in texts:
            old.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
