"""Mail to people."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Registers the handler that sends."""

    name = "broker.notices"
    label = "notices"

    def ready(self) -> None:
        """Register the job handler."""
        from broker import jobs
        from broker.notices import sending

        jobs.handler(sending.KIND)(sending.send_now)
