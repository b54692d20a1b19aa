from django.apps import AppConfig


class CheckingConfig(AppConfig):
    name = "consents.checking"
    label = "checking"

    def ready(self) -> None:
        """Register the job that forgets counted tries, and the claim on what clerks told us."""
        from broker.audit import claims
        from consents.checking import claim, work  # noqa: F401 - importing registers

        claims.register(claim.CLAIM)
