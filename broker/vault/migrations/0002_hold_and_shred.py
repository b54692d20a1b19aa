"""A vault key belongs to a retention class and a year, can be held, and can be destroyed; raw SQL per engine."""

from django.db import migrations, models

import broker.vault.fields

SQLITE = (
    """CREATE TABLE vault_key_new (
        id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32), subject TEXT NOT NULL CHECK (length(subject) = 32),
        part TEXT NOT NULL CHECK (part IN ('fields', 'files')), token BLOB NOT NULL CHECK (length(token) = 8),
        class TEXT NOT NULL CHECK (class IN ('case', 'evidence')), period INTEGER NOT NULL,
        wrapped BLOB CHECK (wrapped IS NULL OR length(wrapped) = 60), kek INTEGER NOT NULL CHECK (kek > 0),
        created TEXT NOT NULL, hold INTEGER NOT NULL DEFAULT 0 CHECK (hold >= 0),
        shredded_event INTEGER UNIQUE REFERENCES audit_event (id),
        CHECK ((wrapped IS NULL) = (shredded_event IS NOT NULL))) STRICT""",
    """INSERT INTO vault_key_new (id, subject, part, token, class, period, wrapped, kek, created)
        SELECT id, subject, part, token, 'evidence', CAST(substr(created, 1, 4) AS INTEGER), wrapped, kek, created
        FROM vault_key""",
    "DROP TABLE vault_key",
    "ALTER TABLE vault_key_new RENAME TO vault_key",
    "CREATE INDEX vault_key_subject ON vault_key (subject)",
)
POSTGRESQL = (
    """ALTER TABLE vault_key
        ADD COLUMN class text NOT NULL DEFAULT 'evidence' CHECK (class IN ('case', 'evidence')),
        ADD COLUMN period integer,
        ADD COLUMN hold integer NOT NULL DEFAULT 0 CHECK (hold >= 0),
        ADD COLUMN shredded_event bigint UNIQUE REFERENCES audit_event (id),
        ALTER COLUMN wrapped DROP NOT NULL""",
    "UPDATE vault_key SET period = extract(year FROM created AT TIME ZONE 'UTC')",
    """ALTER TABLE vault_key ALTER COLUMN period SET NOT NULL, ALTER COLUMN class DROP DEFAULT,
        ADD CHECK ((wrapped IS NULL) = (shredded_event IS NOT NULL))""",
)
STATEMENTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def change(_apps, editor):
    """Change the table; what guards it is made again after the migration."""
    if editor.connection.vendor == "postgresql":
        with editor.connection.cursor() as cursor:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'vault_key'::regclass AND NOT tgisinternal")
            for (name,) in cursor.fetchall():
                editor.execute(f'DROP TRIGGER "{name}" ON vault_key', params=None)
    for statement in STATEMENTS[editor.connection.vendor]:
        editor.execute(statement, params=None)
    editor.execute("CREATE INDEX vault_key_token ON vault_key (token)", params=None)


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial"), ("audit", "0001_initial")]
    operations = [
        migrations.RunPython(change, migrations.RunPython.noop),
        migrations.AddField("vaultkey", "retention", models.TextField(db_column="class")),
        migrations.AddField("vaultkey", "period", models.IntegerField()),
        migrations.AddField("vaultkey", "hold", models.IntegerField(default=0)),
        migrations.AddField("vaultkey", "shredded_event", models.BigIntegerField(null=True)),
        migrations.AlterField("vaultkey", "wrapped", broker.vault.fields.WriteOnlyBytes(max_length=60, null=True)),
    ]
