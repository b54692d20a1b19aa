"""The API for applications."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Says how a caller of the API is described."""

    name = "requests_app.api"
    label = "api"

    def ready(self) -> None:
        """Join the description of the key."""
        from requests_app.api import schema  # noqa: F401 - importing registers it
