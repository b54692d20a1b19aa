"""The officer's forms."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broker import utilities
from broker.audit.words import ACTS, PURPOSES
from broker.console.computed import COMPUTED
from broker.console.groups import GROUPS
from broker.console.templatetags.console_words import CHANNELS
from broker.inlets.forms import GatedFormMixin
from broker.parties.models import Application, User
from broker.reasons import REASONS

FIND_FIELDS = [
    ("account_number", _("Account number")),
    ("email", _("E-mail")),
    ("name", _("Name as on the bill")),
    ("meter", _("Meter number")),
]
MOST_LINES = 1_000
MOST_PLACES = 2**53 - 1  # largest whole number of our JSON
MOST_LOGS = 2**15 - 1  # largest number that a log has
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
LONG_NUMBER = re.compile(r"\d(?:[ ./-]?\d){6,}")  # as long as an account or telephone number
A_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
SEVERITY_WORDS = {
    "high": _("high: alarms"),
    "raised": _("raised: refused, failed, keys, two people, holds, demands"),
    "normal": _("normal: all else"),
}
OUTCOMES = {"ok": _("done"), "denied": _("refused"), "error": _("failed")}
KINDS = [
    ("s", _("Staff")),
    ("c", _("Customer")),
    ("a", _("Application")),
    ("v", _("Our service")),
    ("o", _("An approver from outside")),
    ("x", _("Unknown")),
]

EVERYBODY = {"person": [("", _("Everybody"))], "app": [("", _("All applications"))]}


def _input(kind: str = "text") -> dict[str, Any]:
    return {"class": "usa-input", "autocomplete": "off", "type": kind}


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "usa-select"})


def _choice(label: Any, choices: Any, every: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", every), *choices], widget=_select())


class FindForm(forms.Form):
    """Whom to look for; posted, because an address of a page must not name a person."""

    sought = forms.CharField(
        label=_("Find a customer by e-mail, account number, permission number or request number"),
        max_length=254,
        widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"}),
    )


class ReasonWordsForm(forms.Form):
    """Words of a reason; posted, because free words do not belong into an address."""

    reason_words = forms.CharField(
        label=_("Words of a reason for a refusal"),
        max_length=80,
        widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"}),
    )


class SearchForm(forms.Form):
    """One value, or a whole list of account numbers, pasted or as a file."""

    field = forms.ChoiceField(label=_("Search by"), choices=FIND_FIELDS, widget=_select())
    values = forms.CharField(
        label=_("Values, one a line"),
        help_text=_("Up to 1,000. Nothing of this list is kept: the log notes how many were sought and found."),
        required=False,
        max_length=260_000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 5, "autocomplete": "off"}),
    )
    file = forms.FileField(
        label=_("Or a text or CSV file"),
        help_text=_("The first column of each line is taken."),
        required=False,
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": ".txt,.csv,text/plain,text/csv"}),
    )


class LogFilterForm(forms.Form):
    """Which part of the log to show."""

    since = forms.DateField(
        label=_("From (Central time)"), required=False, widget=forms.DateInput(attrs=_input("date"), format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("Through"), required=False, widget=forms.DateInput(attrs=_input("date"), format="%Y-%m-%d")
    )
    group = _choice(_("Kind of action"), [(key, each.title) for key, each in GROUPS.items()], _("All kinds"))
    act = _choice(_("Action"), [(name, f"{name}: {ACTS[name].meaning}") for name in sorted(ACTS)], _("All actions"))
    res = _choice(_("Outcome"), list(OUTCOMES.items()), _("All outcomes"))
    kind = _choice(_("Who acted"), KINDS, _("Everybody"))
    person = forms.ChoiceField(label=_("Person"), required=False, widget=_select())
    app = forms.ChoiceField(label=_("Application"), required=False, widget=_select())
    customer = forms.UUIDField(
        label=_("Customer id"), required=False, widget=forms.TextInput(attrs={"class": "usa-input"})
    )
    purpose = _choice(_("Purpose"), [(each, each.replace("_", " ")) for each in sorted(PURPOSES)], _("All purposes"))
    code = _choice(
        _("Reason"), [(code, f"{REASONS[code].title} ({code})") for code in sorted(REASONS)], _("All reasons")
    )
    channel = _choice(_("Channel"), list(CHANNELS.items()), _("All channels"))
    utility = _choice(_("Utility"), [(each.id, each.id) for each in utilities.offers()], _("All utilities"))
    severity = _choice(_("Severity"), list(SEVERITY_WORDS.items()), _("All severities"))
    reasons = forms.CharField(required=False, max_length=4_000, widget=forms.HiddenInput)
    staff_reads = forms.BooleanField(
        label=_("Read by staff"), required=False, widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"})
    )
    outside = forms.BooleanField(
        label=_("Outside office hours"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )
    computed = forms.ChoiceField(
        required=False, choices=[("", ""), *((name, name) for name in COMPUTED)], widget=forms.HiddenInput
    )
    before = forms.IntegerField(required=False, min_value=0, max_value=MOST_PLACES, widget=forms.HiddenInput)
    log = forms.IntegerField(required=False, min_value=1, max_value=MOST_LOGS, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the people and programs that there are."""
        super().__init__(*args, **kwargs)
        people = User.objects.order_by("full_name")
        apps = Application.objects.select_related("organisation").order_by("organisation__legal_name", "name")
        self._offer("person", [(str(user.id), f"{user.full_name} ({user.role})") for user in people])
        self._offer("app", [(str(app.id), f"{app.organisation.legal_name}: {app.name}") for app in apps])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*EVERYBODY[name], *choices]

    def clean_reasons(self) -> str:
        """Take codes of reasons alone: free words do not belong into addresses or the log."""
        codes: str = self.cleaned_data["reasons"]
        if codes and not set(codes.split(",")) <= set(REASONS):
            raise forms.ValidationError(_("There is no such reason."))
        return codes

    def clean(self) -> dict[str, Any]:
        """Refuse a range that ends before it begins, and days that no calendar reaches."""
        chosen = super().clean() or {}
        for name in ("since", "until"):
            if chosen.get(name) and not FIRST_DAY <= chosen[name] <= LAST_DAY:
                self.add_error(name, _("Choose a day from 2000 through 2099."))
        if chosen.get("since") and chosen.get("until") and chosen["until"] < chosen["since"]:
            self.add_error("until", _("The last day is before the first day."))
        return chosen


