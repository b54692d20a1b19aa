"""The forms of the public page; each message says what to do next."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from broker.inlets.forms import GatedFormMixin, SixDigitsField
from consents.loa.code import read_code
from consents.loa.verify import LARGEST

_TEXT = {"class": "usa-input", "autocomplete": "off", "spellcheck": "false"}


class LetterForm(forms.Form):
    """The code on the letter and the last four digits of an account that it names."""

    code = forms.CharField(
        label=_("Code on the letter"),
        help_text=_("Eight letters and digits, such as 7Q4M-2K9P. Spaces and small letters do not matter."),
        max_length=40,
        widget=forms.TextInput(attrs={**_TEXT, "autocapitalize": "characters"}),
        error_messages={"required": _("Enter the code that is printed on the letter.")},
    )
    digits = forms.RegexField(
        r"^\s*\d{4}\s*$",
        label=_("Last four digits of the account number"),
        help_text=_("The account that the letter names. This shows that you have the letter."),
        max_length=12,
        widget=forms.TextInput(attrs={**_TEXT, "inputmode": "numeric"}),
        error_messages={
            "required": _("Enter the last four digits of the account number."),
            "invalid": _("Enter four digits, such as 0042."),
        },
    )

    def clean_code(self) -> str:
        """Give the code's one spelling; its check character tells a slip from an unknown code."""
        code = read_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(
                _("This is not a whole code: one character is wrong or missing. Compare it with the letter.")
            )
        return code


class FileForm(forms.Form):
    """The file that somebody has."""

    file = forms.FileField(
        label=_("The letter as a file"),
        help_text=_("The PDF as you received it, at most 5 MB. We look at it and keep nothing of it."),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": ".pdf"}),
        error_messages={"required": _("Choose the PDF that you received.")},
    )

    def clean_file(self) -> "UploadedFile[Any]":
        """Refuse what is too large to be a letter."""
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        if (upload.size or 0) > LARGEST:
            raise forms.ValidationError(_("This file is larger than 5 MB. A letter of ours is much smaller."))
        return upload


class OnceForm(forms.Form):
    """A press of a button, which counts once however often it is sent."""

    once = forms.UUIDField(widget=forms.HiddenInput)


class DoubtForm(GatedFormMixin, OnceForm):
    """Why the co-op doubts a letter."""

    words = forms.CharField(
        label=_("What makes you doubt it?"),
        help_text=_("One or two sentences for our staff. Please write no password and no other member’s data."),
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
        error_messages={"required": _("Say in a few words what makes you doubt the letter.")},
    )


class ClerkCodeForm(forms.Form):
    """The six digits that went to the co-op's mailbox."""

    code = SixDigitsField(
        label=_("The 6-digit code from your co-op’s mailbox"),
        attrs=_TEXT,
        required=_("Enter the six digits of the e-mail."),
        invalid=_("The code has six digits."),
    )
