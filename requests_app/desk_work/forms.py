"""Forms of the desk's own work (interface)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone

from broker.inlets.forms import GatedFormMixin, SixDigitsField
from broker.parties.models import User
from requests_app.deadlines import can_be_named
from requests_app.desk_work import heard, notes, people
from requests_app.desk_work.heard import Said
from requests_app.desk_work.models import Heard
from requests_app.forms import DollarsField
from requests_app.ladder.words import CHOICES, OUTCOMES, Choice, Outcome, ReadAs

TEXT = {"class": "usa-input", "autocomplete": "off"}
AREA = {"class": "usa-textarea", "rows": 4}
SELECT = {"class": "usa-select"}
DAY = {"class": "usa-input", "type": "date"}
READ_AS = {
    ReadAs.ANSWER: "An answer in words",
    ReadAs.ACKNOWLEDGEMENT: "They have the request",
    ReadAs.QUESTION: "They ask us something",
    ReadAs.REFUSAL: "They will not send it",
    ReadAs.NOTHING: "It says nothing about the request",
}
SCANS = "application/pdf,image/png,image/jpeg"


if TYPE_CHECKING:
    _OfUsers = forms.ModelChoiceField[User]
else:
    _OfUsers = forms.ModelChoiceField

NO_SUCH_DAY = "Enter a day from the one on which they said so, at most four months ahead."


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
    amount = DollarsField(
        label="Fee in US dollars",
        help_text="Only for a fee. Nothing is paid by writing it down: it waits for a yes or a no.",
        min_value=Decimal("0.01"),
        max_digits=9,
        decimal_places=2,
        required=False,
        widget=forms.NumberInput(attrs={**TEXT, "inputmode": "decimal", "step": "0.01"}),
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
        elif data["on"] > people.today(timezone.now()) or self.happened_at() > timezone.now():
            self.add_error("on", "This is still to come.")
        if data["kind"] == Heard.Kind.PROMISE and data["day"] is None:
            self.add_error("day", "Which day did they name?")
        if data["kind"] != Heard.Kind.PROMISE and data["day"] is not None:
            self.add_error("day", "Choose “the day of the answer”, or leave this empty.")
        elif data["day"] is not None and not can_be_named(data["day"], data["on"]):
            self.add_error("day", NO_SUCH_DAY)
        if (data["kind"] == Heard.Kind.FEE) != (data["amount"] is not None):
            self.add_error("amount", "A fee has an amount, and nothing else has one.")
        return data

    def happened_at(self, begun: datetime | None = None) -> datetime:
        """Give when it came; a letter without a time at noon, but after the request (`begun`) and before now."""
        data, zone, now = self.cleaned_data, ZoneInfo(settings.DISPLAY_ZONE), timezone.now()
        if data["at"]:
            found = datetime.combine(data["on"], data["at"], zone)
            # A form's clock knows no seconds: a call of this minute is over when it is written down.
            return min(found + timedelta(seconds=59), now) if found <= now else found
        noon = datetime.combine(data["on"], datetime.min.time().replace(hour=12), zone)
        if begun is not None and begun.astimezone(zone).date() == data["on"]:
            noon = max(noon, begun)
        return min(noon, now)

    def said(self, begun: datetime) -> Said:
        """Give what was written down about a request that was made then."""
        data = self.cleaned_data
        return Said(
            way=Heard.Way(data["way"]),
            kind=Heard.Kind(data["kind"]),
            happened_at=self.happened_at(begun),
            spoke_with=data["spoke_with"].strip(),
            words=data["words"],
            day=data["day"],
            amount=data["amount"],
            scan=data["scan"].read() if data["scan"] else b"",
            scan_name=data["scan"].name if data["scan"] else "",
        )


class CallForm(GatedFormMixin, forms.Form):
    """What came of a call."""

    gate_inlet = "admin_note"
    on = forms.DateField(label="Day of the call", widget=forms.DateInput(attrs=DAY))
    at = forms.TimeField(
        label="Time of the call (Central)", widget=forms.TimeInput(attrs={"class": "usa-input", "type": "time"})
    )
    outcome = forms.ChoiceField(
        label="What came of it",
        choices=[("", "Choose"), *((each.value, text) for each, text in OUTCOMES.items())],
        widget=forms.Select(attrs=SELECT),
    )
    day = forms.DateField(
        label="Day that they named for their answer",
        help_text="Only where they will send it, and named one.",
        required=False,
        widget=forms.DateInput(attrs=DAY),
    )

    def clean(self) -> dict[str, Any]:
        """A call is over, and only who will send it names a day."""
        data = super().clean()
        if self.errors:
            return data
        if self.called_at() > timezone.now():
            self.add_error("at", "This is still to come.")
        if data["day"] is not None and data["outcome"] != Outcome.WILL_SEND:
            self.add_error("day", "Only who will send it names a day.")
        elif data["day"] is not None and not can_be_named(data["day"], data["on"]):
            self.add_error("day", NO_SUCH_DAY)
        return data

    def called_at(self) -> datetime:
        """Give when the call was; of a minute, its end: the clock of a form knows no seconds."""
        data = self.cleaned_data
        found = datetime.combine(data["on"], data["at"], ZoneInfo(settings.DISPLAY_ZONE))
        now = timezone.now()
        return min(found + timedelta(seconds=59), now) if found <= now else found


class GoesOnForm(GatedFormMixin, forms.Form):
    """How a request that nobody answered is to go on; a second person agrees or not."""

    gate_inlet = "admin_note"
    choice = forms.ChoiceField(
        label="How it goes on",
        choices=[(each.value, text) for each, text in CHOICES.items()],
        widget=forms.Select(attrs=SELECT),
    )
    until = forms.DateField(
        label="Keep waiting until",
        help_text="Only to keep waiting: a business day of the co-op, within 90 days.",
        required=False,
        widget=forms.DateInput(attrs=DAY),
    )
    reason = forms.CharField(
        label="Why",
        help_text="Sealed; the second person reads it.",
        max_length=1000,
        widget=forms.Textarea(attrs=AREA),
    )

    def clean(self) -> dict[str, Any]:
        """Only waiting has a day, and it needs one."""
        data = super().clean()
        if not self.errors and (data["choice"] == Choice.WAIT) != (data["until"] is not None):
            self.add_error("until", "Waiting has a last day, and nothing else has one.")
        return data


class ReadAsForm(forms.Form):
    """What a mail is that no rule could classify."""

    what = forms.ChoiceField(
        label="What it is",
        choices=[(each.value, text) for each, text in READ_AS.items()],
        widget=forms.Select(attrs=SELECT),
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

    code = SixDigitsField(
        label="6-digit code", attrs={**TEXT, "autocomplete": "one-time-code"}, invalid="The code has six digits."
    )
