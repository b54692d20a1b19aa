"""Forms of requested versus received (interface)."""

from datetime import date
from uuid import UUID

from django import forms

from requests_app.completeness.words import DISPOSITIONS, REASONS


class NoneForm(forms.Form):
    """A cell of which the co-op says that it has nothing; the month is empty for data without months."""

    account = forms.UUIDField()
    data_type = forms.CharField(max_length=20)
    month = forms.DateField(required=False)
    reason = forms.ChoiceField(label="Why it has none", choices=list(REASONS.items()))
    undo = forms.BooleanField(required=False)

    def cell(self) -> tuple[UUID, str, date | None]:
        """Give the cell that is meant."""
        data = self.cleaned_data
        return data["account"], data["data_type"], data["month"]


class DispositionForm(forms.Form):
    """What is to become of what was too much."""

    disposition = forms.ChoiceField(
        label="What is to become of it", choices=list(DISPOSITIONS.items()), widget=forms.RadioSelect
    )
