"""The form by which a person of a recipient asks a customer for a permission."""

from typing import Any

from django import forms

from broker.terms import PURPOSES
from consents.asking.wanted import MOST_ACCOUNTS, are_each_once
from consents.checking.forms import OnceForm
from consents.forms import DATA_TYPE_LABELS
from requests_app.recipients.approved_forms import ApprovedPurposesMixin
from requests_app.recipients.listed_forms import ListedAccountsMixin

_TEXT = {"class": "usa-input", "autocomplete": "off"}
_DAY = {"class": "usa-input", "type": "date"}
HOW = (("mail", "We mail her an invitation"), ("link", "You hand her a link yourself"))


class AskForm(ApprovedPurposesMixin, ListedAccountsMixin, OnceForm):
    """Whom, for what, and for how long; every field is one of `consents.asking.wanted.FIELDS`."""

    most_accounts = MOST_ACCOUNTS

    how = forms.ChoiceField(
        label="How does it reach the customer?",
        choices=HOW,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it reaches the customer."},
    )
    email = forms.CharField(
        label="E-mail address of the customer",
        help_text="Needed only where we mail the invitation. It says who asks and holds the link, nothing more.",
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs=_TEXT),
    )
    language = forms.ChoiceField(
        label="Her language", choices=[("en", "English"), ("es", "Spanish")], initial="en", widget=forms.RadioSelect
    )
    data_types = forms.MultipleChoiceField(
        label="Which kinds of data do you ask for?",
        choices=[(code, label) for code, (label, _more) in DATA_TYPE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one kind of data. She may give less."},
    )
    purpose = forms.ChoiceField(
        label="What for?",
        choices=list(PURPOSES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the data is for."},
    )
    history_from = forms.DateField(
        label="Data from the past: first day, if any", required=False, widget=forms.DateInput(attrs=_DAY)
    )
    history_last = forms.DateField(
        label="Data from the past: last day, if any", required=False, widget=forms.DateInput(attrs=_DAY)
    )
    forward = forms.BooleanField(
        label="Ask for new data too, as long as the permission lasts",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )
    ends_last = forms.DateField(
        label="Last day of the permission", help_text="Within a year.", widget=forms.DateInput(attrs=_DAY)
    )
    account = forms.RegexField(
        r"^[0-9]{4,12}$",
        label="Account number, if you mean a certain one",
        help_text="We keep its last four digits.",
        required=False,
        widget=forms.TextInput(attrs={**_TEXT, "inputmode": "numeric"}),
        error_messages={"invalid": "An account number has 4 to 12 digits and nothing else."},
    )

    def clean(self) -> dict[str, Any]:
        """An address is there exactly where it is needed."""
        data = super().clean()
        if data.get("how") == "mail" and not data.get("email"):
            self.add_error("email", "Where should the invitation go?")
        if data.get("how") == "link" and data.get("email"):
            self.add_error("email", "Leave this empty: you hand the link over yourself.")
        self.read_list(data)
        if not are_each_once(data.get("numbers") or ()):
            self.add_error("pasted", "Two of these numbers differ in zeros in front alone. Name that account once.")
        if data.get("account") and data.get("numbers"):
            self.add_error("account", "Name one account here, or several in the list: not both.")
        return data
