from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "broker.audit"
    label = "audit"

    def ready(self) -> None:
        """Join vault, database and jobs to the log: no opening without a committed event, no silent dead job."""
        from broker import jobs, vault
        from broker.audit import alarms, permit, words
        from broker.db import evidence

        vault.install_checker(permit.permits)
        evidence.OBJ_PARTS.update(words.OBJ)
        jobs.job_dead.connect(alarms.job_died, dispatch_uid="audit.job_died")
