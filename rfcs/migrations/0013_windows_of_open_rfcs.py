"""The days of RFCs that are open already, from their current revision."""

from django.db import migrations

FILL = """
WITH days AS (
  SELECT rfc.id, revision.content_json->'timeline' AS timeline
  FROM rfcs_rfc rfc JOIN rfcs_revision revision ON revision.id = rfc.revision_id
)
UPDATE rfcs_rfc rfc SET
  window_start = LEAST(
    (timeline #>> '{development,start}')::date, (timeline #>> '{testing,start}')::date,
    (timeline #>> '{deployment,start}')::date),
  window_end = GREATEST(
    (timeline #>> '{development,end}')::date, (timeline #>> '{testing,end}')::date,
    (timeline #>> '{deployment,end}')::date),
  deploy_start = (timeline #>> '{deployment,start}')::date,
  deploy_end = (timeline #>> '{deployment,end}')::date
FROM days WHERE days.id = rfc.id AND rfc.state NOT IN ('closed', 'rejected', 'withdrawn', 'rolled_back')
"""


class Migration(migrations.Migration):
    dependencies = [("rfcs", "0012_impact")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
