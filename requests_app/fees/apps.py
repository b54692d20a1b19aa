"""Fees, questions, and requests that take another's place."""

from django.apps import AppConfig


class FeesConfig(AppConfig):
    """Registers the acts of two people, the jobs, and what events claim."""

    name = "requests_app.fees"
    label = "fees"

    def ready(self) -> None:
        """Join the jobs and the acts, and say which fees fall with a consent."""
        from broker.approvals import acts
        from broker.audit import claims
        from consents import effects
        from requests_app.fees import by_word, claim, deciding, falling, told  # noqa: F401 - importing registers the jobs

        effects.register_charges("fees", falling.charges)

        for act in (*deciding.TWO_PERSON_ACTS, by_word.TWO_PERSON_ACT):
            acts.register(act)
        for each in claim.CLAIMS:
            claims.register(each)
