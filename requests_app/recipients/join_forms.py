"""The forms of the sign-up and of its answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from broker.inlets.forms import GatedFormMixin
from broker.terms import PURPOSES
from consents.forms import printable
from requests_app.recipients.joining import is_free

_TEXT = {"class": "usa-input"}


def printable_lines(text: str) -> None:
    """Refuse what cannot be shown, in several lines: nothing may turn what a customer reads into something else."""
    printable(" ".join(text.splitlines()))


class ApplyForm(GatedFormMixin, forms.Form):
    """What the organisation is, and who speaks for it."""

    legal_name = forms.CharField(
        label=_("Legal name of your organisation"),
        max_length=200,
        validators=[printable],
        widget=forms.TextInput(attrs={**_TEXT, "autocomplete": "organization"}),
    )
    address = forms.CharField(
        label=_("Its postal address"),
        help_text=_("It stands in each letter that a customer signs for you."),
        max_length=300,
        validators=[printable],
        widget=forms.TextInput(attrs={**_TEXT, "autocomplete": "street-address"}),
    )
    about = forms.CharField(
        label=_("What does your organisation do?"),
        help_text=_("Two or three sentences. A customer reads them before she decides. Write in English."),
        max_length=500,
        validators=[printable_lines],
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
    )
    about_es = forms.CharField(
        label=_("The same in Spanish, if you can"),
        help_text=_("Customers who read in Spanish see it. Without it they see the English text."),
        max_length=500,
        required=False,
        validators=[printable_lines],
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4, "lang": "es"}),
    )
    phone = forms.RegexField(
        r"^[0-9+() .\-]*$",
        label=_("Telephone of your organisation, if any"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={**_TEXT, "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"invalid": _("A telephone number has digits, blanks, + - ( ) and nothing else.")},
    )
    contact_name = forms.CharField(
        label=_("Your own name"),
        max_length=150,
        validators=[printable],
        widget=forms.TextInput(attrs={**_TEXT, "autocomplete": "name"}),
    )
    purposes = forms.MultipleChoiceField(
        label=_("What would you ask customers’ data for?"),
        choices=[(code, _(text)) for code, text in PURPOSES.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one purpose.")},
    )


class PurposesForm(GatedFormMixin, forms.Form):
    """What an organisation may ask for from now on, and why (English: our own people)."""

    purposes = forms.MultipleChoiceField(
        label="What may it ask customers’ data for?",
        choices=list(PURPOSES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one. To end all of it, take its keys and people away."},
    )
    reason = forms.CharField(
        label="Why does it change?",
        help_text="The second person reads it: who asked, when, and how you know that it was the organisation.",
        max_length=1000,
        validators=[printable_lines],
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
    )


class AnswerForm(GatedFormMixin, forms.Form):
    """What the first person proposes to the second (English: our own people)."""

    answer = forms.ChoiceField(
        label="What do you propose?",
        choices=[("enrol", "Enrol it"), ("refuse", "Refuse it")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    slug = forms.SlugField(
        label="Short name",
        help_text="Small letters, digits and hyphens: it stands in addresses, and the contact signs in with it.",
        max_length=50,
        widget=forms.TextInput(attrs={**_TEXT, "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label="What did you check?",
        help_text="The second person reads it: the register of companies, the call back, the mail address.",
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
    )

    def clean_slug(self) -> str:
        """Give it in small letters, if nobody has it."""
        slug = str(self.cleaned_data["slug"]).lower()
        if not is_free(slug):
            raise forms.ValidationError("Somebody has this short name.")
        return slug
