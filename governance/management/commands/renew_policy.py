"""`manage.py renew_policy`: after an upgrade, bind signatures to the document's new fields, if no board decides."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from rfcs import renewal
from rfcs.models import PolicyVersion


class Command(BaseCommand):
    help = "Add the next policy version with today's material fields, where nobody ever changed the policy."

    def handle(self, *args: Any, **options: Any) -> None:
        renewed = renewal.renew()
        if renewed is None:
            self.stdout.write("Nothing to renew.")
            return
        was = PolicyVersion.objects.get(version=renewed.version - 1).policy.material_fields
        added = ", ".join(name for name in renewed.policy.material_fields if name not in was)
        self.stdout.write(f"Policy {renewed.version} is in force: signatures now bind to {added} as well.")
