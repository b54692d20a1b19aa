"""Forms of the register of holds and of the retention queue."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from broker.console import find
from broker.console.holds.models import Scope
from broker.console.holds.retention import OF_NOBODY
from broker.inlets.forms import GatedFormMixin
from broker.parties.models import Customer

INPUT = {"class": "usa-input", "autocomplete": "off"}
MOST_TEXT = 2_000
LONGEST_REVIEW = timedelta(days=366)


def _reason(label: str, hint: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"class": "usa-textarea", "rows": 3})
    return forms.CharField(label=label, help_text=hint, max_length=MOST_TEXT, widget=widget)


def _day(label: str, hint: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=hint, widget=widget)


class _ReviewMixin(forms.Form):
    """A review day lies ahead, within a year."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def clean_review_on(self) -> date:
        """Demand a day ahead."""
        day: date = self.cleaned_data["review_on"]
        if not self.today < day <= self.today + LONGEST_REVIEW:
            raise forms.ValidationError("Choose a day within the next year.")
        return day


class _CustomerMixin(forms.Form):
    """Names a customer by what people know of her; `searched` says whether that took a look-up, which is an event."""

    searched: bool | None = None  # None: no look-up; else whether somebody was found

    def clean_customer(self) -> uuid.UUID:
        """Demand a customer whom we know."""
        text: str = self.cleaned_data["customer"].strip()
        try:
            customer: uuid.UUID | None = uuid.UUID(text)
        except ValueError:
            customer = find.customer_of(text)
            self.searched = customer is not None
        if customer is None or not Customer.objects.filter(id=customer).exists():
            raise forms.ValidationError(
                "Nobody was found by this, or several who hold one account: give the customer id."
            )
        return customer


def _customer(hint: str = "") -> forms.CharField:
    known = "An e-mail address, account number, number of a permission or of a request, or a customer id."
    return forms.CharField(
        label="Customer",
        help_text=f"{known} {hint}".strip(),
        max_length=254,
        widget=forms.TextInput(attrs=INPUT),
    )


class PlaceForm(_CustomerMixin, _ReviewMixin, GatedFormMixin):
    """A new hold; mail that is no customer's can be held too, under the name that the queue gives it."""

    customer = _customer(f"For mail that is no customer’s: {' or '.join(f'“{each}”' for each in OF_NOBODY.values())}.")
    scope = forms.ChoiceField(
        label="What it keeps", choices=Scope.choices, widget=forms.Select(attrs={"class": "usa-select"})
    )
    reason = _reason("Reason", "Sealed; opening it is written into the log.")
    review_on = _day("Review by")

    def clean_customer(self) -> uuid.UUID:
        """Take the name of mail that is no customer's, else demand a customer."""
        written = self.cleaned_data["customer"].strip().casefold()
        named = next((each for each, name in OF_NOBODY.items() if name.casefold() == written), None)
        return named or super().clean_customer()


class ReviewForm(_ReviewMixin):
    """A hold goes on until the next review."""

    review_on = _day("Goes on; review again by")


class ReasonForm(GatedFormMixin):
    """Why a second person is asked."""

    reason = _reason("Reason", "The second person reads it.")


class EraseForm(_CustomerMixin, GatedFormMixin):
    """A customer's request to erase."""

    customer = _customer()
    reason = _reason("How she asked", "The second person reads it.")


class DueForm(GatedFormMixin):
    """Which due pieces a second person is asked about."""

    items = forms.MultipleChoiceField(error_messages={"required": "Choose at least one."})
    reason = _reason("Why now", "The second person reads it.")

    def __init__(self, *args: Any, codes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]
