from django.apps import AppConfig


class ConsentsConfig(AppConfig):
    name = "consents"

    def ready(self) -> None:
        """Register the jobs of a consent."""
        from consents import life_work, work  # noqa: F401 - importing registers
