"""The audit tables, final from the first migration on: raw SQL per engine, never altered by schema operations."""

import time

from django.conf import settings
from django.db import migrations, models

from broker.audit import schema


def create(_apps, editor):
    """Make the tables and name the log."""
    for statement in schema.statements(editor.connection.vendor):
        editor.execute(statement, params=None)
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_origin (id, name, opened_us) VALUES (1, %s, %s)",
            [settings.LOG_ORIGIN, time.time_ns() // 1000],
        )


def table(name, db_table, fields):
    """Tell Django's state about a table that the raw SQL makes."""
    return migrations.CreateModel(name=name, fields=fields, options={"db_table": db_table, "managed": False})


def composite(*columns):
    """A primary key of several columns, as Django writes it down."""
    return models.CompositePrimaryKey(*columns, blank=True, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunPython(create, migrations.RunPython.noop),
        table(
            "AuditEvent",
            "audit_event",
            [
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("header", models.BinaryField()),
                ("ct", models.BinaryField()),
                ("mac", models.BinaryField()),
                ("kid", models.BinaryField()),
                ("act", models.SmallIntegerField()),
            ],
        ),
        table(
            "AuditLane",
            "audit_lane",
            [
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("opened_us", models.BigIntegerField()),
                ("boot", models.BinaryField()),
                ("mac_key", models.SmallIntegerField()),
            ],
        ),
        table(
            "AuditIndex",
            "audit_index",
            [
                ("event_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("ts", models.BigIntegerField()),
                ("actor", models.TextField()),
                ("app", models.TextField(null=True)),
                ("act", models.SmallIntegerField()),
                ("res", models.TextField()),
                ("obj", models.TextField(null=True)),
            ],
        ),
        table(
            "AuditOrigin",
            "audit_origin",
            [
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("name", models.TextField(unique=True)),
                ("opened_us", models.BigIntegerField()),
            ],
        ),
        table(
            "AuditLeaf",
            "audit_leaf",
            [
                ("pk", composite("origin", "seq")),
                ("origin", models.SmallIntegerField()),
                ("seq", models.BigIntegerField()),
                ("event_id", models.BigIntegerField(unique=True)),
            ],
        ),
        table(
            "AuditCheckpoint",
            "audit_checkpoint",
            [
                ("pk", composite("origin", "size")),
                ("origin", models.SmallIntegerField()),
                ("size", models.BigIntegerField()),
                ("note", models.TextField()),
                ("created_us", models.BigIntegerField()),
            ],
        ),
        table(
            "AuditKey",
            "audit_key",
            [
                ("kid", models.BinaryField(primary_key=True, serialize=False)),
                ("kek", models.SmallIntegerField()),
                ("retention", models.TextField(db_column="class")),
                ("period", models.IntegerField()),
                ("hold", models.IntegerField()),
                ("shredded_event", models.BigIntegerField(null=True)),
            ],
        ),
    ]
