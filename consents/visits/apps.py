from django.apps import AppConfig


class VisitsConfig(AppConfig):
    """The limits of visits."""

    name = "consents.visits"
    label = "visits"
