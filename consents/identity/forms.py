"""Forms by which a customer proves an account."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broker.inlets.forms import GatedFormMixin

INPUT = {"class": "usa-input"}
MAX_BILL = 10 * 1024 * 1024

# What a code of a failed comparison says, and the field it belongs to.
FAILED: dict[str, tuple[str, Any]] = {
    "account": ("file", _("The account number of your permission is not on this bill.")),
    "name": ("file", _("The name of your permission is not on this bill, spelled as you signed it.")),
    "service_address": ("file", _("The service address of your permission is not on this bill.")),
    "date": ("bill_date", _("This date is not on the bill, or it lies in the future.")),
    "date_old": ("bill_date", _("This bill is too old. Take one of the last two months.")),
    "amount": ("amount", _("This amount is not on the bill. Type it with its cents, as it is printed.")),
    "no_text": ("file", _("We cannot read this file: it is a picture. Download the PDF from SmartHub instead.")),
    "file.type": (
        "file",
        _("This is no PDF, or one that does something when it is opened. Take the PDF from SmartHub."),
    ),
    "file.unreadable": (
        "file",
        _("We cannot read this file: it is broken, or locked with a password. Download the bill from SmartHub."),
    ),
    "file.unread": ("file", _("We could not read all words of this file. Download the bill from SmartHub again.")),
    "file.login": ("file", _("This file holds something like a login. Take it out, and change that password.")),
    "too_many": ("file", _("Those were too many tries for one day. Try again tomorrow.")),
}


class BillForm(GatedFormMixin, forms.Form):
    """Her bill, and two things that stand on it."""

    file = forms.FileField(
        label=_("Your bill as a PDF"),
        help_text=_("One of the last two months, as SmartHub gives it. At most 10 MB."),
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": ".pdf,application/pdf"}),
    )
    bill_date = forms.DateField(
        label=_("Date of the bill"),
        help_text=_("The day on which it was made, not the day on which it is due."),
        widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d"),
    )
    amount = forms.RegexField(
        regex=r"^\$?\s?\d{1,3}(,?\d{3}){0,2}\.\d{2}$",
        label=_("Amount of the bill in dollars"),
        help_text=_("With its cents, for example 98.11"),
        error_messages={"invalid": _("Type the amount with its cents, for example 98.11")},
        widget=forms.TextInput(attrs={**INPUT, "inputmode": "decimal", "autocomplete": "off"}),
    )
    share = forms.BooleanField(
        label=_("You may also hand this bill to those whom I allowed to have my bills"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )

    def clean_file(self) -> Any:
        """Not larger than a bill can be."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BILL:
            raise forms.ValidationError(_("This file is larger than 10 MB."))
        return file

    def clean_amount(self) -> Decimal:
        """Give the amount as a number."""
        return Decimal(self.cleaned_data["amount"].replace("$", "").replace(",", "").strip())

    def did_not_fit(self, codes: tuple[str, ...]) -> None:
        """Say at each field what did not fit."""
        for code in codes:
            field, text = FAILED[code]
            self.add_error(field, text)


class PostedCodeForm(forms.Form):
    """The code from the letter."""

    code = forms.RegexField(
        regex=r"^\s*[0-9A-Za-z]{4}[\s-]?[0-9A-Za-z]{4}\s*$",
        label=_("Code from the letter"),
        help_text=_("Eight letters and digits, for example 7Q4M-2K9P"),
        error_messages={"invalid": _("The code has eight letters and digits.")},
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "off", "autocapitalize": "characters"}),
    )
