"""Mail to people."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Registers the handler that sends."""

    name = "broker.notices"
    label = "notices"

    def ready(self) -> None:
        """Register the job handler, and the check of the places that mail and calls may reach."""
        from broker import jobs
        from broker.notices import sending
        from broker.transport import checks  # noqa: F401 - it registers itself

        jobs.handler(sending.KIND)(sending.send_now)
