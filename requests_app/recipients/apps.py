"""The recipients' own pages."""

from django.apps import AppConfig


class RecipientsConfig(AppConfig):
    """Registers the app."""

    name = "requests_app.recipients"
    label = "recipients"
