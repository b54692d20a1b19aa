"""What a person says of a stop, a suspension, and their end."""

import uuid
from typing import Any

from django import forms

from broker.duties.models import Bar
from broker.inlets.forms import GatedFormMixin
from broker.parties.models import Application, Organisation, User
from broker.parties.signin import leaving

_TEXT = forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"})


class WhyForm(GatedFormMixin):
    """Why; it stands in the log."""

    why = forms.CharField(label="Why", max_length=500, widget=_TEXT)


class SuspendForm(WhyForm):
    """Whom, and why."""

    whom = forms.ChoiceField(label="Recipient, program or person", widget=forms.Select(attrs={"class": "usa-select"}))

    field_order = ["whom", "why"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer everybody who is not suspended yet; whoever decides is disabled by two people, not suspended by one."""
        super().__init__(*args, **kwargs)
        field = self.fields["whom"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose"), *_choices()]

    def chosen(self) -> Organisation | Application | User:
        """Give whom the form names; it is valid."""
        kind, _, key = self.cleaned_data["whom"].partition(":")
        identity = uuid.UUID(key)
        if kind == "organisation":
            return Organisation.objects.get(id=identity)
        return Application.objects.get(id=identity) if kind == "application" else User.objects.get(id=identity)


def _choices() -> list[tuple[str, list[tuple[str, str]]]]:
    standing = {bar.about for bar in Bar.objects.filter(lifted_at=None)}
    houses = Organisation.objects.order_by("legal_name")
    programs = Application.objects.filter(revoked_at=None).select_related("organisation").order_by("name", "id")
    people = User.objects.filter(is_active=True).exclude(role__in=leaving.BY_TWO).order_by("full_name", "id")
    groups = [
        ("Recipients", [(f"organisation:{each.id}", each.legal_name, each.id) for each in houses]),
        (
            "Programs",
            [(f"application:{each.id}", f"{each.name}, {each.organisation.legal_name}", each.id) for each in programs],
        ),
        ("People", [(f"person:{each.id}", f"{each.full_name}, {each.role}", each.id) for each in people]),
    ]
    return [(title, [(value, text) for value, text, key in rows if key not in standing]) for title, rows in groups]
