"""What was heard is called by a name that people read."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("desk_work", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="heard",
            options={"verbose_name": "words by phone or post", "verbose_name_plural": "words by phone or post"},
        ),
    ]
