from django.apps import AppConfig


class CeremonyConfig(AppConfig):
    name = "consents.ceremony"
    label = "ceremony"

    def ready(self) -> None:
        """Register the job that ends a draft."""
        from consents.ceremony import ending  # noqa: F401 - importing registers
