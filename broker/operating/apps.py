from django.apps import AppConfig


class OperatingConfig(AppConfig):
    """Backup, restore drill and doctor; no tables of its own."""

    name = "broker.operating"
    label = "operating"

    def ready(self) -> None:
        """Register what a deployment is refused for."""
        from django.core.checks import Tags, register

        from broker.operating.checks import database_chosen, nobody_rehearses, token_is_long

        register(database_chosen, Tags.security, deploy=True)
        register(token_is_long, Tags.security, deploy=True)
        register(nobody_rehearses, Tags.security, deploy=True)
