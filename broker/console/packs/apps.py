from django.apps import AppConfig


class PacksConfig(AppConfig):
    """Evidence packs and legal demands."""

    name = "broker.console.packs"
    label = "packs"

    def ready(self) -> None:
        """Register the jobs, the two-person act, and what a gag hides from a customer."""
        from broker.approvals import acts
        from broker.audit import claims
        from broker.console.packs import claim, gag, handing, notice, requesting  # noqa: F401 - importing registers jobs

        acts.register(requesting.EXPORT)
        gag.install()
        for each in claim.CLAIMS:
            claims.register(each)
