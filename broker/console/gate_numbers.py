"""One refusal of the gate as an officer reads it, by its number, and the newest of an incident (interface)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django import forms

from broker.console.hours import local
from broker.credentials import why
from broker.inlets import numbers, said
from broker.inlets.forms import GatedFormMixin
from broker.inlets.models import Incident, Refused
from broker.parties.models import Application, User

EACH = 10  # newest refusals that stand under an incident; the log and the look-up have the others
SERVICES = {"service": "our own service", "mail": "a mail", "customer": "a customer"}


class NumberForm(GatedFormMixin):
    """Which refusal to find; a number names nobody, so it may stand in the address."""

    number = forms.CharField(
        label="Find a refusal by its number",
        help_text=f"As the member or recipient tells it: {numbers.EXAMPLE}",
        max_length=20,
        error_messages={"required": f"Type the number, such as {numbers.EXAMPLE}."},
        widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"}),
    )

    def clean_number(self) -> list[Refused]:
        """Take a number however one writes it, and say so where it is none or where nothing has it."""
        found = numbers.of_number(self.cleaned_data["number"])
        if found is None:
            raise forms.ValidationError(
                f"A number is G- and eight of the digits 0 to 9 and the letters a to f: {numbers.EXAMPLE}."
            )
        if not found:
            raise forms.ValidationError("No refusal has this number. Have it read out once more.")
        return found


@dataclass(frozen=True)
class Line:
    """One refusal in words; nothing of the message, which was not kept."""

    number: str
    at: datetime
    inlet: str
    place: str
    rule: str
    event: int | None


@dataclass(frozen=True)
class Found:
    """A refusal that was looked for, with its sender, what became of it and the incident that counted it."""

    line: Line
    who: str
    standing: str
    incident: Incident | None


def line(row: Refused) -> Line:
    """Write one refusal."""
    rule = f"{why(row.rule)} ({row.rule})"
    return Line(str(row), row.at, said.inlet(row.inlet), said.place(row.part), rule, numbers.event_of(row))


def found(rows: Iterable[Refused], now: datetime) -> list[Found]:
    """Write refusals that were looked for."""
    rows = list(rows)
    who = senders(rows)
    return [Found(line(row), who[row.sender], standing(row, now), numbers.group_of(row)) for row in rows]


def standing(row: Refused, now: datetime) -> str:
    """Say what became of a refusal, and whether two people may let it through."""
    if row.passed_at is not None:
        return "Two people let it through, and the message was taken."
    if row.released_by is not None and row.asked_by is not None:
        return f"{row.asked_by.full_name} called it a false alarm, {row.released_by.full_name} let it through once."
    if row.structural:
        return "Nobody lets it through: it was found by its structure, or at a door outward, or it is a sealed mail."
    if row.mac_until is None or row.mac_until <= now:
        return "Nobody can let it through any more, or its text was too short to know it again: it is sent anew."
    if row.asked_by is not None:
        return f"{row.asked_by.full_name} called it a false alarm; a second person of the desk decides."
    return "Nobody has called it a false alarm."


def senders(rows: Collection[Refused | Incident]) -> dict[str, str]:
    """Name who sent these: a recipient's program or person, somebody of ours, or nobody in particular."""
    split = [row.sender.partition(":") for row in rows]
    programs, people = ({UUID(each) for of, _colon, each in split if of == kind} for kind in ("application", "person"))
    names = {}
    for app in Application.objects.filter(id__in=programs).select_related("organisation"):
        names[f"application:{app.id}"] = f"{app.organisation.legal_name}: {app.name}"
    for user in User.objects.filter(id__in=people).select_related("organisation"):
        house = user.organisation.legal_name if user.organisation else "our own people"
        names[f"person:{user.id}"] = f"{house}: {user.full_name}"
    nobody = "a customer or a stranger"
    return {row.sender: names.get(row.sender) or SERVICES.get(row.sender, nobody) for row in rows}


def in_log(group: Incident) -> str:
    """Give the filters of the log that find what an incident counts: as narrow as headers allow."""
    of, _colon, identity = group.sender.partition(":")
    chosen = {"act": "gate.held" if of == "mail" else "gate.refused"}
    if of in ("application", "person"):
        chosen["app" if of == "application" else "person"] = identity
    days = {"since": local(group.first_at).date().isoformat(), "until": local(group.last_at).date().isoformat()}
    return urlencode(chosen | days)
