from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "broker.audit"
    label = "audit"

    def ready(self) -> None:
        """Join vault, database and jobs to the log: no opening without a committed event, no silent dead job."""
        from django.db.backends.signals import connection_created

        from broker import jobs, vault
        from broker.audit import alarms, claimed_keys, claims, log, permit, words
        from broker.db import evidence

        vault.install_checker(permit.permits)
        evidence.OBJ_PARTS.update(words.OBJ)
        claims.register(claimed_keys.LOG_KEYS)
        claims.register(claimed_keys.VAULT_KEYS)
        connection_created.connect(log.connected, dispatch_uid="audit.connected")
        jobs.job_dead.connect(alarms.job_died, dispatch_uid="audit.job_died")
