from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """Versions of profiles that two people published."""

    name = "broker.publishing"
    label = "publishing"

    def ready(self) -> None:
        """Register the act of two people, and what events say of its rows."""
        from broker.approvals import acts
        from broker.audit import claims
        from broker.publishing import changing, claim

        acts.register(changing.ACT)
        for each in claim.CLAIMS:
            claims.register(each)
