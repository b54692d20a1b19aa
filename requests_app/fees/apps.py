"""Fees, questions, and requests that take another's place."""

from django.apps import AppConfig


class FeesConfig(AppConfig):
    """Registers the acts of two people and the job that sends our answers."""

    name = "requests_app.fees"
    label = "fees"
