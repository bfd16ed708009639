"""Every icon that a page names is in the sprite: a missing one is an empty circle that nobody reports."""

import re
from pathlib import Path

from governance.pages.record import panels

ROOT = Path(__file__).resolve().parents[2]
SPRITE = set(re.findall(r'id="([a-z0-9_-]+)"', (ROOT / "static/icons.svg").read_text()))


def test_icons_of_the_templates_are_in_the_sprite():
    named = {
        name
        for page in (ROOT / "templates").rglob("*.html")
        for name in re.findall(
            r'components/icon\.html" name="([a-z0-9_-]+)"|[ (]icon="([a-z0-9_-]+)"', page.read_text()
        )
        for name in name
        if name
    }

    assert named - SPRITE == set()
    assert len(named) > 10


def test_icons_of_the_history_are_in_the_sprite():
    assert set(panels.ICONS.values()) - SPRITE == set()
