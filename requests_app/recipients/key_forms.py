"""The form of a new key."""

from django import forms

from broker.inlets.forms import GatedFormMixin
from broker.parties.scopes import OPERATIONS
from consents.forms import DATA_TYPE_LABELS

DAYS = ((30, "30 days"), (90, "90 days"), (365, "a year"))


class KeyForm(GatedFormMixin, forms.Form):
    """What a new key is called, what it opens, and how long it works."""

    name = forms.CharField(
        label="Name of the program",
        help_text="So that you know later which key is whose, such as “Bookkeeping server”.",
        max_length=120,
        widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"}),
        error_messages={"required": "Give the key a name."},
    )
    operations = forms.MultipleChoiceField(
        label="What may a program do with it?",
        choices=list(OPERATIONS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one: a key without any opens nothing."},
    )
    data_types = forms.MultipleChoiceField(
        label="Which kinds of data?",
        choices=[(code, label) for code, (label, _more) in DATA_TYPE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one kind of data."},
    )
    days = forms.TypedChoiceField(
        label="How long does it work?",
        choices=DAYS,
        coerce=int,
        initial=90,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how long the key works."},
    )
