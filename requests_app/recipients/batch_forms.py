"""The form of an ask for many accounts."""

from datetime import date
from typing import Any

from django import forms

from broker.terms import PURPOSES
from consents.checking.forms import OnceForm
from consents.forms import DATA_TYPE_LABELS
from requests_app.recipients.approved_forms import ApprovedPurposesMixin
from requests_app.recipients.listed_forms import ONE_OF_TWO, ListedAccountsMixin

BY_FILES = "customer_upload"
_DAY = {"class": "usa-input", "type": "date"}


class ManyForm(ApprovedPurposesMixin, ListedAccountsMixin, OnceForm):
    """Which accounts, which kinds of data, which days, what for."""

    data_types = forms.MultipleChoiceField(
        label="Which kinds of data?",
        choices=[(code, label) for code, (label, _more) in DATA_TYPE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one kind of data."},
    )
    first = forms.DateField(label="First day", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    last = forms.DateField(label="Last day", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    purpose = forms.ChoiceField(
        label="What for?",
        help_text="It has to be what the customer agreed to.",
        choices=list(PURPOSES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the data is for."},
    )

    channel = forms.ChoiceField(
        label="By which way?",
        choices=[
            ("", "The way that our rules choose, mostly a letter to the co-op"),
            (BY_FILES, "Files that the customer shared, or that you brought: no letter is written"),
        ],
        required=False,
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        """Read the list, from one place alone, and see that the days are in order."""
        data = super().clean()
        if bool((data.get("pasted") or "").strip()) == bool(data.get("file")):
            self.add_error("pasted", ONE_OF_TWO)
            return data
        self.read_list(data)
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", "The last day comes before the first.")
        if data.get("last") == date.max:  # its data would end on a day that no calendar has
            self.add_error("last", "Choose an earlier day.")
        return data
