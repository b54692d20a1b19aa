"""Webhooks."""

from django.apps import AppConfig
from django.db.models.signals import post_save


class HooksConfig(AppConfig):
    """Holds endpoints and deliveries; listens to what consents go through, and claims its rows for the log."""

    name = "requests_app.hooks"
    label = "hooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        """Join the jobs, the states of a consent, its end, and the log's comparison."""
        from broker.audit import claims
        from consents.models import ConsentEvent, ConsentNotice
        from consents.signals import ask_ended, consent_ended
        from requests_app.hooks import claim, sending, telling  # noqa: F401 - importing registers the jobs

        post_save.connect(telling.on_state, sender=ConsentEvent, dispatch_uid="hooks.states")
        post_save.connect(telling.on_notice, sender=ConsentNotice, dispatch_uid="hooks.notices")
        consent_ended.connect(telling.on_ended, dispatch_uid="hooks.ended")
        ask_ended.connect(telling.on_ask_ended, dispatch_uid="hooks.asks")
        for each in claim.CLAIMS:
            claims.register(each)
