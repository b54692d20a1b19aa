from django.apps import AppConfig


class WaitsConfig(AppConfig):
    """Waits that stand in for a second person."""

    name = "broker.console.waits"
    label = "waits"

    def ready(self) -> None:
        """Register the job, what the events say of the rows, and what a customer can say no to."""
        from broker.audit import claims
        from broker.console.waits import claim, hers, waiting  # noqa: F401 - importing registers the job
        from consents import asked

        claims.register(claim.WAITS)
        asked.register_noes("waits", hers.open_ones)
