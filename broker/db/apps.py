"""The database layer as Django sees it."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate


class DbConfig(AppConfig):
    """Makes the evidence rules again after every migration, and checks them."""

    name = "broker.db"
    label = "db"

    def ready(self) -> None:
        """Connect the two."""
        from broker.db import evidence

        # One sender: the signal comes once per app, after all tables of all apps are there.
        post_migrate.connect(evidence.after_migrate, sender=self, dispatch_uid="evidence")
        register(evidence.check, Tags.database)
