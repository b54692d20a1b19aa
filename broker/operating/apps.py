from django.apps import AppConfig


class OperatingConfig(AppConfig):
    """Backup, restore drill and doctor; no tables of its own."""

    name = "broker.operating"
    label = "operating"
