from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "broker.audit"
    label = "audit"

    def ready(self) -> None:
        """Join the vault to the log: nothing sealed is opened without a committed event."""
        from broker import vault
        from broker.audit import permit

        vault.install_checker(permit.permits)
