"""Forms of the desk about stops (interface)."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone

from broker.inlets.forms import GatedFormMixin
from consents.models import Consent
from consents.stopping.lifecycle import Kind, Outcome
from consents.stopping.models import StopAlert

HOW = [("phone", "By telephone"), ("post", "By letter"), ("utility", "The co-op told us")]
WIDGET = {"class": "usa-input"}


class StopForm(GatedFormMixin, forms.Form):
    """A stop that a customer asked for on the telephone or in a letter."""

    gate_inlet = "admin_note"
    number = forms.CharField(
        label="Number of the permission, such as OB-2026-000123",
        help_text="With the last four digits below it. Without a number, fill in the account and the name instead.",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs=WIDGET),
    )
    last_four = forms.RegexField(
        r"\A[0-9]{4}\Z",
        label="Last four digits of the account, as the customer said them",
        required=False,
        widget=forms.TextInput(attrs={**WIDGET, "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Four digits."},
    )
    account = forms.RegexField(
        r"\A[0-9]{4,12}\Z",
        label="Without a number: the whole account number",
        required=False,
        widget=forms.TextInput(attrs={**WIDGET, "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Digits alone, 4 to 12."},
    )
    name = forms.CharField(
        label="Without a number: the name, as on the bill",
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={**WIDGET, "autocomplete": "off"}),
    )
    how = forms.ChoiceField(label="How it reached us", choices=HOW, widget=forms.Select(attrs={"class": "usa-select"}))
    day = forms.DateField(label="Day on which it reached us", widget=forms.DateInput(attrs={**WIDGET, "type": "date"}))
    at = forms.TimeField(
        label="Time, as on our clock; for a letter, when the post came",
        widget=forms.TimeInput(attrs={**WIDGET, "type": "time"}),
    )

    def clean(self) -> dict[str, Any]:
        """Find the permission by its number and four digits; without a number, account and name are needed."""
        data = super().clean()
        if self.errors:
            return data
        data["consent"] = None
        data["received"] = datetime.combine(data["day"], data["at"], tzinfo=ZoneInfo(settings.DISPLAY_ZONE))
        if data["number"]:
            self._numbered(data)
        elif not (data["account"] and data["name"]):
            self.add_error("number", "Give it with the last four digits, or the account and the name below.")
        if data["received"] > timezone.now():
            self.add_error("at", "This time is still to come.")
        self.accept(data["consent"])
        return data

    def accept(self, consent: Consent | None) -> None:
        """Take the permission that was found; the stop is not before its signature."""
        self.cleaned_data["consent"] = consent
        if consent is not None and self.cleaned_data["received"] < consent.signed_at:
            self.add_error("at", "This is before the permission was signed.")

    def _numbered(self, data: dict[str, Any]) -> None:
        if not data["last_four"]:
            self.add_error("last_four", "Four digits, beside the number.")
            return
        rows = Consent.objects.filter(number=data["number"].strip().upper(), accounts__last_four=data["last_four"])
        data["consent"] = rows.distinct().first()
        if data["consent"] is None:
            self.add_error("number", "No permission has this number and an account that ends so.")


class CloseForm(GatedFormMixin, forms.Form):
    """What became of an alert."""

    gate_inlet = "admin_note"
    outcome = forms.ChoiceField(label="Outcome", widget=forms.Select(attrs={"class": "usa-select"}))
    note = forms.CharField(
        label="What you found and did",
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
    )

    def __init__(self, *args: Any, alert: StopAlert, **kwargs: Any) -> None:
        """Offer what can be said of this target: nobody attests in a recipient's place."""
        super().__init__(*args, **kwargs)
        words = {
            Outcome.SETTLED: "It is settled, another way",
            Outcome.CANNOT_UNDO: "It cannot be undone",
            Outcome.GOES_ON: "It goes on; ask again in a week if need be",
        }
        if alert.target.kind == Kind.DELETION:
            del words[Outcome.SETTLED]
        self.fields["outcome"].choices = [(str(key), word) for key, word in words.items()]  # type: ignore[attr-defined]
