"""The tests' database is a copy of one that was migrated once: a copy of what the migrations of today make."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tools import template


@pytest.mark.django_db
def test_copy_has_every_migration() -> None:
    executor = MigrationExecutor(connection)

    assert connection.settings_dict["TEST"]["TEMPLATE"] == template.PREFIX + template.digest(template.sources())
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_name_changes_with_a_migration(tmp_path) -> None:
    """Its text, its name, and whether it is there."""
    one, other = tmp_path / "0001_initial.py", tmp_path / "0002_more.py"
    one.write_text("a = 1")
    other.write_text("a = 1")
    names = [template.digest(paths) for paths in ([one], [other], [one, other])]
    one.write_text("a = 2")

    assert len({*names, template.digest([one])}) == 4
