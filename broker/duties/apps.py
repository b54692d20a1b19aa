from django.apps import AppConfig


class DutiesConfig(AppConfig):
    """The stop switch, suspensions, and what else keeps one person from doing what takes two."""

    name = "broker.duties"
    label = "duties"

    def ready(self) -> None:
        """Register what two people decide, who is left to decide, and what the events of a bar say of its row."""
        from broker.approvals import acts
        from broker.audit import claims
        from broker.duties import bars, claim
        from broker.parties.signin import leaving

        leaving.keeps_out(bars.suspended_people)
        acts.register(bars.ACT)
        claims.register(claim.CLAIM)
        claims.register(claim.GLASSES)
