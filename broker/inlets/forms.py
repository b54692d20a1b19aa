"""Forms that pass the gate once more, with what the form made of the input; the field for the six digits of a mail."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broker.inlets import said
from broker.looking import TOO_LONG, look

# Days that a person can mean. Beyond them the calendar itself ends: the day after the last one there is none.
YEARS = range(1900, 2200)


class SixDigitsField(forms.RegexField):
    """The six digits of a mailed code, typed or pasted with a blank in the middle; gives the digits alone."""

    def __init__(
        self, *, label: Any, attrs: dict[str, Any], required: Any = "", invalid: Any, help_text: Any = ""
    ) -> None:
        """Ask under `label`; `required` and `invalid` say what to do where there are none, or not six."""
        super().__init__(
            r"^\s*\d{3}\s?\d{3}\s*$",
            label=label,
            help_text=help_text,
            max_length=12,
            widget=forms.TextInput(attrs={**attrs, "inputmode": "numeric"}),
            error_messages={"invalid": invalid, **({"required": required} if required else {})},
        )

    def clean(self, value: Any) -> str:
        """Give the six digits alone."""
        return "".join(super().clean(value).split())


class GatedFormMixin(forms.Form):
    """Refuses portal credentials in any text field, also where a form is used without the middleware.

    A day of a year that nobody can mean is refused as no day.
    """

    gate_inlet = "web_form"

    def clean(self) -> dict[str, Any]:
        """Scan what was typed; name the field, never repeat the text."""
        data: dict[str, Any] = super().clean() or {}
        for name, value in list(data.items()):  # an error takes its value out
            if isinstance(value, str):
                self.refuse_credentials(name, value)
            elif isinstance(value, date) and value.year not in YEARS:
                self.add_error(name, forms.DateField.default_error_messages["invalid"])
        return data

    def refuse_credentials(self, name: str, text: str, *, in_file: bool = False) -> None:
        """Refuse a text that belongs to this field, also one that a form read out of a file."""
        if (found := look(text, self.gate_inlet, in_file=in_file)) is not None:
            if self.add_prefix(name) in self.data:
                # The page shows the form again with what was typed, and without this.
                data: Any = self.data
                self.data = data.copy()
                data = self.data
                data[self.add_prefix(name)] = ""
            # promise: no-passwords
            login = _("This looks like a portal login. We never take one: please remove it, and change that password.")
            self.add_error(name, said.what(TOO_LONG) if found.kind == TOO_LONG else login)
            self.add_error(name, said.instead(found.kind))
