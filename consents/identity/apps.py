from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "consents.identity"
    label = "identity"

    def ready(self) -> None:
        """Register the jobs of the notice, and the claim on proofs."""
        from broker.audit import claims
        from consents.identity import claim, notice  # noqa: F401 - importing registers

        claims.register(claim.CLAIM)
