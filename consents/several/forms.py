"""The forms of one signing for many accounts: whose they are, and which, with bills."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broker.inlets.forms import GatedFormMixin
from consents.forms import AccountForm, printable
from consents.several import holder_line
from consents.several.listed import Account

INPUT = {"class": "usa-input"}
_AMOUNT = r"^\$?\s?\d{1,3}(,?\d{3}){0,2}\.\d{2}$"


class HolderForm(AccountForm):
    """Whose the accounts are, once for all of them; numbers and addresses come from her bills."""

    number = None  # type: ignore[assignment]
    address = None  # type: ignore[assignment]

    def clean_name(self) -> str:
        """One holder: a second one has a say of her own, account by account."""
        name: str = self.cleaned_data["name"]
        if holder_line.is_joint(name):
            raise forms.ValidationError(
                _("This letter is for accounts of one holder alone. Sign for an account of two holders by itself.")
            )
        return name


class _Several(forms.ClearableFileInput):
    """A file field of the browser that takes many."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class _Files(forms.FileField):
    """No file, one or many; each is looked at by itself."""

    widget = _Several

    def clean(self, data: Any, initial: Any = None) -> list[Any]:  # noqa: ARG002 - as Django calls it
        """Give the files."""
        return list(data) if isinstance(data, (list, tuple)) else [data] if data else []


class ListForm(GatedFormMixin, forms.Form):
    """Her ticks, her bills, and what she types where a bill has no label for it."""

    want = forms.MultipleChoiceField(label=_("Accounts"), required=False, widget=forms.CheckboxSelectMultiple)
    bills = _Files(
        label=_("Your bills as PDF files"),
        help_text=_("Choose them all together: a recent bill of each account, as SmartHub gives it. 25 MB in all."),
        required=False,
        widget=_Several(attrs={"class": "usa-file-input", "accept": ".pdf,application/pdf"}),
    )

    def __init__(self, *args: Any, rows: Sequence[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        want = self.fields["want"]
        assert isinstance(want, forms.MultipleChoiceField)
        want.choices = [(str(row.place), row.ending) for row in rows]
        for row in rows:
            for name in row.lacks:
                self.fields[key(name, row.place)] = _typed(name, row.ending)

    @property
    def wanted(self) -> Iterable[int]:
        """Give the places that are ticked."""
        return map(int, self.cleaned_data["want"])

    def typed(self, rows: Iterable[Account]) -> dict[int, dict[str, str]]:
        """Give what she typed of each account whose bill lacks a label."""
        found = {}
        for row in rows:
            said = {name: _text(name, self.cleaned_data.get(key(name, row.place))) for name in row.lacks}
            found[row.place] = {name: value for name, value in said.items() if value}
        return {place: said for place, said in found.items() if said}


def key(name: str, place: int) -> str:
    """Name the field of a row."""
    return f"{name}-{place}"


def _typed(name: str, ending: str) -> forms.Field:
    if name == "service_address":
        return forms.CharField(
            label=_("Service address of the account ending in %(ending)s") % {"ending": ending},
            validators=[printable],
            required=False,
            max_length=160,
            widget=forms.TextInput(attrs={**INPUT, "autocomplete": "off"}),
        )
    if name == "billed_on":
        return forms.DateField(
            label=_("Date of the bill of the account ending in %(ending)s") % {"ending": ending},
            required=False,
            widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d"),
        )
    return forms.RegexField(
        regex=_AMOUNT,
        label=_("Amount of the bill of the account ending in %(ending)s, in dollars") % {"ending": ending},
        required=False,
        error_messages={"invalid": _("Type the amount with its cents, for example 98.11")},
        widget=forms.TextInput(attrs={**INPUT, "inputmode": "decimal", "autocomplete": "off"}),
    )


def _text(name: str, value: Any) -> str:
    """Write what she typed as the rules that compare it take it."""
    if isinstance(value, date):
        return value.isoformat()
    plain = str(value or "").strip()
    return plain.replace("$", "").replace(",", "").strip() if name == "amount" else plain
