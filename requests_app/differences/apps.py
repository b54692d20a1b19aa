"""Where sources do not agree."""

from django.apps import AppConfig


class DifferencesConfig(AppConfig):
    """What is open, and who settled it: the act that two people decide, and what events claim."""

    name = "requests_app.differences"
    label = "differences"

    def ready(self) -> None:
        """Join the act and the claims."""
        from broker.approvals import acts
        from broker.audit import claims
        from requests_app.differences import claim, settling

        acts.register(settling.ACT)
        for each in claim.CLAIMS:
            claims.register(each)
