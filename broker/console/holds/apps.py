from datetime import timedelta

from django.apps import AppConfig


class HoldsConfig(AppConfig):
    """Legal holds and destruction."""

    name = "broker.console.holds"
    label = "holds"

    def ready(self) -> None:
        """Name the acts that two people decide and the keeper carries out, and count for the doctor."""
        from django.core import checks

        from broker.approvals import acts
        from broker.approvals.acts import TwoPersonAct
        from broker.audit import claims
        from broker.console.holds import claim, logins, retention
        from broker.operating import gathering

        officer, approver, life = frozenset({"officer"}), frozenset({"approver"}), timedelta(days=14)
        acts.register(TwoPersonAct("key.release", "Release a legal hold", officer, approver, life))
        acts.register(TwoPersonAct("key.shred", "Destroy data for ever", officer, approver, life))
        claims.register(claim.CLAIM)
        checks.register(retention.allowed)
        gathering.count_late("logins", logins.late)
