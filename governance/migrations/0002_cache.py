"""The table of Django's database cache: what `createcachetable` would make, as part of `migrate`."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql=[
                """
                CREATE TABLE governance_cache (
                  cache_key varchar(255) NOT NULL PRIMARY KEY,
                  value text NOT NULL,
                  expires timestamptz NOT NULL
                )
                """,
                "CREATE INDEX governance_cache_expires ON governance_cache (expires)",
            ],
            reverse_sql="DROP TABLE governance_cache",
        )
    ]
