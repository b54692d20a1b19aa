"""Which kind of database this is, said once."""

from django.db import models
from django.db.models import Q


class Installation(models.Model):
    """The one row that says rehearsal or live, for ever."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    mode = models.CharField(max_length=9, choices=[("rehearsal", "rehearsal"), ("live", "live")])
    declared_at = models.DateTimeField()

    class Meta:
        db_table = "installation"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="installation_is_one"),
            models.CheckConstraint(condition=Q(mode__in=["rehearsal", "live"]), name="installation_mode_known"),
        ]

    def __str__(self) -> str:
        return self.mode
