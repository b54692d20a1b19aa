"""What an ask wants, read strictly from what an application sends (rules).

There is no field for free words: what she reads of an ask is made from these values and from the organisation's
enrolment alone.
"""

import re
from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from broker.terms import PURPOSES, DataType, Refusal
from consents.rules import last_day_of_term
from consents.several.listed import MOST

FIELDS = (
    "email", "language", "utility", "purpose", "data_types", "history_from", "history_to", "forward", "ends", "months",
    "account", "accounts",
)  # fmt: skip
MOST_ACCOUNTS = MOST  # of one ask: they are signed for in one letter
REQUIRED = ("purpose", "data_types", "ends")  # the end as a day, or as `months` from today
MONTHS = range(1, 13)
LANGUAGES = ("en", "es")
_ACCOUNT = re.compile(r"[0-9]{4,12}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# As the form of a customer takes it: printable ASCII without quotes, one @; what is odd is not an address to us.
_WORD = r"[A-Za-z0-9!#$%&*+/=?^_{|}~-]+"
_EMAIL = re.compile(rf"(?=.{{1,64}}@){_WORD}(?:\.{_WORD}+)*@(?:[A-Za-z0-9-]{{1,63}}+\.)+[A-Za-z0-9-]{{2,63}}")
LONGEST_EMAIL = 254


@dataclass(frozen=True)
class Wanted:
    """The scope that an ask names; ends of ranges are exclusive. She may narrow all of it."""

    purpose: str
    data_types: tuple[str, ...]
    ends: date
    history_from: date | None = None
    history_to: date | None = None
    forward: date | None = None  # until when new data is wanted as it comes; None: none
    account_ending: str = ""  # the last four digits, where a certain account is wanted
    accounts: tuple[str, ...] = field(default=(), repr=False)  # in full, each once, where several are wanted
    utility: str = ""
    language: str = "en"


@dataclass(frozen=True)
class Asked:
    """A well-formed ask: its scope, and the mailbox that the invitation goes to; "" where the link is handed over."""

    wanted: Wanted
    email: str = ""


def read(body: object, *, today: date, home: str) -> Asked | Refusal:
    """Read an ask for a customer of the utility `home`; the refusal's detail names the fields that are odd.

    Codes: `ask.incomplete`, `ask.invalid`, `utility.unknown`. An ask is for customers of one utility: the home one.
    """
    if not isinstance(body, Mapping):
        return Refusal("ask.invalid")
    values = {name: body.get(name) for name in FIELDS}
    months = values["months"]
    if months is not None and (values["ends"] is not None or type(months) is not int or months not in MONTHS):
        return Refusal("ask.invalid", "months")
    if months is not None:
        values["ends"] = _after(today, months).isoformat()
    if values["forward"] is True:
        values["forward"] = values["ends"]  # new data for as long as the permission lasts
    if missing := [name for name in REQUIRED if values[name] in (None, "", [])]:
        return Refusal("ask.incomplete", " ".join(missing))
    odd = ([] if set(body) <= set(FIELDS) else ["unknown"]) + _odd(values, today)
    if odd:
        return Refusal("ask.invalid", " ".join(odd))
    if values["utility"] not in (None, home):
        return Refusal("utility.unknown")
    return _asked(values, home)


def _odd(values: Mapping[str, Any], today: date) -> list[str]:
    kinds = values["data_types"]
    known = {str(each) for each in DataType}
    found = {
        "email": values["email"] is not None and not is_email(values["email"]),
        "language": values["language"] not in (None, *LANGUAGES),
        "utility": values["utility"] is not None and not isinstance(values["utility"], str),
        "purpose": not isinstance(values["purpose"], str) or values["purpose"] not in PURPOSES,
        "data_types": not isinstance(kinds, list) or not all(isinstance(k, str) and k in known for k in kinds),
        "account": values["account"] is not None
        and not (isinstance(values["account"], str) and _ACCOUNT.fullmatch(values["account"])),
        "accounts": values["accounts"] is not None and not _are_accounts(values["accounts"], values["account"]),
    }
    return [name for name, wrong in found.items() if wrong] + _odd_days(values, today)


def _are_accounts(listed: object, one: object) -> bool:
    """Say whether this is a list of account numbers; beside a single account it would be said twice."""
    if not isinstance(listed, list) or one is not None:
        return False
    numbers = {each for each in listed if isinstance(each, str) and _ACCOUNT.fullmatch(each)}
    if not all(isinstance(each, str) and each in numbers for each in listed):
        return False
    return 0 < len(numbers) <= MOST_ACCOUNTS and are_each_once(numbers)


def are_each_once(numbers: Collection[str]) -> bool:
    """Say whether these numbers are of as many accounts: bills write zeros in front or leave them out."""
    return len({each.lstrip("0") for each in numbers}) == len(numbers)


def _odd_days(values: Mapping[str, Any], today: date) -> list[str]:
    names = ("history_from", "history_to", "forward", "ends")
    days = {name: _day(values[name]) for name in names}
    odd = [name for name in names if values[name] is not None and days[name] is None]
    if odd:
        return odd
    first, end, forward, ends = (days[name] for name in names)
    assert ends is not None
    if not today < ends <= last_day_of_term(today):
        odd.append("ends")
    if forward is not None and not today < forward <= ends:
        odd.append("forward")
    # A day to come is no history: the form of the customer takes none either.
    if (first is None) != (end is None) or (first and end and not first < end) or (end and (end - today).days > 1):
        odd += ["history_from", "history_to"]
    return odd


def is_email(value: object) -> bool:
    """Say whether this is an address that we would write to."""
    return isinstance(value, str) and len(value) <= LONGEST_EMAIL and _EMAIL.fullmatch(value) is not None


def _after(today: date, months: int) -> date:
    """Give the same day so many months later, or the last one of a month that has no such day."""
    years, month = divmod(today.month - 1 + months, 12)
    year, month = today.year + years, month + 1
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    except ValueError:
        return None


def _asked(values: Mapping[str, Any], home: str) -> Asked:
    order = [str(each) for each in DataType]
    ends = _day(values["ends"])
    assert ends is not None
    accounts = tuple(dict.fromkeys(values["accounts"] or ()))
    one = values["account"] or (accounts[0] if len(accounts) == 1 else "")
    wanted = Wanted(
        purpose=values["purpose"],
        data_types=tuple(sorted(set(values["data_types"]), key=order.index)),
        ends=ends,
        history_from=_day(values["history_from"]),
        history_to=_day(values["history_to"]),
        forward=_day(values["forward"]),
        account_ending=one[-4:],
        accounts=() if one else accounts,
        utility=home,
        language=values["language"] or "en",
    )
    return Asked(wanted, values["email"] or "")
