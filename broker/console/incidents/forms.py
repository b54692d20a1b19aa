"""Forms of the register of incidents."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone

from broker.console.incidents.duties import Choice, Ground
from broker.console.incidents.listing import OWN_NAME
from broker.console.incidents.models import Incident, Step
from broker.console.incidents.recording import Seen
from broker.inlets.forms import GatedFormMixin
from requests_app.models import DataRequest, ReceivedFile

INPUT = {"class": "usa-input", "autocomplete": "off"}
SELECT = {"class": "usa-select"}
AREA = {"class": "usa-textarea", "rows": 5}
MOST_TEXT = 4_000
GROUNDS = {
    Ground.NONE: "No ground: they are told",
    Ground.NO_HARM: "After an investigation no harm to anybody is likely",
    Ground.ENCRYPTED: "All of it was encrypted, and the keys were not taken",
    Ground.NOT_LISTED: "Nothing that the law lists was in it",
}


def _moment(label: str, *, required: bool = True, later: bool = False) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={**INPUT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return _Central(later=later, label=label, required=required, widget=widget, help_text="Central time.")


class _Central(forms.DateTimeField):
    def __init__(self, *, later: bool, **more: Any) -> None:
        super().__init__(**more)
        self._later = later

    def to_python(self, value: Any) -> datetime | None:
        """Read the hands of the clock as Central, whatever the site's zone is.

        In the hour that comes twice a beginning is the first, and an end (`later`) the second, unless that lies ahead:
        nobody whose data was touched between the two may be missing.
        """
        found = super().to_python(value)
        if found is None:
            return None
        first = found.replace(tzinfo=ZoneInfo(settings.DISPLAY_ZONE), fold=0)
        second = first.replace(fold=1)
        return second if self._later and second.astimezone(UTC) <= timezone.now() else first


def _text(label: str, hint: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=MOST_TEXT, widget=forms.Textarea(attrs=AREA)
    )


class IncidentForm(GatedFormMixin):
    """What happened."""

    source = forms.ChoiceField(label="Who noticed", choices=Incident.Source.choices, widget=forms.Select(attrs=SELECT))
    reference = forms.RegexField(
        r"^[\w.-]*$",
        label="Number of the question, alarm or entry",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs=INPUT),
    )
    words = _text("What happened", "As far as you know now. Corrections are written into the investigation.")
    happened_from = _moment("It began")
    happened_to = _moment("It ended", required=False, later=True)
    known_at = _moment("One of us first knew")

    def seen(self) -> Seen:
        """Give what was filled in."""
        return Seen(**{name: self.cleaned_data[name] for name in Seen.__dataclass_fields__})


class NarrowForm(GatedFormMixin):
    """What the list is narrowed to beside the filters of the log."""

    file = forms.ModelChoiceField(
        label="Id of a file",
        queryset=ReceivedFile.objects.all(),
        required=False,
        widget=forms.TextInput(attrs=INPUT),
    )
    request = forms.ModelChoiceField(
        label="Id of a request",
        queryset=DataRequest.objects.all(),
        required=False,
        widget=forms.TextInput(attrs=INPUT),
    )

    own_name = forms.BooleanField(
        label="Also what was done in the customer's own name",
        help_text="Where a session or a link of a customer was stolen.",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )

    def words(self) -> dict[str, str]:
        """Give the ids and the tick as they are kept."""
        ids = {name: str(row.pk) for name in ("file", "request") if (row := self.cleaned_data.get(name)) is not None}
        return ids | ({OWN_NAME: "1"} if self.cleaned_data.get(OWN_NAME) else {})


class ProposalForm(GatedFormMixin):
    """Whether customers are told, and why."""

    choice = forms.ChoiceField(
        label="Proposal",
        choices=[(Choice.NOTIFY.value, "Tell the customers"), (Choice.NO_NOTICE.value, "No notice")],
        widget=forms.Select(attrs=SELECT),
    )
    ground = forms.ChoiceField(
        label="Ground, if there is no notice",
        choices=[(each.value, text) for each, text in GROUNDS.items()],
        required=False,
        widget=forms.Select(attrs=SELECT),
    )
    investigation = _text("Investigation", "What was looked into, who was asked, what was found. Kept five years.")
    said_en = _text(
        "Words to the customers, English",
        "What happened in general terms, and which kinds of data. No name, no number.",
        required=False,
    )
    said_es = _text("The same in Spanish", required=False)


class DelayForm(GatedFormMixin):
    """What a law enforcement agency wrote."""

    agency = forms.CharField(label="Agency", max_length=120, widget=forms.TextInput(attrs=INPUT))
    written_on = forms.DateField(
        label="Day of its letter", widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label="Notice waits until",
        help_text="On this day it goes on. Today ends a delay that stands; for more than a year they write again.",
        widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d"),
    )
    words = _text("Who asked for it there, how, and where the letter lies", "Sealed; the second person reads it.")


class StepForm(GatedFormMixin):
    """What was done by phone, post or another office."""

    kind = forms.ChoiceField(
        label="What was done",
        choices=[each for each in Step.Kind.choices if each[0] != Step.Kind.CUSTOMERS],
        widget=forms.Select(attrs=SELECT),
    )
    how = forms.CharField(
        label="How", required=False, max_length=200, widget=forms.TextInput(attrs=INPUT), help_text="No names."
    )
    at = _moment("When")
