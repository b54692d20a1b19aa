"""What may be tried on the public page of a letter, and how often."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.limits.address import address_of
from broker.limits.counting import DAY, HOUR, Limit, ends, give_back, take, take_all, take_from

__all__ = [
    "DAY",
    "HOUR",
    "Limit",
    "address_of",
    "give_back",
    "of_clerk_code",
    "of_code",
    "take",
    "take_all",
    "take_from",
]

# A code has 35 random bits and four digits beside it. Five an hour and fifteen a day from one address leave somebody
# who knows a code a chance of 1 in 667 a day to guess the digits (1 in 200 from many addresses: 37 and 13), and nobody
# a chance worth naming to guess a code. Of all addresses' tries most are kept for the first two of each address, so
# that the clerk is not locked out by what others tried elsewhere (decision 0050 reckons both).
ADDRESS = Limit("address", 30, HOUR)
CODE_HOUR, CODE_DAY = Limit("code", 5, HOUR), Limit("code", 15, DAY)
CODE_OWN, CODE_OWN_BY_ALL = Limit("code-own", 2, DAY), Limit("code-own-all", 37, DAY)
CODE_MORE_HOUR_BY_ALL, CODE_MORE_DAY_BY_ALL = Limit("code-more-all", 9, HOUR), Limit("code-more-all", 13, DAY)
FILES = Limit("file", 20, HOUR)
# What may be pressed for one letter in a day: from one address, and from all. Each button has limits of its own, so
# that nobody who has the letter, its signer included, uses up the presses of the clerk.
RELEASED, RELEASED_BY_ALL = Limit("released", 5, DAY), Limit("released-all", 20, DAY)
DOUBTS, DOUBTS_BY_ALL = Limit("doubt", 5, DAY), Limit("doubt-all", 20, DAY)  # words and mails: a doubt always suspends
# Each is a mail to the co-op; most are kept for the first of each address.
CLERK_CODES = Limit("clerk-code", 3, DAY)
CLERK_CODE_OWN, CLERK_CODES_OWN_BY_ALL = Limit("clerk-code-own", 1, DAY), Limit("clerk-code-own-all", 20, DAY)
CLERK_CODES_MORE_BY_ALL = Limit("clerk-code-more-all", 4, DAY)


@dataclass(frozen=True)
class Try:
    """A try that was counted before it is made, or the limit that refused it."""

    at: datetime
    counted: tuple[tuple[Limit, str], ...] = ()
    refused: Limit | None = None

    @property
    def until(self) -> datetime | None:
        """When the limit that refused it counts anew; None if it may be made."""
        return ends(self.refused, self.at) if self.refused else None

    @property
    def by_all(self) -> bool:
        """Say whether it was refused for what all addresses did, and not for what this one did."""
        return self.refused in _BY_ALL

    @property
    def wait(self) -> timedelta:
        """How long a program should wait: an hour, or until the day is over."""
        return max(HOUR, self.until - self.at) if self.until else timedelta()


@dataclass(frozen=True)
class _Shares:
    each: tuple[Limit, ...]  # of one address
    own: Limit  # what is an address's own
    first: tuple[Limit, ...]  # of all addresses, for what is an address's own
    more: tuple[Limit, ...]  # of all addresses, for what comes after


_CODE = _Shares((CODE_HOUR, CODE_DAY), CODE_OWN, (CODE_OWN_BY_ALL,), (CODE_MORE_HOUR_BY_ALL, CODE_MORE_DAY_BY_ALL))
_CLERK_CODE = _Shares((CLERK_CODES,), CLERK_CODE_OWN, (CLERK_CODES_OWN_BY_ALL,), (CLERK_CODES_MORE_BY_ALL,))
_BY_ALL = frozenset(limit for shares in (_CODE, _CLERK_CODE) for limit in (*shares.first, *shares.more))


def of_code(code: str, address: str, *, now: datetime) -> Try:
    """Count one try at a letter's code; `give_back` what it counted when it was right."""
    if not take(ADDRESS, address, now=now):
        return Try(now, refused=ADDRESS)
    tried = _take(_CODE, code, address, now=now)
    return tried if tried.refused else Try(now, ((ADDRESS, address), *tried.counted))


def of_clerk_code(letter: str, address: str, *, now: datetime) -> Try:
    """Count one mail with a code for this letter to the co-op."""
    return _take(_CLERK_CODE, letter, address, now=now)


def _take(shares: _Shares, value: str, address: str, *, now: datetime) -> Try:
    both, taken = f"{value}|{address}", list[tuple[Limit, str]]()

    def refused(*wanted: tuple[Limit, str]) -> Limit | None:
        for each in wanted:
            if not take(*each, now=now):
                # What others used up costs this address nothing of its own.
                give_back(*taken, now=now)
                return each[0]
            taken.append(each)
        return None

    limit = refused(*((each, both) for each in shares.each))
    if limit is None:
        # After the limits of the address: whoever has taken of its own is refused for what others did, or not at all.
        own = take(shares.own, both, now=now)
        taken += [(shares.own, both)] if own else []
        limit = refused(*((each, value) for each in (shares.first if own else shares.more)))
    return Try(now, refused=limit) if limit else Try(now, tuple(taken))
