"""Keys name what they open. One from before opened everything that there was, and names just that from here on."""

import django.db.models.deletion
from django.db import migrations, models


def every_operation() -> list[str]:
    return ["requests", "data", "consents", "asks", "webhooks"]


def every_type() -> list[str]:
    return ["account_info", "bill", "payment", "usage_monthly", "usage_daily", "usage_hourly", "usage_15min"]


class Migration(migrations.Migration):
    dependencies = [("parties", "0003_account_facts")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="operations",
            field=models.JSONField(
                default=every_operation, help_text="What the key opens: names of `scopes.OPERATIONS`."
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="data_types",
            field=models.JSONField(default=every_type, help_text="The kinds of data that the key opens."),
        ),
        migrations.AlterField(
            model_name="application",
            name="operations",
            field=models.JSONField(default=list, help_text="What the key opens: names of `scopes.OPERATIONS`."),
        ),
        migrations.AlterField(
            model_name="application",
            name="data_types",
            field=models.JSONField(default=list, help_text="The kinds of data that the key opens."),
        ),
        migrations.CreateModel(
            name="KeyUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="uses", to="parties.application"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["application", "day"], name="key_use_once_a_day"),
                ],
            },
        ),
    ]
