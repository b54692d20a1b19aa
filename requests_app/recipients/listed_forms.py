"""A list of accounts in a form: pasted, or as a file; read strictly, from one place alone."""

from typing import Any

from django import forms

from broker.inlets.forms import GatedFormMixin
from requests_app.recipients import accounts

MOST_BYTES = 64 * 1024
ONE_OF_TWO = "Paste the numbers, or choose a file: one of the two."


class ListedAccountsMixin(GatedFormMixin):
    """Adds the two fields; `numbers` is in the cleaned data where a list was given."""

    most_accounts = accounts.MOST

    pasted = forms.CharField(
        label="Account numbers",
        help_text="One in each line. Or leave this empty and choose a file.",
        required=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label="Or a file (CSV or text)",
        help_text="A number in each line, or a table with a column named “account”; nothing else of it is read.",
        required=False,
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": ".csv,.txt,text/csv,text/plain"}),
    )

    def read_list(self, data: dict[str, Any]) -> None:
        """Read the list, from one place alone."""
        pasted, file = data.get("pasted") or "", data.get("file")
        if pasted.strip() and file:
            self.add_error("pasted", ONE_OF_TWO)
            return
        text = self._text(file) if file else pasted if pasted.strip() else None
        if text is not None:
            found = accounts.read(text, most=self.most_accounts)
            for problem in found.problems:
                self.add_error("file" if file else "pasted", problem)
            data["numbers"] = found.numbers

    def _text(self, file: Any) -> str | None:
        if file.size > MOST_BYTES:
            self.add_error("file", "The file is larger than a list of accounts is.")
            return None
        try:
            text = str(file.read().decode("utf-8"))
        except UnicodeDecodeError:
            self.add_error("file", "This is no text file. Save the list as CSV (UTF-8).")
            return None
        self.refuse_credentials("file", text, in_file=True)
        return text
