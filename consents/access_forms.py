"""The filters of "who saw my data", and a question about one entry."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broker.inlets.forms import GatedFormMixin
from consents.access import AccessRow
from consents.access_table import COMPANIES, REFUSED, looked
from consents.access_words import KINDS
from consents.complaints import LONGEST

SELECT = {"class": "usa-select"}
Options = Sequence[tuple[str, str]]


class AccessFilterForm(forms.Form):
    """What to show; all of it codes, so that no address of a page holds anything personal."""

    who = forms.ChoiceField(label=gettext_lazy("Who"), required=False, widget=forms.Select(attrs=SELECT))
    what = forms.ChoiceField(label=gettext_lazy("What"), required=False, widget=forms.Select(attrs=SELECT))
    month = forms.ChoiceField(label=gettext_lazy("Month"), required=False, widget=forms.Select(attrs=SELECT))
    # Which entries there were when the first page was opened, in microseconds: later ones do not shift the pages.
    upto = forms.IntegerField(required=False, min_value=1, max_value=2**53)
    page = forms.IntegerField(required=False, min_value=1, max_value=10**6)

    def __init__(self, data: Any, *, rows: Sequence[AccessRow], months: Sequence[str]) -> None:
        super().__init__(data)
        whos = dict(sorted({row.who.key: _without_program(row.who.name) for row in rows}.items()))
        self._offer("who", [("", _("Everybody")), *whos.items()])
        kinds = [(key, _(text)) for key, text in KINDS.items() if any(row.kind == key for row in rows)]
        refused = [(REFUSED, _("Everything that was not given"))] if any(not row.given for row in rows) else []
        seen = [(COMPANIES, _("What companies saw"))] if any(looked(row) for row in rows) else []
        self._offer("what", [("", _("Everything")), *seen, *refused, *kinds])
        self._offer("month", [("", _("All months")), *((each, month_name(each)) for each in months)])

    def _offer(self, name: str, options: Options) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(options)


def month_name(month: str) -> str:
    """Write `2026-03` as a month, in the language of the page."""
    return formats.date_format(date.fromisoformat(f"{month}-01"), "F Y").capitalize()


def _without_program(name: str) -> str:
    return re.sub(r" \([^()]*\)$", "", name)


class QuestionForm(GatedFormMixin, forms.Form):
    """What she wants to know about an entry."""

    words = forms.CharField(
        label=gettext_lazy("Your question"),
        help_text=gettext_lazy("In your own words. Please no passwords and no account numbers."),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 6}),
    )
