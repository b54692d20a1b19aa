"""Requests: the doors outward and inward."""

from django.apps import AppConfig


class RequestsAppConfig(AppConfig):
    """Registers the jobs of requests, and fills the seams that consents offer."""

    name = "requests_app"
    verbose_name = "Requests"

    def ready(self) -> None:
        """Join the jobs, the end of a consent, and the customer's own files."""
        from broker.approvals import acts
        from broker.inlets import incidents, watching
        from consents import asked as asked_registry
        from consents import effects as registry
        from consents import sharing, uses, usual
        from consents.signals import consent_ended
        from requests_app import (  # noqa: F401
            asked,
            effects,
            last_use,
            mailbox,
            seconding,
            sending,
            share,
            told,
            withdrawing,
        )
        from requests_app.numbers import usual as usual_time
        from requests_app.watching import barred, credentials

        consent_ended.connect(effects.on_consent_ended, dispatch_uid="requests_app.effects")
        registry.register("requests", effects.provider)
        sharing.register(share.take)
        uses.register("requests", last_use.of)
        usual.register(usual_time.of)
        asked_registry.register("requests", asked.of)
        acts.register(seconding.ACT)
        incidents.concerning(credentials.concerned)
        barred.register()
        watching.moved.connect(credentials.on_moved, dispatch_uid="requests_app.credentials")
