"""The forms of the desk's page; each message says what to do next."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from broker.inlets.forms import GatedFormMixin, SixDigitsField
from consents.checking.forms import OnceForm
from requests_app.deadlines import can_be_named
from requests_app.desk.acts import MOST_FILES
from requests_app.desk.codes import read_hint
from requests_app.desk.models import DeskAct
from requests_app.forms import DollarsField

Kind = DeskAct.Kind
_TEXT = {"class": "usa-input", "autocomplete": "off", "spellcheck": "false"}
LARGEST_FEE = Decimal("9999.99")


class HintForm(forms.Form):
    """The code in our mail."""

    hint = forms.CharField(
        label="Code in our e-mail",
        help_text="Twelve letters and digits, such as K7QX-ABCD-2345. Hyphens and small letters do not matter.",
        max_length=40,
        widget=forms.TextInput(attrs={**_TEXT, "autocapitalize": "characters"}),
        error_messages={"required": "Enter the code that stands in our e-mail."},
    )

    def clean_hint(self) -> str:
        """Give its one spelling."""
        hint = read_hint(self.cleaned_data["hint"])
        if hint is None:
            raise forms.ValidationError("This is not a whole code. Compare it with the e-mail: it has twelve signs.")
        return hint


class CodeForm(forms.Form):
    """The six digits that went to the desk's mailbox."""

    code = SixDigitsField(
        label="The 6-digit code from your mailbox",
        attrs=_TEXT,
        required="Enter the six digits of the e-mail.",
        invalid="The code has six digits.",
    )


class FilesInput(forms.FileInput):
    """An input for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; empty ones and too many are refused, everything else is looked at in quarantine."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Give every file."""
        given = (data if isinstance(data, list | tuple) else [data]) or [None]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(f"At most {MOST_FILES} files at once. Send the others in a second step.")
        return [super(FilesField, self).clean(each, initial) for each in given]


class ActForm(GatedFormMixin, OnceForm):
    """Something about a request, with a remark if there is one."""

    words = forms.CharField(
        label="Your words",
        help_text="Please write no password and no other member’s data.",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
        error_messages={"required": "Write what you want to tell us."},
    )


class WordsForm(ActForm):
    """An answer in words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].required = True


class FilesForm(ActForm):
    """Files, with a remark."""

    attached = FilesField(
        label="Files",
        help_text="PDF, CSV or whatever you have; 25 MB in all. Please send only the months and items listed.",
        widget=FilesInput(attrs={"class": "usa-file-input"}),
        error_messages={"required": "Choose at least one file.", "empty": "A file is empty. Choose another one."},
    )
    field_order = ["attached", "words"]


class FormForm(ActForm):
    """The co-op's own form: a remark, and the form itself if it is at hand."""

    attached = FilesField(
        label="Your form, if you have it as a file",
        required=False,
        widget=FilesInput(attrs={"class": "usa-file-input"}),
        error_messages={"empty": "A file is empty. Choose another one."},
    )


class FeeForm(ActForm):
    """What it costs."""

    amount = DollarsField(
        label="Fee in US dollars",
        help_text="For this request, such as 35.00",
        min_value=Decimal("0.01"),
        max_value=LARGEST_FEE,
        max_digits=6,
        decimal_places=2,
        widget=forms.TextInput(attrs={**_TEXT, "inputmode": "decimal"}),
        error_messages={
            "required": "Enter the amount, such as 35.00.",
            "invalid": "Enter an amount such as 35.00.",
            "min_value": "Enter an amount above zero.",
            "max_value": "This is more than we can take here. Please write to us instead.",
        },
    )
    field_order = ["amount", "words"]


class PromiseForm(ActForm):
    """The day of the answer."""

    day = forms.DateField(
        label="Day on which you expect to send it",
        widget=forms.DateInput(attrs={"class": "usa-input", "type": "date"}),
        error_messages={"required": "Enter a day.", "invalid": "Enter a day such as 2026-07-15."},
    )
    field_order = ["day", "words"]

    def clean_day(self) -> Any:
        """Refuse a day that is past at the desk, or too far."""
        day, today = self.cleaned_data["day"], timezone.now().astimezone(self.zone).date()
        if not can_be_named(day, today):
            raise forms.ValidationError("Enter a day from today on, at most four months ahead.")
        return day

    def __init__(self, *args: Any, zone: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone


FORMS: dict[DeskAct.Kind, type[ActForm]] = {
    Kind.WORDS: WordsForm,
    Kind.FILES: FilesForm,
    Kind.OWN_FORM: FormForm,
    Kind.PAPER: ActForm,
    Kind.NOT_MEMBER: ActForm,
    Kind.DOUBT: WordsForm,
    Kind.FEE: FeeForm,
    Kind.PROMISE: PromiseForm,
}
