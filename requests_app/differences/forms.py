"""Forms about a difference between sources (interface)."""

import uuid
from datetime import date
from typing import Any

from django import forms

from broker.inlets.forms import GatedFormMixin
from requests_app.differences.rules import RULES
from requests_app.differences.settling import LONGEST, Choice

NOBODY = "none"
_DAY = {"type": "date", "class": "usa-input"}


class SettleForm(GatedFormMixin, forms.Form):
    """Which source stands, by which rule, and why."""

    gate_inlet = "admin_note"

    stands = forms.ChoiceField(
        label="Which one stands", widget=forms.RadioSelect, error_messages={"required": "Choose one."}
    )
    rule = forms.ChoiceField(
        label="By which rule",
        widget=forms.RadioSelect,
        choices=[(code, each.ours) for code, each in RULES.items()],
        error_messages={"required": "Choose one."},
    )
    reason = forms.CharField(
        label="Why",
        max_length=LONGEST,
        help_text="For our own people; it is sealed.",
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
    )
    first = forms.DateField(
        label="From", help_text="Of which days; else all.", widget=forms.DateInput(attrs=_DAY), required=False
    )
    last = forms.DateField(label="Through", widget=forms.DateInput(attrs=_DAY), required=False)
    newest = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, sources: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stands"].choices = [*sources, (NOBODY, "Both are doubtful: ask the co-op")]  # type: ignore[attr-defined]

    def choice(self) -> Choice:
        """Give what was chosen."""
        data = self.cleaned_data
        return Choice(
            None if data["stands"] == NOBODY else uuid.UUID(data["stands"]),
            data["rule"],
            data["first"] or date.min,
            data["last"] or date.max,
            data["newest"],
        )
