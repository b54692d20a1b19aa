"""When a browser's visit began, and when it was last seen."""

import uuid

from django.db import models


class Visit(models.Model):
    """One visit; nothing says whose. In a row of its own, so that noting a look never writes a whole session back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"visit {str(self.id)[:8]}"
