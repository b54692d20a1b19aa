"""Requested versus received."""

from django.apps import AppConfig


class CompletenessConfig(AppConfig):
    """What came, what is missing, and what was too much: its job, and the act that two people decide."""

    name = "requests_app.completeness"
    label = "completeness"

    def ready(self) -> None:
        """Join the job and the act."""
        from broker.approvals import acts
        from requests_app.completeness import disposing, telling  # noqa: F401 - importing registers the job

        acts.register(disposing.ACT)
