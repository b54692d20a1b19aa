"""Nectar, for documents."""

from django.apps import AppConfig


class NectarConfig(AppConfig):
    """Registers the jobs, what becomes of dead ones, and the forgetting of webhooks."""

    name = "requests_app.nectar"
    label = "nectar"

    def ready(self) -> None:
        """Join the jobs."""
        from broker.jobs import job_dead
        from broker.limits.counting import forget_also
        from requests_app.nectar import forgetting, hinting, hooks, polling, uploading, visible_ends  # noqa: F401

        job_dead.connect(visible_ends.on_job_dead, dispatch_uid="requests_app.nectar")
        forget_also(hooks.forget)
