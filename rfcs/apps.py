from django.apps import AppConfig


class RfcsConfig(AppConfig):
    name = "rfcs"
    verbose_name = "RFCs"

    def ready(self) -> None:
        import rfcs.checks  # noqa: F401, PLC0415 - registers the checks; Django asks for the import here
