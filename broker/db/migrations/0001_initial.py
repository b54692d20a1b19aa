from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                (
                    "id",
                    models.SmallIntegerField(default=1, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "mode",
                    models.CharField(choices=[("rehearsal", "rehearsal"), ("live", "live")], max_length=9),
                ),
                ("declared_at", models.DateTimeField()),
            ],
            options={
                "db_table": "installation",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="installation_is_one"),
                    models.CheckConstraint(
                        condition=models.Q(("mode__in", ["rehearsal", "live"])), name="installation_mode_known"
                    ),
                ],
            },
        ),
    ]
