"""Who is enrolled from outside, what is written to that person, and the answer."""

from typing import Any

from django import forms

from broker.console.outside.models import Approver
from broker.inlets.forms import GatedFormMixin, SixDigitsField

_INPUT = {"class": "usa-input", "autocomplete": "off"}
_AREA = {"class": "usa-textarea", "rows": 4}


class EnrolForm(GatedFormMixin):
    """Somebody from outside, and how we know this person."""

    full_name = forms.CharField(label="Full name", max_length=120, widget=forms.TextInput(attrs=_INPUT))
    house = forms.CharField(label="Works for", max_length=200, widget=forms.TextInput(attrs=_INPUT))
    email = forms.EmailField(label="Work e-mail", max_length=200, widget=forms.EmailInput(attrs=_INPUT))
    until = forms.DateField(label="Last day", widget=forms.DateInput(attrs={**_INPUT, "type": "date"}))
    why = forms.CharField(label="How we know this person", max_length=1000, widget=forms.Textarea(attrs=_AREA))


class SendForm(GatedFormMixin):
    """To whom a proposal goes, and what this person has to know."""

    outside = forms.ModelChoiceField(
        label="To whom", queryset=Approver.objects.none(), widget=forms.Select(attrs={"class": "usa-select"})
    )
    note = forms.CharField(
        label="Why it is needed, and what you looked at",
        help_text="No names of customers, no account numbers.",
        max_length=2000,
        widget=forms.Textarea(attrs=_AREA),
    )

    def __init__(self, *args: Any, standing: list[Approver], **kwargs: Any) -> None:
        """Offer whoever can be asked now."""
        super().__init__(*args, **kwargs)
        field = self.fields["outside"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Approver.objects.defer("email").filter(id__in=[each.id for each in standing])


class CodeForm(forms.Form):
    """The six digits of the newest mail."""

    code = SixDigitsField(
        label="The 6-digit code from your mailbox",
        attrs=_INPUT,
        required="Enter the six digits of the e-mail.",
        invalid="The code has six digits.",
    )


class AnswerForm(GatedFormMixin):
    """The answer's reason; for a letter on paper, what this person reads on it."""

    digits = forms.RegexField(
        r"^\s*\d{4}\s*$",
        required=False,
        label="Last four digits of the account number, as you read them on the signed letter",
        help_text="Only to agree. Have the signed letter shown to you; we do not send it.",
        max_length=8,
        widget=forms.TextInput(attrs={**_INPUT, "inputmode": "numeric"}),
        error_messages={"invalid": "These are four digits."},
    )
    why = forms.CharField(label="Your reason", max_length=1000, widget=forms.Textarea(attrs=_AREA))

    def __init__(self, *args: Any, on_paper: bool, **kwargs: Any) -> None:
        """Ask for the digits only where there is a letter on paper."""
        super().__init__(*args, **kwargs)
        if not on_paper:
            del self.fields["digits"]
