"""The rules of a grant: what a draft must hold before a letter can be shown (pure)."""

import hmac
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from broker.terms import PURPOSES, DataType
from consents.several import listed

STEPS = ("account", "data", "purpose", "terms", "read", "check")
ROLES = ("customer", "entity")  # the customer of record herself, or somebody for the business that the bill names
BASES = ("officer", "employee", "document")  # why somebody may sign for a business; being married is none
HELP = ("reads", "types", "translates", "other")
# What was agreed about electronic records: new needs of hardware or software are a new version, and are agreed anew
# before the next signature (15 U.S.C. 7001(c)(1)(D)).
DISCLOSURE = "esign 1.0.0"
TAKEN_OVER = "taken_over"  # the number of the permission whose name and address a renewal's pages showed
# Without vowels (it spells no word), and without what is misread.
WORD_LETTERS = "CDFHJKMNPRTVWXY34679"
WORD_LENGTH = 4


@dataclass(frozen=True)
class Answers:
    """What a person has answered so far; an empty answer means "not answered", never "everything"."""

    account_number: str = ""
    name_as_billed: str = ""
    service_address: str = ""
    role: str = ""
    signer_name: str = ""  # of whoever signs for a business
    signer_title: str = ""
    basis: str = ""
    helped: bool | None = None
    helper: str = ""
    help_kind: str = ""
    data_types: tuple[str, ...] = ()
    history_from: date | None = None
    history_to: date | None = None  # exclusive
    purpose: str = ""
    ends: date | None = None  # exclusive
    forward: bool = False
    forward_to: date | None = None  # exclusive; None: as long as the permission lasts
    nectar: bool | None = None
    language: str = "en"
    terms: dict[str, str] = field(default_factory=dict)  # what was agreed about electronic records, and when
    opened: dict[str, str] = field(default_factory=dict)  # which letter was opened, and how that was shown
    extra: dict[str, str] = field(default_factory=dict)
    several: dict[str, Any] = field(default_factory=dict)  # the list (`several.listed`), in place of the one account

    def to_json(self) -> dict[str, Any]:
        """Give plain JSON values."""
        return {
            key: value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
            for key, value in self.__dict__.items()
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Answers":
        """Read what `to_json` wrote."""
        values = {name: value for name, value in data.items() if name in cls.__dataclass_fields__}
        for name in ("history_from", "history_to", "ends", "forward_to"):
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


def missing_step(answers: Answers, *, today: date, purposes: Collection[str] = tuple(PURPOSES)) -> str | None:
    """Name the first step whose answers are missing or wrong; None when the letter can be shown.

    `purposes`: what the recipient may ask for.
    """
    if not (_account_given(answers) and answers.name_as_billed and capacity_given(answers)):
        return "account"
    if answers.helped is None or (answers.helped and not (answers.helper and answers.help_kind in HELP)):
        return "account"
    if answers.several and not listed.is_ready(answers.several):
        return "accounts"
    if not answers.data_types or not set(answers.data_types) <= {str(d) for d in DataType}:
        return "data"
    if not (answers.history_from and answers.history_to and answers.history_from < answers.history_to):
        return "data"
    if through(answers.history_to) > today:
        return "data"  # what is still to come is new data, which takes a tick of its own
    if answers.purpose not in purposes or answers.ends is None:
        return "purpose"
    if not today < answers.ends <= last_day_of_term(today):
        return "purpose"
    if answers.nectar is None or not (answers.forward_to is None or today < answers.forward_to <= answers.ends):
        return "purpose"
    if answers.terms.get("version") != DISCLOSURE:
        return "terms"
    return None


def _account_given(answers: Answers) -> bool:
    """Say whether one account is named; of several each has number and address from a bill of its own."""
    number = answers.account_number
    one = 4 <= len(number) <= 12 and number.isascii() and number.isdigit() and bool(answers.service_address)
    return bool(answers.several) or one


def accounts_of(answers: Answers) -> list[tuple[str, str]]:
    """Give number and service address of each account that the letter is over, in its order."""
    if answers.several:
        return [(each.number, each.service_address) for each in listed.chosen(answers.several)]
    return [(answers.account_number, answers.service_address)]


def capacity_given(answers: Answers) -> bool:
    """Say whether it is known in which capacity the person signs; for a business that takes name, title and basis."""
    if answers.role == "entity":
        return bool(answers.signer_name and answers.signer_title and answers.basis in BASES)
    return answers.role == "customer"


def name_to_sign(answers: Answers) -> str:
    """Give the name that the letter shows as the signer's."""
    return answers.signer_name if answers.role == "entity" else answers.name_as_billed


def forward_end(answers: Answers) -> date | None:
    """Give the exclusive end of new data; None when no new data is shared."""
    return (answers.forward_to or answers.ends) if answers.forward else None


def unshared_days(answers: Answers, starts: date) -> tuple[date, date] | None:
    """Give the first and the last day that neither past nor new data holds, with a letter in force from this day.

    None where no new data is shared, or nothing lies between: new data begins with the first day of the letter.
    """
    if not answers.forward or answers.history_to is None or answers.history_to >= starts:
        return None
    return answers.history_to, through(starts)


def was_opened(answers: Answers, sha256: str) -> bool:
    """Say whether the person has shown that she opened this very file."""
    return bool(sha256) and answers.opened.get("sha256") == sha256


def same_word(typed: str, printed: str) -> bool:
    """Say whether the typed word is the printed one, case and spaces forgiven."""
    plain = "".join(typed.upper().split())
    return len(printed) == WORD_LENGTH and hmac.compare_digest(plain.encode(), printed.encode())


def same_name(typed: str, shown: str) -> bool:
    """Say whether a typed name is the shown one, case, accents and spacing forgiven."""
    return _folded(typed) == _folded(shown) != ""


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())


def through(exclusive: date) -> date:
    """Give the last day that belongs to a range with an exclusive end, as people write it."""
    return exclusive - timedelta(days=1)
