"""What the end of a consent reaches."""

from django.apps import AppConfig


class StoppingConfig(AppConfig):
    """Listens to the end of a consent, after everybody who stops something of their own."""

    name = "consents.stopping"
    label = "stopping"

    def ready(self) -> None:
        """Join the end of a consent and the jobs."""
        from broker import jobs
        from consents.signals import consent_ended
        from consents.stopping import follow, receipt, record  # noqa: F401 - importing registers jobs

        consent_ended.connect(record.on_consent_ended, dispatch_uid="consents.stopping")
        jobs.job_dead.connect(follow.on_job_dead, dispatch_uid="consents.stopping")
