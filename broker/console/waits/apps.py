from django.apps import AppConfig


class WaitsConfig(AppConfig):
    """Waits that stand in for a second person."""

    name = "broker.console.waits"
    label = "waits"

    def ready(self) -> None:
        """Register the job and what the events say of the rows."""
        from broker.audit import claims
        from broker.console.waits import claim, waiting  # noqa: F401 - importing registers the job

        claims.register(claim.WAITS)
