"""The recipients' own pages."""

from django.apps import AppConfig


class RecipientsConfig(AppConfig):
    """Registers what two people decide, and the job that carries it out."""

    name = "requests_app.recipients"
    label = "recipients"

    def ready(self) -> None:
        """Join the act and its job."""
        from broker.approvals import acts
        from requests_app.recipients import joining

        acts.register(joining.ACT)
