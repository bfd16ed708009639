import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

TIE = """
UPDATE rfcs_outage o SET event_id = e.id FROM rfcs_event e
WHERE e.stream = 'rfc:' || o.rfc_id AND e.kind = 'move.roll_back';
SET CONSTRAINTS ALL IMMEDIATE;
"""
"""Until now an outage was told of with a rollback alone, once for an RFC: that event is the one that speaks of it."""
APPEND_ONLY = pgtrigger.compiler.Trigger(
    name="outage_append_only",
    sql=pgtrigger.compiler.UpsertTriggerSql(
        func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
        hash="096a02fa987ddd86403d5f8e2b9a84e114c0be4c",
        operation="UPDATE OR DELETE",
        pgid="pgtrigger_outage_append_only_cf46b",
        table="rfcs_outage",
        when="BEFORE",
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("rfcs", "0019_window_range"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="outage", name="outage_append_only"),
        migrations.AlterModelOptions(name="outage", options={"ordering": ["started_at", "id"]}),
        migrations.RemoveConstraint(model_name="outage", name="outage_ends_after_it_starts"),
        migrations.RenameField(model_name="outage", old_name="recorded_by", new_name="by"),
        migrations.AlterField(model_name="outage", name="ended_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="outage", name="note", field=models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.AddField(
            model_name="outage",
            name="corrects",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="correction",
                to="rfcs.outage",
            ),
        ),
        migrations.AddField(model_name="outage", name="retracted", field=models.BooleanField(default=False)),
        migrations.AddField(
            model_name="outage",
            name="event",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="rfcs.event"
            ),
        ),
        migrations.RunSQL(TIE, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="outage",
            name="event",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="rfcs.event"),
        ),
        migrations.AddConstraint(
            model_name="outage",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_at", None), ("ended_at__gt", models.F("started_at")), _connector="OR"),
                name="outage_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="outage",
            constraint=models.CheckConstraint(
                condition=models.Q(("retracted", False), ("corrects__isnull", False), _connector="OR"),
                name="outage_retracts_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="outage",
            constraint=models.CheckConstraint(
                condition=models.Q(("corrects", models.F("id")), _negated=True), name="outage_corrects_another"
            ),
        ),
        pgtrigger.migrations.AddTrigger(model_name="outage", trigger=APPEND_ONLY),
    ]
