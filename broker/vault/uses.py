"""Which events opened a subject's keys: PostgreSQL's own list, which nobody but `open_key` writes."""

from uuid import UUID

from django.db import connection


def events_that_opened(subject: UUID) -> frozenset[int]:
    """Give the events that opened fields or files of this subject; SQLite keeps no such list and gives none."""
    if connection.vendor != "postgresql":
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.event_id FROM audit_used u JOIN vault_key k ON k.id = u.vault_key WHERE k.subject = %s", [subject]
        )
        return frozenset(event for (event,) in cursor.fetchall())
