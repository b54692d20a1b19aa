"""The utility's billing desk."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Registers the mail with the desk's code."""

    name = "requests_app.desk"
    label = "desk"

    def ready(self) -> None:
        """Join the job."""
        from requests_app.desk import codes  # noqa: F401 - importing registers it
