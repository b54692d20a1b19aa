from django.apps import AppConfig


class RightsConfig(AppConfig):
    """Reviews of who may do what here."""

    name = "broker.console.rights"
    label = "rights"

    def ready(self) -> None:
        """Register the jobs and what the events say of the rows; hear of new keys, and count for the doctor."""
        from broker.audit import claims
        from broker.console.rights import beginning, claim, counting, working  # noqa: F401 - importing registers the jobs
        from broker.operating import gathering
        from broker.parties import keys

        claims.register(claim.REVIEWS)
        claims.register(claim.ITEMS)
        keys.when_made(beginning.join)
        gathering.count_late("rights", counting.late)
