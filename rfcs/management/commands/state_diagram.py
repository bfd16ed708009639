"""`manage.py state_diagram`: draw docs/state-diagram.svg from the table of moves."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from rfcs.diagram import svg


class Command(BaseCommand):
    help = "Draw docs/state-diagram.svg from the table of moves."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.ROOT / "docs" / "state-diagram.svg"
        path.write_text(svg(), encoding="utf-8")
        self.stdout.write(f"Drew {path.relative_to(settings.ROOT)}.")
