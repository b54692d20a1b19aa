"""`manage.py openapi`: the description of the API on standard output."""

from typing import Any

from django.core.management.base import BaseCommand

from requests_app.api import schema


class Command(BaseCommand):
    """Writes the description of the API (OpenAPI 3.1, YAML). Example: ./run manage openapi > docs/openapi.yaml"""

    help = __doc__ or ""

    def handle(self, *_: Any, **__: Any) -> None:
        """Write it."""
        self.stdout.write(schema.text(), ending="")
