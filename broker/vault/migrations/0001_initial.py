"""The key table by raw SQL, so that no schema operation ever touches it, and the list of sealed files."""

import uuid

from django.db import migrations, models

import broker.vault.fields

KEYS = {
    "sqlite": """CREATE TABLE vault_key (
        id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32), subject TEXT NOT NULL CHECK (length(subject) = 32),
        part TEXT NOT NULL CHECK (part IN ('fields', 'files')), token BLOB NOT NULL CHECK (length(token) = 8),
        wrapped BLOB NOT NULL CHECK (length(wrapped) = 60), kek INTEGER NOT NULL CHECK (kek > 0),
        created TEXT NOT NULL) STRICT""",
    "postgresql": """CREATE TABLE vault_key (
        id uuid PRIMARY KEY, subject uuid NOT NULL,
        part text NOT NULL CHECK (part IN ('fields', 'files')), token bytea NOT NULL CHECK (length(token) = 8),
        wrapped bytea NOT NULL CHECK (length(wrapped) = 60), kek smallint NOT NULL CHECK (kek > 0),
        created timestamptz NOT NULL)""",
}


def create(_apps, editor):
    """Make the key table of this engine."""
    editor.execute(KEYS[editor.connection.vendor], params=None)
    editor.execute("CREATE INDEX vault_key_subject ON vault_key (subject)", params=None)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunPython(create, migrations.RunPython.noop),
        migrations.CreateModel(
            name="VaultKey",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("subject", models.UUIDField()),
                ("part", models.TextField()),
                ("token", models.BinaryField(max_length=8)),
                ("wrapped", broker.vault.fields.WriteOnlyBytes(max_length=60)),
                ("kek", models.SmallIntegerField()),
                ("created", models.DateTimeField()),
            ],
            options={"db_table": "vault_key", "managed": False},
        ),
        migrations.CreateModel(
            name="SealedFile",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("subject", models.UUIDField(db_index=True)),
                ("vault_key", models.UUIDField()),
                ("size", models.PositiveIntegerField(help_text="Of the plain bytes.")),
                ("sha256", models.BinaryField(help_text="Of the plain bytes.", max_length=32)),
                ("created_at", models.DateTimeField()),
            ],
        ),
    ]
