"""The entry of the refusal itself; of what was refused before, `audit_event` has it until it is called a false alarm."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inlets", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="refused",
            name="refused_event",
            field=models.BigIntegerField(db_index=True, editable=False, null=True),
        ),
    ]
