from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The officer's screens."""

    name = "broker.console"
    label = "console"

    def ready(self) -> None:
        """Register the jobs of the console."""
        from broker.console import canary, watch  # noqa: F401 - importing registers
        from broker.console.glass import telling  # noqa: F401 - importing registers
