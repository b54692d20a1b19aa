from datetime import timedelta

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Incidents."""

    name = "broker.console.incidents"
    label = "incidents"

    def ready(self) -> None:
        """Name the act that two people decide, register the job that tells customers, and count for the doctor."""
        from broker.approvals import acts
        from broker.approvals.acts import TwoPersonAct
        from broker.console.incidents import deciding, delaying, recording, telling  # noqa: F401 - importing registers the job
        from broker.operating import gathering

        officer, approver = frozenset({"officer"}), frozenset({"officer", "approver"})
        title = "Decide whether affected customers are told of an incident"
        acts.register(TwoPersonAct(deciding.ACT, title, officer, approver, timedelta(days=10), deciding.carry_out))
        title = "Let notice of an incident wait, as law enforcement asks"
        acts.register(TwoPersonAct(delaying.ACT, title, officer, approver, timedelta(days=10), delaying.carry_out))
        gathering.count_late("incidents", lambda now: len(recording.late_ones(now)))
