"""The subjects' data keys, wrapped, and what is known of each sealed file."""

import uuid

from django.db import models

from broker.vault.fields import WriteOnlyBytes


class VaultKey(models.Model):
    """A data key of one subject for one part of its data, of one retention class and year; several are legal.

    Rows are never deleted; what changes in one is its wrapping, the number of its legal holds, and once its end.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField()
    part = models.TextField()
    token = models.BinaryField(max_length=8)
    retention = models.TextField(db_column="class")
    period = models.IntegerField()
    wrapped = WriteOnlyBytes(max_length=60, null=True)
    kek = models.SmallIntegerField()
    created = models.DateTimeField()
    hold = models.IntegerField(default=0)
    shredded_event = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "vault_key"

    def __str__(self) -> str:
        return f"key {str(self.id)[:8]} for {self.part}"


class SealedFile(models.Model):
    """A file whose sealed bytes lie in the `sealed` storage. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField(db_index=True)
    vault_key = models.UUIDField()
    size = models.PositiveIntegerField(help_text="Of the plain bytes.")
    sha256 = models.BinaryField(max_length=32, help_text="Of the plain bytes.")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"file {str(self.id)[:8]}"
