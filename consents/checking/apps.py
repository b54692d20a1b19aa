from django.apps import AppConfig


class CheckingConfig(AppConfig):
    name = "consents.checking"
    label = "checking"

    def ready(self) -> None:
        """Register the claim on what clerks told us."""
        from broker.audit import claims
        from consents.checking import claim

        claims.register(claim.CLAIM)
