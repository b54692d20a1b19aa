"""Two scopes side by side, in words: what a renewal or a correction keeps and what it changes (rules)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from broker.notices.templatetags.notices import data_type, day
from broker.terms import PURPOSES
from consents.rules import through

# What is compared, in the order of the letter.
TITLES: dict[str, str] = {
    "recipient": _("Who may receive it"),
    "account": _("Account ending"),
    "purpose": _("What for"),
    "data_types": _("What you share"),
    "history_from": _("Past data from"),
    "history_to": _("Past data through"),
    "forward": _("Future data through"),
    "ends": _("Last day of sharing"),
    "onward_recipients": _("On the way it may reach"),
}
_EXCLUSIVE = ("history_to", "forward", "ends")  # kept as the first day that is no longer meant


@dataclass(frozen=True)
class Line:
    """One part of a scope, before and after; the words are in the language of whoever asks for them."""

    field: str
    before: Any
    after: Any

    @property
    def same(self) -> bool:
        """Say whether it stays as it was."""
        return bool(self.before == self.after)

    @property
    def title(self) -> str:
        """Name the part."""
        return gettext(TITLES[self.field])

    @property
    def before_words(self) -> str:
        """Say what it was."""
        return _words(self.field, self.before)

    @property
    def after_words(self) -> str:
        """Say what it is."""
        return _words(self.field, self.after)


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Line]:
    """Put two scopes side by side, line by line."""
    return [Line(name, _plain(before[name]), _plain(after[name])) for name in TITLES]


def warnings(lines: Iterable[Line]) -> dict[str, bool]:
    """Say for a renewal's page whether nothing changes at all, and whether at least the last day stays."""
    same = {line.field: line.same for line in lines}
    return {"nothing_changes": bool(same) and all(same.values()), "same_end": same.get("ends", False)}


def companies(codes: Iterable[str]) -> str:
    """Name the companies that the data may reach on the way."""
    return ", ".join(each.capitalize() for each in codes)


def _plain(value: Any) -> Any:
    return tuple(sorted(value)) if isinstance(value, list | tuple) else value


def _words(field: str, value: Any) -> str:
    if not value:
        return gettext("nobody else") if field == "onward_recipients" else gettext("none")
    if field == "purpose":
        return gettext(PURPOSES[value])
    if field == "data_types":
        return ", ".join(data_type(each) for each in value)
    if field == "account":
        return ", ".join(value)
    if field == "onward_recipients":
        return companies(value)
    if isinstance(value, date):
        return day(through(value) if field in _EXCLUSIVE else value)
    return str(value)
