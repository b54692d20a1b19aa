"""Forms of second holders and of objectors."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from broker.inlets.forms import GatedFormMixin
from consents.forms import INPUT, plain_address
from consents.home import named


class HolderForm(GatedFormMixin, forms.Form):
    """The second holder's address, and whether both must agree."""

    email = forms.EmailField(
        label=_("E-mail address of the other holder (you may leave it empty)"),
        help_text=_("They get a message that names who may see what, with a link to stop it."),
        required=False,
        validators=[plain_address],
        max_length=254,
        widget=forms.EmailInput(attrs={**INPUT, "autocomplete": "off"}),
    )
    both = forms.BooleanField(
        label=_("From now on, both of us must agree to what I share of this account"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )


class ObjectionForm(GatedFormMixin, forms.Form):
    """Which account, as the bill names it."""

    number = forms.RegexField(
        regex=r"^[0-9]{4,12}$",
        label=named(gettext_noop("%(name)s account number")),
        help_text=_("4 to 12 digits, at the top of your bill. Not your SmartHub login."),
        error_messages={"invalid": _("An account number has 4 to 12 digits and nothing else.")},
        widget=forms.TextInput(attrs={**INPUT, "inputmode": "numeric", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Name as on the bill"),
        help_text=_("The whole line, also where it names two people."),
        max_length=80,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "name"}),
    )
