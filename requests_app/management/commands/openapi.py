"""The description of the API on standard output."""

from typing import Any

from django.core.management.base import BaseCommand

from requests_app.api import schema


class Command(BaseCommand):
    """Writes what docs/openapi.yaml holds."""

    help = "Write the description of the API (OpenAPI 3.1, YAML). Example: manage.py openapi > docs/openapi.yaml"

    def handle(self, *_: Any, **__: Any) -> None:
        """Write it."""
        self.stdout.write(schema.text(), ending="")
