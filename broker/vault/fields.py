"""Model fields of the vault."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core import checks
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from broker.vault.errors import MovedValue
from broker.vault.sealing import Place, Sealed

if TYPE_CHECKING:
    _SealedBytes = models.BinaryField[Sealed, Sealed]
    _Bytes = models.BinaryField[bytes, None]
else:
    _SealedBytes = _Bytes = models.BinaryField


class _SealedAttribute(DeferredAttribute):
    """Tells a loaded value where it was found, so that it opens only there."""

    field: "SealedField"

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is None or not isinstance(value, Sealed) or value.place is not None:
            return value
        return value.at(self.field.place(instance))

    def __set__(self, instance: models.Model, value: Any) -> None:
        """Keep the value as it is; without this method Python would never ask `__get__` about a loaded one."""
        instance.__dict__[self.field.attname] = value


class SealedField(_SealedBytes):
    """A column of sealed bytes whose Python value is a `Sealed`; the row's primary key is a UUID made before saving."""

    descriptor_class = _SealedAttribute
    description = "Sealed value"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def place(self, instance: models.Model) -> Place:
        """Give the place of this field in this row."""
        row = instance.pk
        if not isinstance(row, UUID):
            raise MovedValue("a sealed value lies in a row without an id of its own")
        return Place(self.model._meta.db_table, str(self.column), row)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Refuse a value that was sealed for another place."""
        value = super().pre_save(model_instance, add)
        if isinstance(value, Sealed) and value.place != self.place(model_instance):
            raise MovedValue("a sealed value was about to be saved in a place that it was not sealed for")
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Give the database the bytes; anything but a Sealed is refused, so that no clear text is ever stored."""
        if isinstance(value, Sealed):
            value = value.data
        elif value is not None:
            raise TypeError(f"{self.name} takes a Sealed")
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Sealed | None:
        """Give the value as a Sealed without a place: `Sealed.at` names it where no model instance does."""
        return None if value is None else Sealed(bytes(value))

    def to_python(self, value: Any) -> Any:
        """Leave a Sealed as it is."""
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """Give the mask: a serializer is no way around the log."""
        return str(self.value_from_object(obj))

    def get_lookup(self, lookup_name: str) -> Any:
        """Allow `isnull` alone: equal values have different bytes, so any other look-up is a mistake."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Demand a UUID primary key."""
        found: list[checks.CheckMessage] = super().check(**kwargs)
        if not isinstance(self.model._meta.pk, models.UUIDField):
            found.append(
                checks.Error("A model with sealed fields needs a UUID primary key.", obj=self, id="vault.E001")
            )
        return found


class WriteOnlyBytes(_Bytes):
    """A column that the application may write and never select."""

    def select_format(self, _compiler: Any, _sql: str, _params: Any) -> tuple[str, tuple[()]]:
        """Select nothing in its place."""
        return "NULL", ()
