"""manage.py remove_factors ada: for a person who lost phone, keys and recovery codes, and was recognised otherwise."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.accounts import factors


class Command(BaseCommand):
    help = "Remove all passkeys, the authenticator app and the recovery codes of one account; its owner is told."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no account {options['username']}.")
        removed = factors.remove_all(user)
        self.stdout.write(f"{removed} removed; the password alone opens the account of {user.get_username()} now.")
