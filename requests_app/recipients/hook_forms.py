"""The form of what a program's address is told."""

from django import forms

from broker.inlets.forms import GatedFormMixin
from requests_app.hooks import events


class TypesForm(GatedFormMixin, forms.Form):
    """Which types of messages go to the address from now on."""

    types = forms.MultipleChoiceField(
        label="What should it be told?",
        choices=[(each, f"{each}: {events.TYPES[each].tells}") for each in events.CHOOSABLE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one. To be told nothing, disable the address."},
    )
