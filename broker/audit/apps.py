from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "broker.audit"
    label = "audit"

    def ready(self) -> None:
        """Join vault and database to the log: nothing sealed is opened without a committed event."""
        from broker import vault
        from broker.audit import permit, words
        from broker.db import evidence

        vault.install_checker(permit.permits)
        evidence.OBJ_PARTS.update(words.OBJ)
