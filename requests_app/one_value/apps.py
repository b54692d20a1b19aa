"""One value, several sources."""

from django.apps import AppConfig


class OneValueConfig(AppConfig):
    """In which order series came, and what a later one says otherwise: its job."""

    name = "requests_app.one_value"
    label = "one_value"

    def ready(self) -> None:
        """Join the job."""
        from requests_app.one_value import comparing  # noqa: F401 - importing registers the job
