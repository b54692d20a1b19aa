"""The recipients' own pages."""

from django.apps import AppConfig


class RecipientsConfig(AppConfig):
    """Registers what two people decide, the job that carries it out, and what events claim."""

    name = "requests_app.recipients"
    label = "recipients"

    def ready(self) -> None:
        """Join the act, its job, the log's comparison, and the alerts about a sign-in."""
        from broker.approvals import acts
        from broker.audit import claims
        from broker.parties.signin import alerts
        from requests_app.recipients import claim, joining, widening

        acts.register(joining.ACT)
        acts.register(widening.ACT)
        claims.register(claim.CLAIM)
        alerts.register(joining.for_alerts, joining.holders)
