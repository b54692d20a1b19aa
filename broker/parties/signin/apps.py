from django.apps import AppConfig


class SignInConfig(AppConfig):
    """Holds passkeys, recovery codes and sessions."""

    name = "broker.parties.signin"
    label = "signin"
    verbose_name = "Sign-in"

    def ready(self) -> None:
        """Register the deploy checks and the job of the mail."""
        from broker.parties.signin import alerts, checks  # noqa: F401 - importing registers them
