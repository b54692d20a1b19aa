"""Forms of the pack wizard and of the register of legal demands."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core import validators
from django.utils import timezone

from broker.console import find as finding
from broker.console.packs.lifecycle import BASES, LEVELS, Basis, Contents, Redaction, Scope
from broker.console.packs.models import LegalDemand
from broker.console.packs.requesting import Ask
from broker.inlets.forms import GatedFormMixin
from broker.parties.models import Customer
from consents.models import Consent
from requests_app.models import DataRequest, ManualRequest

INPUT = {"class": "usa-input", "autocomplete": "off"}
TICK = {"class": "usa-checkbox__input"}
SELECT = {"class": "usa-select"}
AREA = {"class": "usa-textarea", "rows": 4}
ONE_DAY = timedelta(days=1)
MOST_TEXT = 4_000
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
DAY_WANTED = "Choose a day from 2000 through 2099."
LONGEST_ORDER = timedelta(days=731)  # a longer silence is recorded anew when it is renewed
TOLD = "The day after, customers are told without anybody’s doing."


def _day(label: str, *, required: bool = True, hint: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d")
    limits = [validators.MinValueValidator(FIRST_DAY, DAY_WANTED), validators.MaxValueValidator(LAST_DAY, DAY_WANTED)]
    return forms.DateField(label=label, required=required, help_text=hint, widget=widget, validators=limits)


def _text(label: str, hint: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=MOST_TEXT, widget=forms.Textarea(attrs=AREA)
    )


class StepForm(GatedFormMixin):
    """A step of the wizard; what earlier steps answered travels in hidden fields of the page."""

    title = ""

    def answers(self) -> list[tuple[str, str]]:
        """Give the answers as they travel on."""
        return [
            (name, self.carried(value)) for name, value in self.cleaned_data.items() if value not in (None, "", False)
        ]

    @staticmethod
    def carried(value: object) -> str:
        """Write one answer down."""
        return "on" if value is True else str(value)


class ScopeForm(StepForm):
    """What the pack is about; a name that was looked up travels on as an id."""

    title = "What is the pack about?"
    several: Sequence[tuple[uuid.UUID, str]] = ()  # of whom one is to be chosen
    kind = forms.ChoiceField(
        label="About",
        widget=forms.RadioSelect,
        choices=[
            (Scope.CONSENT.value, "One permission"),
            (Scope.REQUEST.value, "One request"),
            (Scope.CUSTOMER.value, "One customer"),
            (Scope.PERIOD.value, "A period"),
        ],
    )
    sought = forms.CharField(
        label="Which one",
        required=False,
        max_length=254,
        help_text="A permission by its number (OB-…), a request by its number (R-…), a customer by e-mail, account "
        "number or permission number. Not needed for a period.",
        widget=forms.TextInput(attrs=INPUT),
    )
    scope_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    first_day = _day("First day", required=False, hint="Of a period.")
    last_day = _day("Last day", required=False, hint="Of a period; the pack holds this day too.")

    def clean(self) -> dict[str, Any]:
        """Look up what was named; opens nothing."""
        data = super().clean()
        kind = data.get("kind")
        if kind == Scope.PERIOD:
            first, last = data.get("first_day"), data.get("last_day")
            if not first or not last or last < first:
                self.add_error("last_day", "A period has a first day and a last day that does not lie before it.")
            data["scope_id"] = None
        elif kind:
            data["first_day"] = data["last_day"] = None
            found = _all_of(kind, data.get("scope_id"), data.get("sought") or "")
            data["scope_id"] = found[0] if len(found) == 1 else None
            if len(found) > 1:
                self.several = finding.masked(found)
                self.add_error("sought", "Several customers hold this account: choose one of them.")
            elif not found:
                self.add_error("sought", "Nothing of this name was found.")
        data["sought"] = ""  # a name does not travel on
        return data


class ContentsForm(StepForm):
    """What goes in, and how far it is opened."""

    title = "What goes in, and how far is it opened?"
    redaction = forms.ChoiceField(
        label="How far events are opened",
        widget=forms.RadioSelect,
        choices=[(level.value, text) for level, text in LEVELS.items()],
    )
    letters = forms.BooleanField(
        label="The signed letters, byte for byte, and how each was signed",
        required=False,
        widget=forms.CheckboxInput(attrs=TICK),
    )
    mails = forms.BooleanField(
        label="The mails to and from the co-op, as they were", required=False, widget=forms.CheckboxInput(attrs=TICK)
    )
    received = forms.BooleanField(
        label="The files that came back (bills, usage)", required=False, widget=forms.CheckboxInput(attrs=TICK)
    )


class WhyForm(StepForm):
    """Why it leaves, to whom, on what ground."""

    title = "Why, to whom, and on what ground?"
    recipient = forms.CharField(
        label="Recipient", help_text="Who gets the pack.", max_length=200, widget=forms.TextInput(attrs=INPUT)
    )
    purpose = _text("What for", "The person who approves reads this, and so does the recipient.")
    basis = forms.ChoiceField(
        label="Legal basis", widget=forms.RadioSelect, choices=[(basis.value, text) for basis, text in BASES.items()]
    )
    demand = forms.CharField(
        label="Number of the legal demand",
        help_text="L-…; only where a legal demand is the basis.",
        required=False,
        max_length=16,
        widget=forms.TextInput(attrs=INPUT),
    )

    def clean(self) -> dict[str, Any]:
        """A demand is named where it is the basis, and only there."""
        data = super().clean()
        number = (data.get("demand") or "").strip().upper()
        data["demand"] = number
        if data.get("basis") == Basis.DEMAND:
            if not LegalDemand.objects.filter(number=number).exists():
                self.add_error("demand", "There is no legal demand of this number.")
        elif number:
            self.add_error("demand", "A legal demand is named only where it is the basis.")
        return data


LOOKED_UP = (Scope.CUSTOMER, Scope.CONSENT, Scope.REQUEST)  # scopes that somebody is found for
STEPS: tuple[type[StepForm], ...] = (ScopeForm, ContentsForm, WhyForm)


def ask_of(scope: dict[str, Any], contents: dict[str, Any], why: dict[str, Any]) -> Ask:
    """Put the answers of all steps together."""
    demand = LegalDemand.objects.get(number=why["demand"]) if why["demand"] else None
    last = scope["last_day"]
    return Ask(
        scope=Scope(scope["kind"]),
        scope_id=scope["scope_id"],
        period=(scope["first_day"], last + ONE_DAY) if last else None,
        redaction=Redaction(contents["redaction"]),
        contents=Contents(contents["letters"], contents["mails"], contents["received"]),
        basis=Basis(why["basis"]),
        purpose=why["purpose"],
        recipient=why["recipient"],
        demand=demand,
    )


def known(kind: str, row: uuid.UUID | None) -> uuid.UUID | None:
    """Give the id back if there is such a customer, consent or request."""
    if row is None:
        return None
    model = {Scope.CUSTOMER: Customer, Scope.CONSENT: Consent, Scope.REQUEST: DataRequest}[Scope(kind)]
    return row if model.objects.filter(id=row).exists() else None  # type: ignore[attr-defined]


def _all_of(kind: str, row: uuid.UUID | None, sought: str) -> list[uuid.UUID]:
    one = known(kind, row)
    if one is None and kind == Scope.CUSTOMER:
        return finding.customers_of(sought)
    found = one or find(kind, sought)
    return [found] if found else []


def find(kind: str, sought: str) -> uuid.UUID | None:
    """Find a customer, consent or request by what a person types; opens nothing."""
    text = sought.strip()
    if kind == Scope.CONSENT:
        return Consent.objects.filter(number=text.upper()).values_list("id", flat=True).first()
    if kind == Scope.REQUEST:
        return ManualRequest.objects.filter(number=text.upper()).values_list("request_id", flat=True).first()
    return finding.customer_of(text)


class _OrderMixin(GatedFormMixin):
    """Holds the last day of an order that forbids telling customers."""

    def clean_gag_last_day(self) -> date | None:
        """Refuse a day that is over, and one so far off that nobody would be told."""
        last: date | None = self.cleaned_data["gag_last_day"]
        today = timezone.localdate(timezone=ZoneInfo(settings.DISPLAY_ZONE))
        if last is not None and last < today:
            raise forms.ValidationError("This order is over already: it forbids nothing any more.")
        if last is not None and last > today + LONGEST_ORDER:
            raise forms.ValidationError(
                "An order is recorded for two years at most, so that customers are told in the end. "
                "Record its renewal when it comes."
            )
        return last


class DemandForm(_OrderMixin):
    """A legal demand as it came in."""

    authority = forms.CharField(label="Issuing authority", max_length=200, widget=forms.TextInput(attrs=INPUT))
    kind = forms.ChoiceField(label="Kind", choices=LegalDemand.Kind.choices, widget=forms.Select(attrs=SELECT))
    reference = forms.CharField(label="Its reference", max_length=100, widget=forms.TextInput(attrs=INPUT))
    asked = _text("What it asks for", "In its own words.")
    received_on = _day("Received on")
    due_on = _day("Answer due on")
    gag_reference = forms.CharField(
        label="Order that forbids telling customers",
        help_text="Its reference, only if there is such an order.",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs=INPUT),
    )
    gag_last_day = _day(
        "Last day of that order", required=False, hint="The day after, customers are told automatically."
    )

    def clean(self) -> dict[str, Any]:
        """An order has a reference and an end, or is none; an answer is not due before the demand came."""
        data = super().clean() or {}
        received, due = data.get("received_on"), data.get("due_on")
        if received and due and due < received:
            self.add_error("due_on", "The answer cannot be due before the demand came.")
        if bool(data.get("gag_reference")) != bool(data.get("gag_last_day")):
            self.add_error("gag_last_day", "An order that forbids telling needs its reference and its last day.")
        return data


class DecideForm(GatedFormMixin):
    """What counsel decided."""

    decision = forms.ChoiceField(
        label="Counsel’s decision",
        choices=LegalDemand.Decision.choices,
        widget=forms.Select(attrs=SELECT),
    )
    decided_on = _day("Decided on")
    reasons = _text("Reasons")


class GagForm(_OrderMixin):
    """An order that forbids telling customers, or its new end."""

    gag_reference = forms.CharField(label="Reference of the order", max_length=100, widget=forms.TextInput(attrs=INPUT))
    gag_last_day = _day("Last day", hint=TOLD)


class SubjectsForm(forms.Form):
    """Whom the demand names: one account number or e-mail address a line, pasted or as a text file."""

    lines = forms.CharField(
        label="Account numbers or e-mail addresses, one a line",
        help_text="What names nobody we know is counted and not kept.",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs=AREA),
    )
    file = forms.FileField(
        label="Or a text file with one a line",
        required=False,
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": ".txt,.csv,text/plain,text/csv"}),
    )

    def names(self) -> list[str]:
        """Give the lines of both."""
        uploaded = self.cleaned_data["file"]
        text = uploaded.read().decode("utf-8-sig", "replace") if uploaded else ""
        both = f"{self.cleaned_data['lines']}\n{text}".replace(",", "\n").replace(";", "\n")
        return [line.strip().strip('"') for line in both.splitlines() if line.strip()]


class AnswerForm(GatedFormMixin):
    """What went out and what did not."""

    produced = _text("Produced")
    withheld = _text("Withheld, and why", "Empty: nothing.", required=False)


def end_of(day: date) -> datetime:
    """Give the first moment after a day, by the co-op's clock."""
    return datetime.combine(day + ONE_DAY, time(), ZoneInfo(settings.DISPLAY_ZONE))
