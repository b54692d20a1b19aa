from django.apps import AppConfig


class JointConfig(AppConfig):
    """Who else has a say over an account."""

    name = "consents.joint"
    label = "joint"

    def ready(self) -> None:
        """Look at every grant as it is signed; register jobs, claims, and the act that two people decide."""
        from broker.approvals import acts
        from broker.audit import claims
        from consents.joint import (  # noqa: F401 - jobs
            both_claim,
            claim,
            dismissing,
            ending_both,
            granting,
            hearing,
            provers,
            telling_ended,
            work,
        )
        from consents.signals import account_proven, consent_granted

        consent_granted.connect(granting.on_granted, dispatch_uid="joint.granting")
        account_proven.connect(provers.on_proven, dispatch_uid="joint.provers")
        acts.register(dismissing.ACT)
        acts.register(ending_both.ACT)
        acts.register(hearing.ACT)
        claims.register(both_claim.ENDED)
        claims.register(both_claim.HEARD)
        for each in claim.CLAIMS:
            claims.register(each)
