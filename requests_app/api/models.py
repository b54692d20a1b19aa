"""What the API itself keeps: links to files, for a few minutes."""

import uuid

from django.db import models
from django.db.models import F, Q

from broker.parties.models import Application
from requests_app.models import DataRequest, ReceivedFile


class FileLink(models.Model):
    """A link to one file for one application; of its token only the hash is kept, and that for a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="+")
    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="+")
    file = models.ForeignKey(ReceivedFile, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="a_link_ends_after_it_was_made")
        ]

    def __str__(self) -> str:
        return f"link {str(self.id)[:8]}"
