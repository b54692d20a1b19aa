from django.apps import AppConfig


class SignInConfig(AppConfig):
    """Holds passkeys, recovery codes and sessions."""

    name = "broker.parties.signin"
    label = "signin"
    verbose_name = "Sign-in"

    def ready(self) -> None:
        """Register the deploy checks the job of the mail, and what two people decide."""
        from broker.approvals import acts
        from broker.parties.signin import alerts, checks, inviting, leaving, telling, workbox  # noqa: F401 - registers

        alerts.register(workbox.for_alerts, workbox.holders)
        for each in (*inviting.ACTS, *leaving.ACTS):
            acts.register(each)
