from django.apps import AppConfig


class ConsentsConfig(AppConfig):
    name = "consents"

    def ready(self) -> None:
        """Register the jobs of a consent, and the claim on its suspensions."""
        from broker.audit import claims
        from consents import claim, copy_returned, life_work, work  # noqa: F401 - importing registers

        claims.register(claim.CLAIM)
