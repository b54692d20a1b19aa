"""The gate in the staff's site, for a ModelAdmin that has a form of its own."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from broker.inlets.forms import GatedFormMixin


class GatedNoteMixin(GatedFormMixin):
    """A form of staff: what is typed is a note."""

    gate_inlet = "admin_note"


class GatedModelAdminMixin(admin.ModelAdmin):  # type: ignore[type-arg]  # for every model
    """Passes every form of a ModelAdmin through the gate, also where the middleware is not in front of it."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Give the form with the gate in it."""
        made: type[forms.ModelForm[Any]] = super().get_form(request, obj, change=change, **kwargs)
        return type(f"Gated{made.__name__}", (GatedNoteMixin, made), {})
