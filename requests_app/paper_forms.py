"""The form by which staff enter a letter that was signed on paper (interface)."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone

from broker.inlets.forms import GatedFormMixin
from broker.parties.purposes import is_beyond
from broker.terms import DATA_TYPES, PURPOSES
from consents.loa.code import read_code
from consents.paper.entering import Original
from consents.paper.models import PaperLetter
from consents.rules import last_day_of_term
from requests_app.forms import LABELS

TEXT = {"class": "usa-input", "autocomplete": "off"}
TICK = {"class": "usa-checkbox__input"}
DAY = {"class": "usa-input", "type": "date"}


class PaperForm(GatedFormMixin, forms.Form):
    """What the signed original says, as read off by the first person."""

    gate_inlet = "admin_note"
    code = forms.CharField(label="Code of the letter", max_length=14, widget=forms.TextInput(attrs=TEXT))
    scan = forms.FileField(
        label="Scan of the signed original (PDF or JPEG, at most 10 MB and 12 pages)",
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": "application/pdf,image/jpeg"}),
    )
    name = forms.CharField(label="Name, as on the bill", max_length=150, widget=forms.TextInput(attrs=TEXT))
    account = forms.RegexField(
        r"\A[0-9]{4,12}\Z",
        label="Account number",
        widget=forms.TextInput(attrs={**TEXT, "inputmode": "numeric"}),
        error_messages={"invalid": "Digits alone, 4 to 12."},
    )
    address = forms.CharField(label="Service address", max_length=200, widget=forms.TextInput(attrs=TEXT))
    email = forms.EmailField(
        label="E-mail address (none: she gets her copies by post)",
        required=False,
        widget=forms.EmailInput(attrs=TEXT),
    )
    data_types = forms.MultipleChoiceField(
        label="Data that is ticked",
        choices=[(kind, LABELS[kind]) for kind in DATA_TYPES],
        widget=forms.CheckboxSelectMultiple,
    )
    history_from = forms.DateField(label="From (first day)", widget=forms.DateInput(attrs=DAY))
    history_through = forms.DateField(label="Through (last day)", widget=forms.DateInput(attrs=DAY))
    forward = forms.BooleanField(label="New data is ticked", required=False, widget=forms.CheckboxInput(attrs=TICK))
    purpose = forms.ChoiceField(
        label="Purpose that is ticked",
        choices=[("", "Choose"), *PURPOSES.items()],
        widget=forms.Select(attrs={"class": "usa-select"}),
    )
    last_day = forms.DateField(label="Last day of the permission", widget=forms.DateInput(attrs=DAY))
    nectar = forms.BooleanField(label="Nectar is ticked", required=False, widget=forms.CheckboxInput(attrs=TICK))
    signed_on = forms.DateField(label="Date beside the signature", widget=forms.DateInput(attrs=DAY))
    received_on = forms.DateField(label="Day on which it came by post", widget=forms.DateInput(attrs=DAY))

    def clean(self) -> dict[str, Any]:
        """Find the letter by its code; days are in order, and the term is at most twelve months from the signature."""
        data = super().clean()
        if self.errors:
            return data
        today = timezone.now().astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()
        code = read_code(data["code"])
        data["letter"] = PaperLetter.objects.filter(code=code).first() if code else None
        if data["letter"] is None:
            self.add_error("code", "No letter of ours has this code.")
        elif is_beyond(data["letter"].organisation, data["purpose"]):
            self.add_error("purpose", "This organisation was not approved to ask for this purpose.")
        if data["history_through"] < data["history_from"]:
            self.add_error("history_through", "The last day is before the first.")
        if not data["signed_on"] <= data["received_on"] <= today:
            self.add_error("received_on", "It is signed, then it comes, and neither is still to come.")
        ends = data["last_day"] + timedelta(days=1)
        if not today < ends <= last_day_of_term(data["signed_on"]):
            self.add_error("last_day", "It is over, or more than twelve months after the signature.")
        return data

    def received_at(self) -> datetime:
        """Give when it came: noon of that day, for a postman brings no time."""
        noon = datetime.combine(self.cleaned_data["received_on"], datetime.min.time()) + timedelta(hours=12)
        return min(noon.replace(tzinfo=ZoneInfo(settings.DISPLAY_ZONE)), timezone.now())

    def original(self) -> Original:
        """Give what was read off, ends exclusive."""
        data = self.cleaned_data
        return Original(
            name=data["name"].strip(),
            account=data["account"],
            address=data["address"].strip(),
            data_types=tuple(kind for kind in DATA_TYPES if kind in data["data_types"]),
            purpose=data["purpose"],
            history_from=data["history_from"],
            history_to=data["history_through"] + timedelta(days=1),
            ends=data["last_day"] + timedelta(days=1),
            forward=data["forward"],
            nectar=data["nectar"],
            email=data["email"].strip(),
            signed_on=data["signed_on"],
            data=data["scan"].read(),
        )
