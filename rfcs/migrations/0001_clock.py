"""The one source of time, before any table that asks it."""

from django.db import migrations

from rfcs.clock import NOW_SQL


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(NOW_SQL, "DROP FUNCTION breakwater_now()")]
