from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """One model for every two-person act."""

    name = "broker.approvals"
    label = "approvals"

    def ready(self) -> None:
        """Register the acts that belong to no package above: answers to the log's own alarms."""
        from broker.approvals import acts, claim, expiry, lane_alarm, new_origin  # noqa: F401 - expiry registers its job
        from broker.audit import claims

        acts.register(lane_alarm.ACT)
        acts.register(new_origin.ACT)
        claims.register(claim.CLAIM)
