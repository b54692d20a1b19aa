"""The rules of a grant: what a draft must hold before a letter can be shown (pure)."""

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from broker.terms import PURPOSES, DataType

STEPS = ("account", "data", "purpose", "how", "check")


@dataclass(frozen=True)
class Answers:
    """What a person has answered so far; an empty answer means "not answered", never "everything"."""

    account_number: str = ""
    name_as_billed: str = ""
    service_address: str = ""
    holder: bool = False
    data_types: tuple[str, ...] = ()
    history_from: date | None = None
    history_to: date | None = None  # exclusive
    purpose: str = ""
    ends: date | None = None  # exclusive
    forward: bool = False
    nectar: bool | None = None
    language: str = "en"
    extra: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Give plain JSON values."""
        return {
            key: value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
            for key, value in self.__dict__.items()
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Answers":
        """Read what `to_json` wrote."""
        values = dict(data)
        for name in ("history_from", "history_to", "ends"):
            values[name] = date.fromisoformat(values[name]) if values.get(name) else None
        values["data_types"] = tuple(values.get("data_types", ()))
        return cls(**values)

    def with_changes(self, **changes: Any) -> "Answers":
        """Give a copy with these answers."""
        return replace(self, **changes)


def last_day_of_term(starts: date) -> date:
    """Give the exclusive end of twelve months (29 February becomes 28 February)."""
    try:
        return starts.replace(year=starts.year + 1)
    except ValueError:
        return starts.replace(year=starts.year + 1, day=28)


def missing_step(answers: Answers, *, today: date) -> str | None:
    """Name the first step whose answers are missing or wrong; None when the letter can be shown."""
    if not (
        4 <= len(answers.account_number) <= 12 and answers.account_number.isascii() and answers.account_number.isdigit()
    ):
        return "account"
    if not (answers.name_as_billed and answers.service_address and answers.holder):
        return "account"
    if not answers.data_types or not set(answers.data_types) <= {str(d) for d in DataType}:
        return "data"
    if not (answers.history_from and answers.history_to and answers.history_from < answers.history_to):
        return "data"
    if answers.purpose not in PURPOSES or answers.ends is None:
        return "purpose"
    if not today < answers.ends <= last_day_of_term(today):
        return "purpose"
    if answers.nectar is None:
        return "how"
    return None


def same_name(typed: str, shown: str) -> bool:
    """Say whether a typed name is the shown one, case, accents and spacing forgiven."""
    return _folded(typed) == _folded(shown) != ""


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())


def through(exclusive: date) -> date:
    """Give the last day that belongs to a range with an exclusive end, as people write it."""
    return exclusive - timedelta(days=1)
