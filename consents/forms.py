"""Forms of the grant and of "my sharing"."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broker.inlets.forms import GatedFormMixin
from broker.terms import PURPOSES, DataType
from broker.transport import Proof, ProvenAddress
from consents.loa.glyphs import unprintable
from consents.rules import last_day_of_term

INPUT = {"class": "usa-input"}

DATA_TYPE_LABELS: dict[str, tuple[Any, Any]] = {
    "account_info": (_("Account information"), _("Service address, rate name, meter number")),
    "bill": (_("Bills"), _("Your monthly bill with its charges")),
    "payment": (_("Payment history"), _("When you paid and how much")),
    "usage_monthly": (_("Monthly use"), _("One number of kilowatt-hours a month")),
    "usage_daily": (_("Daily use"), _("One number a day")),
    "usage_hourly": (_("Hourly use"), _("24 numbers a day; shows when a home is busy")),
    "usage_15min": (
        _("15-minute use"),
        _("96 numbers a day; can show when people are home. OBEC may not be able to provide it."),
    ),
}


def plain_address(text: str) -> None:
    """Refuse what our mail cannot be sent to: one meaning has one spelling."""
    try:
        ProvenAddress(text, Proof("invitation", "form"))
    except ValueError:
        raise forms.ValidationError(_("We cannot send mail to this form of address.")) from None


class EmailForm(GatedFormMixin, forms.Form):
    """Where to send the link and the code."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        validators=[plain_address],
        max_length=254,
        widget=forms.EmailInput(attrs={**INPUT, "autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    """The six digits from the e-mail."""

    code = forms.RegexField(
        regex=r"^\d{6}$",
        label=_("6-digit code"),
        help_text=_("From the e-mail that we just sent. You may paste it."),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(attrs={**INPUT, "inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


def printable(text: str) -> None:
    """Refuse a text that the letter's typefaces cannot show: a box in place of a letter is never signed."""
    if signs := unprintable(text):
        raise forms.ValidationError(_("This cannot be printed in the letter: %(signs)s") % {"signs": signs})


class AccountForm(GatedFormMixin, forms.Form):
    """Which account, as the bill names it."""

    number = forms.RegexField(
        regex=r"^[0-9]{4,12}$",
        label=_("OBEC account number"),
        help_text=_("4 to 12 digits, at the top of your bill. Not your SmartHub login."),
        error_messages={"invalid": _("An account number has 4 to 12 digits and nothing else.")},
        widget=forms.TextInput(attrs={**INPUT, "inputmode": "numeric", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Name as on the bill"),
        validators=[printable],
        max_length=80,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "name"}),
    )
    address = forms.CharField(
        label=_("Service address"),
        validators=[printable],
        help_text=_("Where the electricity is used."),
        max_length=160,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "street-address"}),
    )
    holder = forms.BooleanField(
        label=_("I am the account holder"), widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"})
    )


class DataForm(GatedFormMixin, forms.Form):
    """What is shared, and from when; nothing is ticked beforehand."""

    data_types = forms.MultipleChoiceField(
        label=_("What you share"),
        choices=[(str(d), DATA_TYPE_LABELS[str(d)][0]) for d in DataType],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one kind of data, or choose “No, do not share”.")},
    )
    history_from = forms.DateField(
        label=_("From (first day)"), widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d")
    )
    history_through = forms.DateField(
        label=_("Through (last day)"), widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        """The last day must not lie before the first."""
        data = super().clean() or {}
        first, last = data.get("history_from"), data.get("history_through")
        if first and last and last < first:
            self.add_error("history_through", _("The last day lies before the first day."))
        return data


class PurposeForm(GatedFormMixin, forms.Form):
    """What for, and until when."""

    purpose = forms.ChoiceField(
        label=_("What is it for?"),
        choices=[(code, _(text)) for code, text in PURPOSES.items()],
        widget=forms.RadioSelect,
    )
    last_day = forms.DateField(
        label=_("Last day of sharing"),
        widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d"),
    )
    forward = forms.BooleanField(
        label=_("Also share new data of this kind until that day"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["last_day"].help_text = _("At most 12 months: no later than %(day)s.") % {
            "day": (last_day_of_term(today) - timedelta(days=1)).isoformat()
        }

    def clean_last_day(self) -> date:
        """The term is between one day and twelve months."""
        last: date = self.cleaned_data["last_day"]
        if last < self.today:
            raise forms.ValidationError(_("This day is over."))
        if last >= last_day_of_term(self.today):
            raise forms.ValidationError(_("Sharing can last 12 months at most."))
        return last


class HowForm(GatedFormMixin, forms.Form):
    """Which onward recipients may have the data on the way."""

    nectar = forms.BooleanField(
        label=_("Nectar may receive files that I share, or that OBEC sends, to read the numbers out of them"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )


class SignForm(GatedFormMixin, forms.Form):
    """Electronic consent and the typed name under the exact letter that was shown."""

    letter_sha256 = forms.RegexField(label=_("The exact letter"), regex=r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    could_open = forms.BooleanField(
        label=_("I opened the letter (PDF) and could read it"),
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
        error_messages={"required": _("Open the letter first, then tick this box.")},
    )
    agrees_electronic = forms.BooleanField(
        label=_("I agree to sign electronically and to get my copy by e-mail"),
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
        error_messages={"required": _("To sign here you must agree to electronic records; or ask us for paper.")},
    )
    typed_name = forms.CharField(
        label=_("Type your full name"),
        validators=[printable],
        max_length=80,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "name"}),
    )


class ShareFileForm(GatedFormMixin, forms.Form):
    """A file that the customer downloaded herself."""

    file = forms.FileField(
        label=_("Your file"),
        help_text=_("A bill (PDF, PNG or JPG) or a SmartHub usage file (CSV), at most 25 MB."),
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": ".pdf,.png,.jpg,.jpeg,.csv"}),
    )
