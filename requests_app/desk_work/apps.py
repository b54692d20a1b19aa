"""The desk's own work."""

from django.apps import AppConfig


class DeskWorkConfig(AppConfig):
    """Holds who sees to a request, absences, notes, what was said by phone or post, and the morning mail."""

    name = "requests_app.desk_work"
    label = "desk_work"
    verbose_name = "Work of the desk"

    def ready(self) -> None:
        """Join the morning mail, and lend its mailboxes to alerts about a sign-in."""
        from broker.parties.signin import alerts
        from requests_app.desk_work import digest, mailboxes  # noqa: F401 - importing registers the job

        alerts.register(mailboxes.for_alerts, mailboxes.holders)
