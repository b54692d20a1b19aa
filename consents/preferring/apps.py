from django.apps import AppConfig


class PreferringConfig(AppConfig):
    """A customer's choice among the permitted ways."""

    name = "consents.preferring"
    label = "preferring"

    def ready(self) -> None:
        """Say what events claim of its rows."""
        from broker.audit import claims
        from consents.preferring import claim

        claims.register(claim.CLAIM)
