"""Consents that a recipient asks for."""

from django.apps import AppConfig


class AskingConfig(AppConfig):
    """Follows each grant and each "no" to the ask behind it."""

    name = "consents.asking"
    label = "asking"

    def ready(self) -> None:
        """Listen to what becomes of the grants that asks led to; register jobs and the claim on asks."""
        from broker.audit import claims
        from broker.notices import waiting
        from consents.asking import claim, ending, inviting
        from consents.signals import consent_declined, consent_granted

        consent_granted.connect(ending.on_granted, dispatch_uid="asking.granted")
        consent_declined.connect(ending.on_declined, dispatch_uid="asking.declined")
        waiting.wait(inviting.TEMPLATE, inviting.hold)
        for each in claim.CLAIMS:
            claims.register(each)
