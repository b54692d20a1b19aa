"""A row of any table with no more in it than its columns demand, for tests of what the database refuses."""

import uuid
from datetime import date
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from broker import vault
from broker.vault import SealedField
from tests.factories import event


def row(model: type[models.Model], **given: Any) -> Any:
    """Write one, inside the caller's transaction; what it refers to need not be there before that ends."""
    assert transaction.get_connection().in_atomic_block
    identity = given.get("id") or uuid.uuid4()
    made = {}
    for field in model._meta.concrete_fields:
        named = field.name in given or field.attname in given or field.attname == "audit_event_id"
        may_lack = field.has_default() or field.null or (field.blank and field.choices)
        if named or may_lack:
            continue
        made[field.attname] = _some(field, identity, model._meta.db_table)
    audited = any(field.attname == "audit_event_id" for field in model._meta.concrete_fields)
    if audited and "audit_event_id" not in given:
        made["audit_event_id"] = event().id
    if model._meta.pk is not None and isinstance(model._meta.pk, models.UUIDField) and "id" not in given:
        made["id"] = identity
    found = model(**made, **given)
    found.save(force_insert=True)
    return found


def _some(field: Any, identity: uuid.UUID, table: str) -> Any:
    if isinstance(field, SealedField):
        return vault.seal("x", subject=identity, place=vault.Place(table, field.attname, identity))
    if field.choices:
        return field.choices[0][0]
    for kind, value in (
        (models.UUIDField, uuid.uuid4()),
        (models.ForeignKey, uuid.uuid4()),
        (models.DateTimeField, timezone.now()),
        (models.DateField, date(2026, 1, 31)),
        (models.DecimalField, 1),
        (models.IntegerField, 1),
        (models.BooleanField, False),
        (models.JSONField, []),
        (models.BinaryField, uuid.uuid4().bytes * 2),
    ):
        if isinstance(field, kind):
            return value
    return "x" if field.unique is False else uuid.uuid4().hex[: field.max_length]
