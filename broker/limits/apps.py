from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "broker.limits"
    label = "limits"

    def ready(self) -> None:
        """Register the job that forgets counted tries."""
        from broker.limits import work  # noqa: F401 - importing registers
