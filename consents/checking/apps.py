from django.apps import AppConfig


class CheckingConfig(AppConfig):
    name = "consents.checking"
    label = "checking"

    def ready(self) -> None:
        """Register the job that forgets counted tries."""
        from consents.checking import work  # noqa: F401 - importing registers
