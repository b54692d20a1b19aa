"""The job table and its pump."""

from django.apps import AppConfig
from django.contrib import admin


class JobsConfig(AppConfig):
    """Registers the checks of the job system and keeps the queue's own pages away."""

    name = "broker.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Install the checks; take the queue's models out of the admin before anybody looks."""
        # Its task rows are unsigned pickles: to list them is to run what somebody wrote into the table.
        # Loaded here first, the module is not loaded again by the admin's own discovery.
        from django_q import admin as queue_admin  # noqa: F401

        from broker.jobs import checks  # noqa: F401

        for model in [m for m in admin.site._registry if m._meta.app_label == "django_q"]:
            admin.site.unregister(model)
