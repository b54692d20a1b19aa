from django.apps import AppConfig


class SignInConfig(AppConfig):
    """Holds passkeys, recovery codes and sessions."""

    name = "broker.parties.signin"
    label = "signin"
    verbose_name = "Sign-in"

    def ready(self) -> None:
        """Register the deploy checks."""
        from broker.parties.signin import checks  # noqa: F401 - importing registers the checks
