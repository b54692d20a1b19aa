"""Forms of requested versus received (interface)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms

from requests_app.completeness.words import REASONS, open_to


class NoneForm(forms.Form):
    """A cell of which the co-op says that it has nothing."""

    cell = forms.CharField(label="What it has none of", max_length=80)
    reason = forms.ChoiceField(label="Why it has none", choices=list(REASONS.items()))
    undo = forms.BooleanField(required=False)

    def clean_cell(self) -> tuple[UUID, str, date | None]:
        """Read it: `account|kind|first day of the month`, the last one empty for data without months."""
        try:
            account, kind, month = self.cleaned_data["cell"].split("|")
            return UUID(account), kind, date.fromisoformat(month) if month else None
        except ValueError:
            raise forms.ValidationError("Choose what it has none of.") from None


class DispositionForm(forms.Form):
    """What is to become of what was too much."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, kinds: Iterable[str]) -> None:
        super().__init__(data)
        self.fields["disposition"] = forms.ChoiceField(
            label="What is to become of it", choices=list(open_to(kinds).items()), widget=forms.RadioSelect
        )
