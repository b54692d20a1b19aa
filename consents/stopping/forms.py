"""What a recipient's person says on the page about deleted copies (interface)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from broker.inlets.forms import GatedFormMixin
from consents.forms import printable
from consents.stopping.attest import LONGEST_NAME


class AttestForm(GatedFormMixin, forms.Form):
    """A name, and the word itself."""

    gate_inlet = "web_form"
    name = forms.CharField(
        label=_("Your name"),
        max_length=LONGEST_NAME,
        validators=[printable],
        widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "name"}),
        error_messages={"required": _("Please write your name.")},
    )
    deleted = forms.BooleanField(
        label=_("We have deleted every copy of this customer’s data that we had under this permission."),
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
        error_messages={"required": _("Please tick the box once the copies are deleted.")},
    )
