from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """One model for every two-person act."""

    name = "broker.approvals"
    label = "approvals"

    def ready(self) -> None:
        """Register the acts that belong to no package above: the answer to the log's own alarm."""
        from broker.approvals import acts, lane_alarm

        acts.register(lane_alarm.ACT)
