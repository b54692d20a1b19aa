from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "broker.parties"
    label = "parties"

    def ready(self) -> None:
        """Listen to sign-ins and register the check of the rehearsal backend."""
        from broker.parties import rehearsal  # noqa: F401 - importing registers the check
        from broker.parties.login import watch

        watch.connect()
