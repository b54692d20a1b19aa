"""Forms of the grant and of "my sharing"."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from broker.inlets.forms import GatedFormMixin, SixDigitsField
from broker.notices.templatetags.notices import day
from broker.terms import PURPOSES, DataType
from broker.transport import Proof, ProvenAddress
from consents.home import named
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
        named(gettext_noop("96 numbers a day; can show when people are home. %(name)s may not be able to provide it.")),
    ),
}


def plain_address(text: str) -> None:
    """Refuse what our mail cannot be sent to: one meaning has one spelling. Of what is no address the field says so."""
    try:
        validate_email(text)
    except forms.ValidationError:
        return
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

    code = SixDigitsField(
        label=_("6-digit code"),
        help_text=_("From the e-mail that we just sent. You may paste it."),
        attrs={**INPUT, "autocomplete": "one-time-code"},
        invalid=_("The code has six digits."),
    )


def printable(text: str) -> None:
    """Refuse a text that the letter's typefaces cannot show: a box in place of a letter is never signed."""
    if signs := unprintable(text):
        raise forms.ValidationError(_("This cannot be printed in the letter: %(signs)s") % {"signs": signs})


class AccountForm(GatedFormMixin, forms.Form):
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
        validators=[printable],
        max_length=80,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "name"}),
    )
    address = forms.CharField(
        label=_("Service address"),
        validators=[printable],
        help_text=_("Where the electricity is used: street, town, state and ZIP code, as the bill has them."),
        max_length=160,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "street-address"}),
    )
    role = forms.ChoiceField(
        label=_("Who signs?"),
        choices=[
            ("customer", _("I am the customer whom the bill names")),
            ("entity", _("I sign for the business or organization that the bill names")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    signer_name = forms.CharField(
        label=_("Your own full name"),
        validators=[printable],
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "name"}),
    )
    signer_title = forms.CharField(
        label=_("Your title there"),
        validators=[printable],
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "organization-title"}),
    )
    basis = forms.ChoiceField(
        label=_("Why you may sign for it"),
        choices=[
            ("", _("Please choose")),
            ("officer", _("I am an officer of it")),
            ("employee", _("I am an employee who may sign")),
            ("document", _("A written document makes me its agent")),
        ],
        required=False,
        widget=forms.Select(attrs={"class": "usa-select"}),
    )
    helped = forms.ChoiceField(
        label=_("Is somebody helping you with this form?"),
        choices=[("no", _("No, I do it myself")), ("yes", _("Yes"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    helper = forms.CharField(
        label=_("Who is helping you?"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "off"}),
    )
    help_kind = forms.ChoiceField(
        label=_("How?"),
        choices=[
            ("", _("Please choose")),
            ("reads", _("Reads the pages to me")),
            ("types", _("Types for me what I say")),
            ("translates", _("Translates for me")),
            ("other", _("In another way")),
        ],
        required=False,
        widget=forms.Select(attrs={"class": "usa-select"}),
    )

    def clean(self) -> dict[str, Any]:
        """Whoever signs for a business says name, title and basis; whoever is helped says by whom and how."""
        data = super().clean()
        if data.get("role") == "entity":
            self._demand("signer_name", "signer_title", "basis")
        if data.get("helped") == "yes":
            self._demand("helper", "help_kind")
        return data

    def _demand(self, *names: str) -> None:
        for name in names:
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, _("Please fill in this line."))


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

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        """The last day must not lie before the first, and neither in the future."""
        data = super().clean() or {}
        first, last = data.get("history_from"), data.get("history_through")
        if first and last and last < first:
            self.add_error("history_through", _("The last day lies before the first day."))
        if last and last > self.today:
            self.add_error(
                "history_through", _("This day has not come yet. New data has a box of its own on the next page.")
            )
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
        label=_("Also share new data as it comes, until that day"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )

    forward_through = forms.DateField(
        label=_("New data until another day (if you like)"),
        required=False,
        help_text=_("Leave it empty for new data until the last day of sharing."),
        widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d"),
    )
    nectar = forms.BooleanField(
        label=named(
            gettext_noop(
                "Nectar may receive files that I share, or that %(name)s sends, to read the numbers out of them"
            )
        ),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )

    def __init__(self, *args: Any, today: date, purposes: Mapping[str, str] = PURPOSES, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        field = self.fields["purpose"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, _(text)) for code, text in purposes.items()]
        self.fields["last_day"].help_text = _("At most 12 months: no later than %(day)s.") % {
            "day": day(last_day_of_term(today) - timedelta(days=1))
        }

    def clean(self) -> dict[str, Any]:
        """New data ends with the permission at the latest, and a day for it without the tick means nothing."""
        data = super().clean()
        until, last = data.get("forward_through"), data.get("last_day")
        if until and not data.get("forward"):
            self.add_error("forward_through", _("Tick the box above, or leave this day empty."))
        elif until and last and not self.today <= until <= last:
            self.add_error("forward_through", _("Choose a day from today to the last day of sharing."))
        return data

    def clean_last_day(self) -> date:
        """The term is between one day and twelve months."""
        last: date = self.cleaned_data["last_day"]
        if last < self.today:
            raise forms.ValidationError(_("This day is over."))
        if last >= last_day_of_term(self.today):
            raise forms.ValidationError(_("Sharing can last 12 months at most."))
        return last


class TermsForm(GatedFormMixin, forms.Form):
    """The agreement to electronic records, to the very text that was shown."""

    disclosure = forms.RegexField(label=_("What was shown"), regex=r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    agrees = forms.BooleanField(
        label=_("I agree to sign electronically and to get my copy by e-mail"),
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
        error_messages={"required": _("To sign here you must agree to electronic records; or choose paper.")},
    )


class ReadForm(GatedFormMixin, forms.Form):
    """The word that is printed in the frozen letter, or that she could read it without finding the word."""

    letter_sha256 = forms.RegexField(label=_("The exact letter"), regex=r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    word = forms.CharField(
        label=_("The word with 4 characters from the letter"),
        required=False,
        max_length=12,
        help_text=_("It stands under the signature box, near the end."),
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "off", "autocapitalize": "characters"}),
    )
    declared = forms.BooleanField(
        label=_("I cannot find the word, but I opened the letter and can read it"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )

    def clean(self) -> dict[str, Any]:
        """One of the two is needed."""
        data = super().clean()
        if not data.get("word") and not data.get("declared"):
            self.add_error("word", _("Open the letter and type the word, or tick the box below."))
        return data


class SignForm(GatedFormMixin, forms.Form):
    """The typed name under the exact letter that was shown."""

    letter_sha256 = forms.RegexField(label=_("The exact letter"), regex=r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    typed_name = forms.CharField(
        label=_("Type your full name"),
        validators=[printable],
        max_length=80,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "name"}),
    )
