"""The audit tables as Django sees them (made by raw SQL, never altered by schema operations), and `Audited`."""

from django.db import models


class AuditEvent(models.Model):
    """One sealed event; `id` = lane * 2^32 + number in the lane, known before the insert."""

    id = models.BigIntegerField(primary_key=True)
    header = models.BinaryField()
    ct = models.BinaryField()
    mac = models.BinaryField()
    kid = models.BinaryField()
    act = models.SmallIntegerField()

    class Meta:
        managed = False
        db_table = "audit_event"

    def __str__(self) -> str:
        return f"event {self.id}"


class Audited(models.Model):
    """A row that cannot be written without the event that records it (checked at commit on PostgreSQL)."""

    audit_event = models.ForeignKey(
        "audit.AuditEvent", models.DO_NOTHING, related_name="+", db_index=False, editable=False
    )

    class Meta:
        abstract = True


class AuditLane(models.Model):
    """A writer's private chain of events."""

    id = models.IntegerField(primary_key=True)
    opened_us = models.BigIntegerField()
    boot = models.BinaryField()
    mac_key = models.SmallIntegerField()

    class Meta:
        managed = False
        db_table = "audit_lane"

    def __str__(self) -> str:
        return f"lane {self.id}"


class AuditIndex(models.Model):
    """Opaque header fields for filters; written by the integrator, rebuildable from the headers."""

    event_id = models.BigIntegerField(primary_key=True)
    ts = models.BigIntegerField()
    actor = models.TextField()
    app = models.TextField(null=True)
    act = models.SmallIntegerField()
    res = models.TextField()
    obj = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "audit_index"

    def __str__(self) -> str:
        return f"index of {self.event_id}"


class AuditOrigin(models.Model):
    """A log's name; a new one only after a declared loss."""

    id = models.SmallIntegerField(primary_key=True)
    name = models.TextField(unique=True)
    opened_us = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "audit_origin"

    def __str__(self) -> str:
        return self.name


class AuditLeaf(models.Model):
    """The place of an event in the tree."""

    pk = models.CompositePrimaryKey("origin", "seq")
    origin = models.SmallIntegerField()
    seq = models.BigIntegerField()
    event_id = models.BigIntegerField(unique=True)

    class Meta:
        managed = False
        db_table = "audit_leaf"

    def __str__(self) -> str:
        return f"leaf {self.seq}"


class AuditCheckpoint(models.Model):
    """A signed statement of the tree's size and root."""

    pk = models.CompositePrimaryKey("origin", "size")
    origin = models.SmallIntegerField()
    size = models.BigIntegerField()
    note = models.TextField()
    created_us = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "audit_checkpoint"

    def __str__(self) -> str:
        return f"checkpoint {self.size}"


class AuditKey(models.Model):
    """A wrapped data key: one per subject, retention class and year (several are legal)."""

    kid = models.BinaryField(primary_key=True)
    kek = models.SmallIntegerField()
    retention = models.TextField(db_column="class")
    period = models.IntegerField()
    hold = models.IntegerField()
    shredded_event = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "audit_key"

    def __str__(self) -> str:
        return f"key of {self.period}"
