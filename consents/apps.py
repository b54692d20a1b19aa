from django.apps import AppConfig


class ConsentsConfig(AppConfig):
    name = "consents"

    def ready(self) -> None:
        """Register the jobs of a consent, and the claim on its suspensions."""
        from django.core import checks

        from broker.audit import claims
        from consents import claim, copy_returned, home, life_work, work  # noqa: F401 - importing registers

        checks.register(home.known)

        claims.register(claim.CLAIM)
