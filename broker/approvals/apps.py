from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """One model for every two-person act."""

    name = "broker.approvals"
    label = "approvals"

    def ready(self) -> None:
        """Register the acts that belong to no package above: answers to the log's own alarms."""
        from broker.approvals import acts, expiry, lane_alarm, new_origin  # noqa: F401 - importing expiry registers its job

        acts.register(lane_alarm.ACT)
        acts.register(new_origin.ACT)
