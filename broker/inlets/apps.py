from django.apps import AppConfig


class InletsConfig(AppConfig):
    """Joins the gate to mail that leaves, and the job that forgets marks."""

    name = "broker.inlets"
    label = "inlets"

    def ready(self) -> None:
        """Install the gate where mail is written, and join the job."""
        from broker.inlets import outbound, overrides  # noqa: F401 - importing registers the job
        from broker.transport import gate

        gate.install(outbound)
