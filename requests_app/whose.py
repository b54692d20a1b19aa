"""Whose account a received file names: compared by blind index with the request's own and with every one we know.

No number is opened or kept. A file that names another account is too much data: an incident, never a matter of taste.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import digits

from broker import vault
from broker.importers.readings import LABELLED_BELOW
from broker.parties.models import UtilityAccount
from requests_app.importing import Imported, Page
from requests_app.models import ReceivedFile

OTHER, UNREAD, UNCHOSEN = "file.other_account", "file.account_unread", "file.account_unchosen"
LONGEST = 14  # to which leading zeros are put, as bills of some systems print them
KNOWN = 500  # numbers of a file that are looked up at once


@dataclass(frozen=True)
class Whose:
    """What a file says of its account: one of the request's own, last fours of any other, and whether that is all."""

    own: UtilityAccount | None
    others: tuple[str, ...] = ()
    read: bool = False  # an own account was read, and nothing on the file is left unread

    @property
    def codes(self) -> list[str]:
        """What stands against holding the file, whoever says what."""
        return [OTHER] if self.others else []


UNNAMED = Whose(None)


def whose(file: ReceivedFile, found: Imported | Page, *, any_known: bool = True) -> Whose:
    """Say which accounts a file names; a number behind the word for account counts, and every account that we know.

    Without `any_known` only numbers behind the word count: for an answer to somebody who must not learn whom we know.
    """
    own = {bytes(each.number_index): each for each in accounts_of(file)}
    if not found.named and not found.numbers:
        return UNNAMED
    known = _known(file, found.numbers, own) if any_known else []
    if (ours := _first(own, found.numbers)) is None:
        others = [*(ways[-1] for ways in found.named), *found.below]
        return Whose(None, _endings([*others, *known]))
    strange = [ways[0] for ways in found.named if _first(own, ways) is None]
    others = [*strange, *known]
    return Whose(ours, _endings(others), found.complete and not others)


def names_any(accounts: Sequence[UtilityAccount], found: Imported | Page) -> bool:
    """Say whether a file names any of these accounts, wherever in it."""
    found_in = indexes_in(found)
    return any(bytes(each.number_index) in found_in for each in accounts)


def indexes_in(found: Imported | Page) -> frozenset[bytes]:
    """Give the blind indexes of every number in a file; once for all accounts that it is compared with."""
    numbers = {*found.numbers, *(each for ways in found.named for each in ways)}
    return frozenset(index for each in numbers for index in _indexes(each))


def accounts_of(file: ReceivedFile) -> list[UtilityAccount]:
    """Give the accounts that a file may be of: those of its request, or its own."""
    manual = file.message.manual if file.message else None
    if manual is None:
        return [file.account]
    rows = file.consent.accounts.filter(id__in=manual.request.accounts)
    return sorted(rows, key=lambda each: (each.id != file.account_id, str(each.id)))


def several_of(file: ReceivedFile) -> list[UtilityAccount]:
    """Give the accounts of which a person chooses one where none is read in a file; none where there is but one."""
    accounts = accounts_of(file)
    return accounts if len(accounts) > 1 else []


def names_of(accounts: Sequence[UtilityAccount]) -> dict[uuid.UUID, str]:
    """Give how staff's pages name each of these accounts: by its ending, and a short id where endings repeat."""
    endings = Counter(each.last_four for each in accounts)
    ids = {each.id: f" (id {str(each.id)[:8]})" if endings[each.last_four] > 1 else "" for each in accounts}
    return {each.id: f"ending {each.last_four}{ids[each.id]}" for each in accounts}


def _first(own: dict[bytes, UtilityAccount], numbers: Iterable[str]) -> UtilityAccount | None:
    found = {index for number in numbers for index in _indexes(number)}
    return next((account for index, account in own.items() if index in found), None)


def _known(file: ReceivedFile, numbers: Sequence[str], own: dict[bytes, UtilityAccount]) -> list[str]:
    """Give those of the numbers that are somebody's account at this utility, and none of the request's."""
    looked = {index: each for each in numbers if len(each) >= LABELLED_BELOW for index in _indexes(each)}
    wanted = [each for each in looked if each not in own]
    rows = UtilityAccount.objects.filter(utility=file.account.utility)
    found: set[bytes] = set()
    for start in range(0, len(wanted), KNOWN):
        some = rows.filter(number_index__in=wanted[start : start + KNOWN])
        found |= {bytes(each) for each in some.values_list("number_index", flat=True)}
    return [looked[each] for each in wanted if each in found]


def _indexes(number: str) -> list[bytes]:
    """Give the blind indexes of a number with as many leading zeros as it may have (bills add or leave them out).

    None for what holds no digit that an account number has (other scripts have digits of their own).
    """
    plain = "".join(each for each in number if each in digits).lstrip("0")
    lengths = range(len(plain), max(LONGEST, len(number)) + 1) if plain else ()
    return [vault.blind_index("account_number", plain.zfill(each)) for each in lengths]


def _endings(numbers: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each[-4:] for each in numbers))[:10]
