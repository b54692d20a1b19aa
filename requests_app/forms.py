"""Forms of the worklist (interface)."""

import re
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from broker.inlets.forms import GatedFormMixin
from broker.terms import DATA_TYPES
from requests_app.acceptance import Choice

_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


class DollarsField(forms.DecimalField):
    """An amount in US dollars as people write it: digits, a point and cents, and no other way to write a number."""

    def to_python(self, value: Any) -> Any:
        """Refuse what Python would also read as a number, such as 1e3 or 1_000."""
        text = str(value or "").strip()
        if text and not _PLAIN.fullmatch(text):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text)


LABELS = {
    "account_info": "Account information",
    "bill": "Bill",
    "payment": "Payments",
    "usage_monthly": "Monthly use",
    "usage_daily": "Daily use",
    "usage_hourly": "Hourly use",
    "usage_15min": "15-minute use",
}

_ALL_OF_IT = "Its account cannot be read, or not on every page. I looked at every page, and all of it is of"
OF_ONE, OF_ONE_OF_SEVERAL = f"{_ALL_OF_IT} this request's account.", f"{_ALL_OF_IT} the account below."
HAS_EACH_DAY = "I opened it and read it: what it is stands on it, for each day from the first to the last."


class DecideFileForm(GatedFormMixin, forms.Form):
    """What a file is and which days it covers, as a member of staff sees it."""

    gate_inlet = "admin_note"
    data_type = forms.ChoiceField(
        label="What it is", choices=[("", "Choose what it is"), *((code, LABELS[code]) for code in DATA_TYPES)]
    )
    first_day = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}))
    by_eye = forms.BooleanField(required=False)  # `offer` says of what
    beside = forms.BooleanField(
        label="It is not of the months that this request asked for. The permission covers it; take it all the same.",
        required=False,
    )

    account = forms.UUIDField(label="Of which account it is", required=False, widget=forms.Select)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Dress the fields like the other pages."""
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            kinds = {
                "data_type": "usa-select",
                "account": "usa-select",
                "by_eye": "usa-checkbox__input",
                "beside": "usa-checkbox__input",
            }
            field.widget.attrs["class"] = kinds.get(name, "usa-input")

    def clean(self) -> dict[str, Any]:
        """Demand that the days are in order."""
        data = super().clean()
        first, last = data.get("first_day"), data.get("last_day")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.add_error("last_day", "The last day is before the first.")
        return data

    def offer(self, accounts: Sequence[tuple[uuid.UUID, str]], *, account_read: bool, values_read: bool) -> None:
        """Offer what has to be chosen and said, known only once the file was read.

        `accounts`: of which one is chosen, each with its words. One tick says what only its reader knows.
        """
        self.fields["account"].widget.choices = [("", "Choose the account"), *accounts]
        of = "" if account_read else OF_ONE_OF_SEVERAL if accounts else OF_ONE
        self["by_eye"].label = " ".join(filter(None, [of, "" if values_read else HAS_EACH_DAY]))

    def choice(self) -> Choice:
        """Give what was chosen, the end exclusive."""
        data = self.cleaned_data
        end = data["last_day"] + timedelta(days=1)
        seen = data["by_eye"]
        return Choice(data["data_type"], data["first_day"], end, seen, data["beside"], data["account"], seen)
