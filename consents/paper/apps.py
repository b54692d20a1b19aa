"""Consents that were signed on paper."""

from django.apps import AppConfig


class PaperConfig(AppConfig):
    """Registers the two-person act and the job that makes the file for the co-op."""

    name = "consents.paper"
    label = "paper"

    def ready(self) -> None:
        """Name the act: whoever enters a letter never decides about it."""
        from broker.approvals import acts
        from consents.paper import granting

        acts.register(granting.ACT)
