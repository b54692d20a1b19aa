from datetime import timedelta

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Incidents."""

    name = "broker.console.incidents"
    label = "incidents"

    def ready(self) -> None:
        """Name what two people decide, register the job that tells customers and what holds it, count late ones."""
        from broker.approvals import acts
        from broker.approvals.acts import TwoPersonAct
        from broker.console.incidents import deciding, delaying, recording, telling
        from broker.notices import waiting
        from broker.operating import gathering

        officer, approver = frozenset({"officer"}), frozenset({"officer", "approver"})
        title = "Decide whether affected customers are told of an incident"
        acts.register(TwoPersonAct(deciding.ACT, title, officer, approver, timedelta(days=10), deciding.carry_out))
        title = "Let notice of an incident wait, as law enforcement asks"
        acts.register(TwoPersonAct(delaying.ACT, title, officer, approver, timedelta(days=10), delaying.carry_out))
        waiting.wait(telling.TEMPLATE, telling.hold)
        gathering.count_late("incidents", lambda now: len(recording.late_ones(now)))
