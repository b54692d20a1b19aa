from django.apps import AppConfig


class OutsideConfig(AppConfig):
    """Approvers from outside."""

    name = "broker.console.outside"
    label = "outside"

    def ready(self) -> None:
        """Register the act that enrols one, and what the events say of the rows."""
        from broker.approvals import acts
        from broker.audit import claims
        from broker.console.outside import claim, enrolling

        acts.register(enrolling.ACT)
        claims.register(claim.PEOPLE)
        claims.register(claim.ASKS)