class SaveViewForm(GatedFormMixin):
    """Keeps the filters of a page under a name."""

    name = forms.CharField(
        label=_("Name of this view (no names or numbers of customers)"),
        max_length=80,
        widget=forms.TextInput(attrs=_input()),
    )
    shared = forms.BooleanField(
        label=_("Shared with all officers"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )
    notify = forms.BooleanField(
        label=_("Raise an alert here when something new fits"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )

    def clean_name(self) -> str:
        """Keep out what names a customer: a name of a view is kept and shown as it is."""
        name: str = self.cleaned_data["name"]
        if "@" in name or LONG_NUMBER.search(A_DAY.sub("", name)):
            raise forms.ValidationError(
                _("The name of a view is kept in plain words: it may hold no e-mail address and no long number.")
            )
        return name


class NoteForm(GatedFormMixin):
    """A note about an event, sealed in an event of its own."""

    note = forms.CharField(
        label=_("Note"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 3}),
    )


class ReviewForm(GatedFormMixin):
    """The record of a daily review."""

    note = forms.CharField(
        label=_("What you looked at and what you found"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
    )


class ExportForm(GatedFormMixin):
    """In which form the filtered log leaves, and why."""

    kind = forms.ChoiceField(label=_("Format"), choices=[("csv", "CSV"), ("json", "JSON")], widget=_select())
    why = forms.CharField(label=_("What for"), max_length=300, widget=forms.TextInput(attrs=_input()))
