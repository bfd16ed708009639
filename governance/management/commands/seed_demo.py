"""`manage.py seed_demo`: the sample data, once; fresh API tokens for its accounts, at every start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from governance.demo import accounts, people, telling
from rfcs.models import RFC


class Command(BaseCommand):
    help = "Fill an empty portal with sample data, renew the demo accounts' API tokens and write var/demo.json."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.BREAKWATER_ENV == "production":
            raise CommandError(
                "The sample data comes with public passwords, so production does not take it; "
                "set BREAKWATER_ENV=demo for a portal to try things out."
            )
        if RFC.objects.exists():
            self.stdout.write("The portal has RFCs already; no sample data is added.")
        else:
            self._seed()
        renewed = accounts.renew()
        path = accounts.publish(renewed)
        self.stdout.write(f"{len(renewed)} accounts with fresh API tokens are listed in {path}.")

    @transaction.atomic
    def _seed(self) -> None:
        people.move_in()
        told = telling.tell(self.stdout.write)
        self.stdout.write(f"The stories of {told} RFCs are written.")
