"""Forms of the desk's own work (interface)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone

from broker.inlets.forms import GatedFormMixin
from broker.parties.models import User
from requests_app.desk_work import heard, notes, people
from requests_app.desk_work.heard import Said
from requests_app.desk_work.models import Heard

TEXT = {"class": "usa-input", "autocomplete": "off"}
AREA = {"class": "usa-textarea", "rows": 4}
SELECT = {"class": "usa-select"}
DAY = {"class": "usa-input", "type": "date"}
SCANS = "application/pdf,image/png,image/jpeg"


if TYPE_CHECKING:
    _OfUsers = forms.ModelChoiceField[User]
else:
    _OfUsers = forms.ModelChoiceField


class PersonField(_OfUsers):
    """Chooses a person of the desk by the name that colleagues know."""

    def label_from_instance(self, obj: Any) -> str:
        """Give the person's name."""
        return str(obj.full_name)


def _people(label: str) -> PersonField:
    return PersonField(label=label, queryset=people.working(), widget=forms.Select(attrs=SELECT))


class GiveForm(forms.Form):
    """To whom a request is given."""

    person = _people("Give it to")


class NoteForm(GatedFormMixin, forms.Form):
    """A remark on a request."""

    gate_inlet = "admin_note"
    text = forms.CharField(
        label="A new note",
        help_text="Sealed, and never changed. Colleagues and officers can open it; never write a password.",
        max_length=notes.LONGEST,
        widget=forms.Textarea(attrs=AREA),
    )


class HeardForm(GatedFormMixin, forms.Form):
    """What the co-op said by phone or post."""

    gate_inlet = "admin_note"
    way = forms.ChoiceField(
        label="How it came",
        choices=[("phone", "They phoned, or we did"), ("post", "A letter came by post")],
        widget=forms.Select(attrs=SELECT),
    )
    kind = forms.ChoiceField(label="What it is", choices=Heard.Kind.choices, widget=forms.Select(attrs=SELECT))
    on = forms.DateField(label="Day on which it came", widget=forms.DateInput(attrs=DAY))
    at = forms.TimeField(
        label="Time of the call (Central)",
        help_text="For a letter it may stay empty.",
        required=False,
        widget=forms.TimeInput(attrs={"class": "usa-input", "type": "time"}),
    )
    spoke_with = forms.CharField(
        label="Who said it",
        help_text="The name of the person at the co-op, as they gave it.",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs=TEXT),
    )
    words = forms.CharField(
        label="What was said",
        help_text="Sealed. No account number in full, and never a password.",
        max_length=heard.LONGEST,
        widget=forms.Textarea(attrs={**AREA, "rows": 6}),
    )
    day = forms.DateField(
        label="Day that they named for their answer",
        help_text="Only where they named one.",
        required=False,
        widget=forms.DateInput(attrs=DAY),
    )
    scan = forms.FileField(
        label="Scan of the letter (PDF, PNG or JPEG)",
        help_text="It is looked into like the file of a mail. An answer’s scan waits in quarantine.",
        required=False,
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": SCANS}),
    )

    def clean(self) -> dict[str, Any]:
        """A call has its time; nothing is still to come; a promise has its day, and nothing else has one."""
        data = super().clean()
        if self.errors:
            return data
        if data["way"] == Heard.Way.PHONE and data["at"] is None:
            self.add_error("at", "When was the call?")
        elif self.happened_at() > timezone.now():
            self.add_error("on", "This is still to come.")
        if data["kind"] == Heard.Kind.PROMISE and data["day"] is None:
            self.add_error("day", "Which day did they name?")
        if data["kind"] != Heard.Kind.PROMISE and data["day"] is not None:
            self.add_error("day", "Choose “the day of the answer”, or leave this empty.")
        return data

    def happened_at(self) -> datetime:
        """Give when it came; a letter without a time came at noon of its day, or now."""
        data = self.cleaned_data
        at = data["at"] or datetime.min.time().replace(hour=12)
        found = datetime.combine(data["on"], at, ZoneInfo(settings.DISPLAY_ZONE))
        return found if data["at"] else min(found, timezone.now())

    def said(self) -> Said:
        """Give what was written down."""
        data = self.cleaned_data
        return Said(
            way=Heard.Way(data["way"]),
            kind=Heard.Kind(data["kind"]),
            happened_at=self.happened_at(),
            spoke_with=data["spoke_with"].strip(),
            words=data["words"],
            day=data["day"],
            scan=data["scan"].read() if data["scan"] else b"",
            scan_name=data["scan"].name if data["scan"] else "",
        )


class AwayForm(forms.Form):
    """Days on which a person is away, and who stands in."""

    person = _people("Who is away")
    first = forms.DateField(label="First day away", widget=forms.DateInput(attrs=DAY))
    last = forms.DateField(label="Last day away", widget=forms.DateInput(attrs=DAY))
    cover = _people("Who stands in")

    def clean(self) -> dict[str, Any]:
        """Days are in order, and nobody stands in for herself."""
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        if data["last"] < data["first"]:
            self.add_error("last", "The last day is before the first.")
        if data["person"] == data["cover"]:
            self.add_error("cover", "Somebody else has to stand in.")
        return data


class MailboxForm(forms.Form):
    """Where the morning mail is to go."""

    email = forms.EmailField(
        label="Your e-mail address at work",
        help_text="A code goes there first. The morning mail names request numbers and counts, never a customer.",
        widget=forms.EmailInput(attrs={**TEXT, "autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    """The code that came back."""

    code = forms.RegexField(
        r"\A\s*[0-9]{6}\s*\Z",
        label="6-digit code",
        widget=forms.TextInput(attrs={**TEXT, "inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"invalid": "Six digits."},
    )
