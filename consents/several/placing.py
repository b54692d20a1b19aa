"""Of which account of a list a bill is (actions): it is held against the list, whose numbers nobody may learn by it.

The link of an ask can get into other hands, and whoever has it sees how each listed number ends. So a paper that names
many numbers is held against none, and what fits none is counted for the list, whoever brings it and whatever else is on
the paper: else a few papers that somebody made up would tell the numbers in full.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from broker import vault
from broker.limits.counting import Limit, counts_anew, give_back, take
from consents.asking.taking import asked_by
from consents.several.listed import Account
from consents.several.looking import Looking

NOT_ASKED, OF_SEVERAL, UNPLACED, MISSED = "not_asked", "of_several", "unplaced", "missed"
# Numbers that were held against one list and are not on it, whoever brought them. The thirty days of an ask lie in two
# spans of the count, so that there are three hundred at most. Sixty bills with a meter's number beside the account's
# may be brought twice.
MISSES = Limit("draft-bill-misses", 150, timedelta(days=30))
MOST_NEAR = 5  # numbers near the word for account, on a bill with none right behind it
_DIGITS = range(4, 13)  # how long an account number can be


def place(looking: Looking, found: Mapping[str, Any]) -> tuple[str, str] | str:
    """Give index and number of the listed account that a bill is of, or the code of why it is of none.

    `found`: what was read in it (`bill_several.read`). Codes: `not_asked`, `of_several`, `unplaced` (which of its many
    numbers is meant cannot be told, or they are more than may still be held against the list), `missed` (too many
    fitted none, and the list takes no bill any more).
    """
    named, near = found["accounts"], found["below"]
    # No number stands behind the word: one on its line or below it may be meant.
    ways = [_ways_of_one(named)] if named else [[each] for each in near]
    if [] in ways:
        return OF_SEVERAL
    if len(ways) > MOST_NEAR:
        return UNPLACED
    ask = asked_by(looking.draft.link)
    mark, numbers = str(ask.id if ask else looking.draft.id), max(1, sum(map(len, ways)))
    # Before anything is compared, and in one statement: what there is no room to count would be told for nothing.
    if not take(MISSES, mark, now=looking.now, times=numbers):
        # Where there is room for one number yet, the list still takes a bill that names its account alone.
        return MISSED if counts_anew((MISSES, mark), now=looking.now) > looking.now else UNPLACED
    compared = [(each, index_of(each, looking.accounts)) for each in ways]
    known = {one for _each, one in compared if one is not None}
    if len(known) == 1:
        give_back((MISSES, mark), now=looking.now, times=sum(len(each) for each, one in compared if one is not None))
        return known.pop()
    return OF_SEVERAL if known else NOT_ASKED


def index_of(ways: Sequence[str], wanted: Mapping[str, Account]) -> tuple[str, str] | None:
    """Give index and number of the listed account that a number on a bill is, its leading zeros forgiven."""
    for way in ways:
        plain = way.lstrip("0")
        for number in dict.fromkeys((way, *(plain.rjust(digits, "0") for digits in _DIGITS if digits >= len(plain)))):
            if len(number) in _DIGITS and plain:
                index = vault.blind_index("account_number", number).hex()
                if index in wanted:
                    return index, number
    return None


def _ways_of_one(named: Sequence[Sequence[str]]) -> list[str]:
    """Give the ways to read the one number that stands behind every word for account; none where there are two."""
    both = set.intersection(*({way.lstrip("0") for way in ways} for ways in named))
    return [way for way in named[0] if way.lstrip("0") in both]
