"""Another address of the morning mail waits beside the proven one."""

from django.db import migrations

import broker.vault.fields


class Migration(migrations.Migration):
    dependencies = [
        ("desk_work", "0002_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="deskmailbox",
            name="asked",
            field=broker.vault.fields.SealedField(null=True),
        ),
    ]
