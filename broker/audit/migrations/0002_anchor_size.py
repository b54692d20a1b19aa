"""Anchors are looked up by the checkpoint that they stand for."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX audit_anchor_size ON audit_anchor (origin, size)", "DROP INDEX audit_anchor_size"
        )
    ]
