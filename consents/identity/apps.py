from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "consents.identity"
    label = "identity"

    def ready(self) -> None:
        """Register the jobs of the notice."""
        from consents.identity import notice  # noqa: F401 - importing registers
