"""Files that a recipient brings for a customer."""

from django.apps import AppConfig


class BroughtConfig(AppConfig):
    """Registers the jobs, the end of a consent, what waits for her answer, and what events claim."""

    name = "requests_app.brought"
    label = "brought"

    def ready(self) -> None:
        """Join them."""
        from broker.audit import claims
        from consents import asked
        from consents.signals import consent_ended
        from requests_app import share
        from requests_app.brought import asking, claim, ending, taking

        consent_ended.connect(ending.on_consent_ended, dispatch_uid="requests_app.brought.ending")
        share.before_keeping(ending.shared_herself)
        asked.register_answers("brought", asking.for_her_page)
        claims.register(claim.CLAIM)
        assert taking.take_job is not None  # its handler is known by its import
