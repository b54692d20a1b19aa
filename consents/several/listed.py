"""The list of accounts in a draft: which she wants, what her bills proved, and what is missing of each (rules).

It is a part of the draft's sealed answers, as plain JSON values. An account is in the letter only where she wants it
and a bill of its own proved it; an empty list is nothing, never everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

MOST = 60  # accounts of one letter
# What is looked for on a bill beside number and name; she types what does not stand beside its label.
TYPED = ("service_address", "billed_on", "amount")
# An account for which one of these was found has a way of its own: it is signed for by itself.
BY_ITSELF = ("name", "joint", "both")


@dataclass(frozen=True)
class Account:
    """One account of the list. `code` says why its last bill did not prove it, `lacks` what she has to type of it."""

    place: int  # from 1, as on the page
    ending: str
    index: str  # blind index of the number, hexadecimal
    wanted: bool = True
    number: str = ""  # as her bill names it
    service_address: str = ""
    billed_on: str = ""
    amount: str = ""
    file: str = ""  # the sealed bill
    digest: str = ""  # its SHA-256, hexadecimal
    size: int = 0  # its bytes
    lacks: tuple[str, ...] = ()
    code: str = ""

    @property
    def is_proven(self) -> bool:
        """Say whether a bill of this account bore out all five fields."""
        return bool(self.file) and not self.lacks and not self.code

    @property
    def is_in(self) -> bool:
        """Say whether it is in the letter."""
        return self.wanted and self.is_proven

    @property
    def is_by_itself(self) -> bool:
        """Say whether another holder is named, or must agree: then it has a signing of its own."""
        return self.code in BY_ITSELF


@dataclass(frozen=True)
class Dropped:
    """What became of a file: the account that it is of, if any, and a code; none where it proved that account."""

    name: str
    code: str = ""
    ending: str = ""


def begin(asked: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Give the list with which a draft begins: all that was asked for, nothing of it proven."""
    rows = [Account(place, each["ending"], each["index"]) for place, each in enumerate(asked, 1)]
    return write(rows)


def read(state: Mapping[str, Any]) -> list[Account]:
    """Give the accounts of a list, in its order."""
    return [Account(**{**each, "lacks": tuple(each["lacks"])}) for each in state.get("accounts", ())]


def dropped(state: Mapping[str, Any]) -> list[Dropped]:
    """Give what became of the files of the last drop."""
    return [Dropped(**each) for each in state.get("dropped", ())]


def write(
    accounts: Iterable[Account],
    *,
    files: Iterable[Dropped] = (),
    confirmed: bool = False,
) -> dict[str, Any]:
    """Write a list as it is kept; `confirmed` is her "go on"."""
    rows = [{**asdict(each), "lacks": list(each.lacks)} for each in accounts]
    return {
        "accounts": rows,
        "dropped": [asdict(each) for each in files],
        "confirmed": confirmed and any(each.is_in for each in accounts),
    }


def chosen(state: Mapping[str, Any]) -> list[Account]:
    """Give the accounts that are in the letter."""
    return [each for each in read(state) if each.is_in]


def left_out(state: Mapping[str, Any]) -> list[Account]:
    """Give the accounts of the list that are not in the letter."""
    return [each for each in read(state) if not each.is_in]


def is_ready(state: Mapping[str, Any]) -> bool:
    """Say whether she went on with a list that holds an account."""
    return bool(state.get("confirmed")) and bool(chosen(state)) and len(chosen(state)) <= MOST


def ticked(accounts: Iterable[Account], places: Iterable[int]) -> list[Account]:
    """Give the accounts with her ticks: what is not among these places she does not want."""
    wanted = set(places)
    return [replace(each, wanted=each.place in wanted) for each in accounts]


def unproven(accounts: Iterable[Account]) -> list[Account]:
    """Give the same list without what bills proved: it was proven under another name."""
    return [Account(each.place, each.ending, each.index, wanted=each.wanted) for each in accounts]
