"""The clocks of requests."""

from django.apps import AppConfig


class ClocksConfig(AppConfig):
    """Registers the daily look at the calendars."""

    name = "requests_app.clocks"
    label = "clocks"

    def ready(self) -> None:
        """Join the job."""
        from requests_app.clocks import moving  # noqa: F401 - importing registers it
