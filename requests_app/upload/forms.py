"""The form for files (interface)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broker.inlets.forms import GatedFormMixin


class ManyInput(forms.ClearableFileInput):
    """A file field of the browser that takes many."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class ManyFiles(forms.FileField):
    """One file or many; each is cleaned by itself, and an empty one is told of later, beside the others."""

    widget = ManyInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Give the files."""
        given = list(data) if isinstance(data, (list, tuple)) else [data] if data else []
        if not given:
            super().clean(None, initial)
        return given


class ShareFilesForm(GatedFormMixin, forms.Form):
    """Files that the customer downloaded herself; a script may add them to a draft one after another."""

    file = ManyFiles(
        label=_("Your files"),
        help_text=_(
            "Bills (PDF, PNG or JPG) or SmartHub usage files (CSV, XML or ZIP); several together, 25 MB in all"
        ),
        widget=ManyInput(attrs={"class": "usa-file-input", "accept": ".pdf,.png,.jpg,.jpeg,.csv,.xml,.zip"}),
    )
    draft = forms.UUIDField(required=False, widget=forms.HiddenInput)
