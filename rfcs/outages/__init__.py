"""From when to when users were hit: on emergencies and hotfixes, and with every rollback."""
