"""The officer's filters."""

from django import forms
from django.utils.translation import gettext_lazy as _

from broker.audit.words import ACTS


class FindForm(forms.Form):
    """Whom to look for; posted, because an address of a page must not name a person."""

    sought = forms.CharField(
        label=_("Find a customer by e-mail, account number or permission number"),
        max_length=254,
        widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"}),
    )


class LogFilterForm(forms.Form):
    """Which part of the log to show."""

    customer = forms.UUIDField(
        label=_("Customer id"), required=False, widget=forms.TextInput(attrs={"class": "usa-input"})
    )
    act = forms.ChoiceField(
        label=_("Action"),
        required=False,
        choices=[("", _("All actions")), *((name, name) for name in sorted(ACTS))],
        widget=forms.Select(attrs={"class": "usa-select"}),
    )
    before = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
