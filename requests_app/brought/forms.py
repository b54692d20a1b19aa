"""The forms: files that somebody brings, and a customer's answer about them (interface)."""

import uuid
from typing import Any

from django import forms

from broker.inlets.forms import GatedFormMixin
from requests_app.upload.forms import ManyFiles, ManyInput


class BroughtFilesForm(GatedFormMixin, forms.Form):
    """Files that a customer handed to a recipient's person; a script adds them to a drop one after another."""

    file = ManyFiles(
        label="Files that the customer gave you",
        help_text="Bills (PDF) or SmartHub usage files (CSV, XML or ZIP), several together, 25 MB in all",
        widget=ManyInput(attrs={"class": "usa-file-input", "accept": ".pdf,.csv,.xml,.zip"}),
    )
    draft = forms.UUIDField(required=False, widget=forms.HiddenInput)


class AnswerForm(GatedFormMixin, forms.Form):
    """A yes or no about the files that a page showed: all of them, or each by itself.

    What came after the page was shown is not on it, and so is never answered by it.
    """

    act = forms.ChoiceField(choices=[(each, each) for each in ("yes", "no", "each")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown: list[uuid.UUID] = []

    def clean(self) -> dict[str, Any]:
        """Read which files are meant; one that is no id makes the whole no answer."""
        data = super().clean()
        values = self.data.getlist("shown") if hasattr(self.data, "getlist") else self.data.get("shown", [])
        try:
            self.shown = [uuid.UUID(each) for each in values]
        except ValueError:
            self.add_error(None, "?")
        return data

    def said(self) -> dict[uuid.UUID, bool]:
        """Give the answer about each file that one was given about."""
        act = self.cleaned_data["act"]
        if act in ("yes", "no"):
            return dict.fromkeys(self.shown, act == "yes")
        words = {each: self.data.get(f"file-{each}", "") for each in self.shown}
        return {each: word == "yes" for each, word in words.items() if word in ("yes", "no")}
