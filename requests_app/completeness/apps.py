"""Requested versus received."""

from django.apps import AppConfig


class CompletenessConfig(AppConfig):
    """Tables of what came, what is missing, and what was too much."""

    name = "requests_app.completeness"
    label = "completeness"
