"""Aliases are found by their key, and one event destroys one key."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_anchor_size")]
    operations = [
        migrations.RunSQL("CREATE INDEX audit_alias_kid ON audit_alias (kid)", "DROP INDEX audit_alias_kid"),
        migrations.RunSQL(
            "CREATE UNIQUE INDEX audit_key_shredded ON audit_key (shredded_event)", "DROP INDEX audit_key_shredded"
        ),
    ]
