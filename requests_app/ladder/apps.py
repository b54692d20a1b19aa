"""The ladder of requests."""

from django.apps import AppConfig


class LadderConfig(AppConfig):
    """Registers the walk over the open requests and the act of two people at its end."""

    name = "requests_app.ladder"
    label = "ladder"

    def ready(self) -> None:
        """Join the jobs and the act."""
        from broker.approvals import acts
        from requests_app.ladder import asking, climbing, deciding, telling  # noqa: F401 - importing registers them

        acts.register(deciding.ACT)
