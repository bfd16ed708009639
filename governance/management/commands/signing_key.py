"""Make a key that signs bundles, or show the ids of those that do."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.exporting import keys


class Command(BaseCommand):
    help = "Print a new key for SIGNING_KEY, or with --show the public keys that this portal publishes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--show", action="store_true", help="the public keys in use, not a new one")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["show"]:
            for public, is_current in keys.published():
                self.stdout.write(f"{public.id}  {public.text}  {'signs now' if is_current else 'past'}")
            return
        key = keys.new()
        self.stdout.write(f"SIGNING_KEY={keys.encoded(key.seed)}")
        self.stdout.write(f"# Its public half, for SIGNING_KEYS_PAST once another key signs: {key.public.text}")
        self.stdout.write(f"# Its id, as bundles name it: {key.public.id}")
