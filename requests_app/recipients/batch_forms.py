"""The form of an ask for many accounts."""

from datetime import date
from typing import Any

from django import forms

from broker.inlets.forms import GatedFormMixin
from broker.terms import PURPOSES
from consents.checking.forms import OnceForm
from consents.forms import DATA_TYPE_LABELS
from requests_app.recipients import accounts
from requests_app.recipients.approved_forms import ApprovedPurposesMixin

_DAY = {"class": "usa-input", "type": "date"}
MOST_BYTES = 64 * 1024


class ManyForm(ApprovedPurposesMixin, GatedFormMixin, OnceForm):
    """Which accounts, which kinds of data, which days, what for."""

    pasted = forms.CharField(
        label="Account numbers",
        help_text="One in each line. Or leave this empty and choose a file.",
        required=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label="Or a file (CSV or text)",
        help_text="A number in each line, or a table with a column named “account”; nothing else of it is read.",
        required=False,
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": ".csv,.txt,text/csv,text/plain"}),
    )
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

    def clean(self) -> dict[str, Any]:
        """Read the list, from one place alone, and see that the days are in order."""
        data = super().clean()
        pasted, file = data.get("pasted") or "", data.get("file")
        if bool(pasted.strip()) == bool(file):
            self.add_error("pasted", "Paste the numbers, or choose a file: one of the two.")
            return data
        text = self._text(file) if file else pasted
        if text is not None:
            found = accounts.read(text)
            for problem in found.problems:
                self.add_error("file" if file else "pasted", problem)
            data["numbers"] = found.numbers
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", "The last day comes before the first.")
        if data.get("last") == date.max:  # its data would end on a day that no calendar has
            self.add_error("last", "Choose an earlier day.")
        return data

    def _text(self, file: Any) -> str | None:
        if file.size > MOST_BYTES:
            self.add_error("file", "The file is larger than a list of accounts is.")
            return None
        try:
            text = str(file.read().decode("utf-8"))
        except UnicodeDecodeError:
            self.add_error("file", "This is no text file. Save the list as CSV (UTF-8).")
            return None
        self.refuse_credentials("file", text)
        return text
