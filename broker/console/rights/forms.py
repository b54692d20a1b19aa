"""What a reviewer says of a right."""

from django import forms

from broker.inlets.forms import GatedFormMixin


class VerdictForm(GatedFormMixin):
    """Keep, or take away, and why."""

    verdict = forms.ChoiceField(
        label="What becomes of it",
        choices=[("", "Choose"), ("keep", "Keep"), ("take", "Take away")],
        widget=forms.Select(attrs={"class": "usa-select"}),
    )
    why = forms.CharField(
        label="Why (needed to take it away, and to keep what was not used for 60 days)",
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"}),
    )
