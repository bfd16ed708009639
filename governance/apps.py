from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        import governance.checks  # noqa: F401, PLC0415 - registers the checks; Django asks for the import here
