"""Forms for objections, held permissions and facts of an account (interface)."""

from datetime import date
from typing import Any

from django import forms

from broker.inlets.forms import GatedFormMixin
from consents.joint.models import AccountFact

Kind, Value = AccountFact.Kind, AccountFact.Value
WHAT = {
    "closed": (Kind.ENDED, Value.CLOSED, "The account is closed since"),
    "moved_out": (Kind.ENDED, Value.MOVED_OUT, "The holder moved out on"),
    "not_ended": (Kind.ENDED, Value.UNKNOWN, "Neither closed nor moved out: the entry was wrong"),
    "no_ami": (Kind.AMI, Value.NO, "No meter that reads every hour"),
    "ami": (Kind.AMI, Value.YES, "A meter that reads every hour"),
    "ami_unknown": (Kind.AMI, Value.UNKNOWN, "The meter is not known"),
    "prepaid": (Kind.PREPAID, Value.YES, "Prepaid"),
    "not_prepaid": (Kind.PREPAID, Value.NO, "Not prepaid"),
    "prepaid_unknown": (Kind.PREPAID, Value.UNKNOWN, "Whether it is prepaid is not known"),
}


class FactForm(GatedFormMixin, forms.Form):
    """One fact of an account, with its day where it has one, and who said so."""

    gate_inlet = "admin_note"
    what = forms.ChoiceField(
        label="What is known",
        choices=[(key, text) for key, (_kind, _value, text) in WHAT.items()],
        widget=forms.Select(attrs={"class": "usa-select"}),
    )
    day = forms.DateField(
        label="First day on which it is no longer theirs",
        help_text="For closed and moved out. Data before this day can still be asked for.",
        required=False,
        widget=forms.DateInput(attrs={"class": "usa-input", "type": "date"}),
    )
    source = forms.ChoiceField(
        label="Who said so", choices=AccountFact.Source.choices, widget=forms.Select(attrs={"class": "usa-select"})
    )

    def clean(self) -> dict[str, Any]:
        """An end has a day; nothing else has one."""
        data = super().clean()
        ends = data.get("what") in ("closed", "moved_out")
        if ends and data.get("day") is None and "day" not in self.errors:
            self.add_error("day", "From which day on?")
        return data

    def fact(self) -> tuple[str, str, date | None, str]:
        """Give kind, value, day and source."""
        data = self.cleaned_data
        kind, value, _text = WHAT[data["what"]]
        return kind, value, data["day"] if data["what"] in ("closed", "moved_out") else None, data["source"]


class DismissForm(GatedFormMixin, forms.Form):
    """Why an objection is not right; another person reads it before deciding."""

    gate_inlet = "admin_note"
    reason = forms.CharField(
        label="Why it is not right",
        help_text="What you checked with the co-op. A second person reads this and decides.",
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
    )
