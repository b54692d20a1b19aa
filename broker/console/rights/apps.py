from django.apps import AppConfig


class RightsConfig(AppConfig):
    """Reviews of who may do what here."""

    name = "broker.console.rights"
    label = "rights"

    def ready(self) -> None:
        """Register the jobs and what the events say of the rows, and count for the doctor."""
        from broker.audit import claims
        from broker.console.rights import claim, counting, working  # noqa: F401 - importing registers the jobs
        from broker.operating import gathering

        claims.register(claim.REVIEWS)
        claims.register(claim.ITEMS)
        gathering.count_late("rights", counting.late)
