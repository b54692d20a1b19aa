"""What a Letter of Authorization states (rules)."""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from broker.terms import DATA_TYPES
from consents.loa import code
from consents.loa.words import LANGUAGES
from consents.several.listed import MOST

TEMPLATE_VERSION = "loa 1.2.0"  # of the words and the layout, in every language
LONGEST_NAME = 200
MOST_ACCOUNTS = MOST  # of one letter; more than one stand in its schedule


class LetterIncomplete(ValueError):
    """A letter cannot be made of these facts; names the field, never its content."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class Party:
    """Somebody named in the letter: legal name, postal address, and at least one way to reach them."""

    name: str
    address: str
    email: str = ""
    phone: str = ""

    @property
    def contact(self) -> str:
        """Give phone and e-mail as one line."""
        return " · ".join(way for way in (self.phone, self.email) if way)


@dataclass(frozen=True)
class AccountLine:
    """One account, with the number in full: without it the utility cannot act."""

    number: str
    service_address: str
    meter: str = ""


@dataclass(frozen=True)
class Onward:
    """A processor that sees the data on the way, and what it does."""

    name: str
    role: str


@dataclass(frozen=True)
class LetterFacts:
    """Everything that a letter states; an instance is complete, or it does not exist. Ends of ranges are exclusive."""

    number: str
    verification_code: str
    made_at: datetime
    customer_name: str
    accounts: tuple[AccountLine, ...]
    utility: Party
    operator: Party
    recipient: Party
    onward: tuple[Onward, ...]
    purpose: str
    data_types: tuple[str, ...]
    history_from: date
    history_to: date
    forward_until: date | None
    starts: date
    ends: date
    stop_url: str
    check_url: str  # of this very letter: what its QR code says
    customer_email: str = ""
    signer_title: str = ""  # with `authority`: who signs for a business, and why they may
    authority: str = ""
    seal_fingerprint: str = ""  # SHA-256 of the root certificate, hexadecimal
    supersedes: str = ""  # the number of the letter that this one replaces
    template_sha256: str = ""  # of the words, the layout, the typefaces and the programs that set them
    language: str = "en"
    template_version: str = TEMPLATE_VERSION
    word: str = ""  # drawn for this file: whoever types it back has opened it

    def __post_init__(self) -> None:
        """Refuse facts that a careful clerk would send back."""
        for field, sound in self._checks():
            if not sound:
                raise LetterIncomplete(field)

    def _checks(self) -> list[tuple[str, bool]]:
        known = [kind for kind in DATA_TYPES if kind in self.data_types]
        return [
            ("number", _line(self.number)),
            ("verification_code", code.read_code(self.verification_code) == self.verification_code),
            ("made_at", self.made_at.tzinfo is not None),
            ("customer_name", _line(self.customer_name)),
            ("accounts", 0 < len(self.accounts) <= MOST_ACCOUNTS and all(_account(each) for each in self.accounts)),
            ("accounts", len({each.number for each in self.accounts}) == len(self.accounts)),
            ("utility", _party(self.utility)),
            ("operator", _party(self.operator)),
            ("recipient", _party(self.recipient)),
            ("onward", all(_line(each.name) and _line(each.role) for each in self.onward)),
            ("purpose", _line(self.purpose)),
            ("data_types", bool(known) and tuple(known) == self.data_types),
            ("history_to", self.history_from < self.history_to),
            ("ends", self.starts < self.ends <= a_year_after(self.starts)),
            ("forward_until", self.forward_until is None or self.starts < self.forward_until <= self.ends),
            ("stop_url", _line(self.stop_url)),
            ("check_url", self.check_url.endswith(f"/{self.verification_code}")),
            ("seal_fingerprint", not self.seal_fingerprint or _sha256(self.seal_fingerprint)),
            ("authority", bool(self.signer_title) == bool(self.authority)),
            ("language", self.language in LANGUAGES),
            ("template_version", self.template_version == TEMPLATE_VERSION),
        ]

    def texts(self) -> tuple[str, ...]:
        """Give every string that somebody typed: each must be printable before the letter is shown."""
        parties = (self.utility, self.operator, self.recipient)
        return (
            self.customer_name,
            self.customer_email,
            self.signer_title,
            self.authority,
            *(part for account in self.accounts for part in (account.number, account.service_address, account.meter)),
            *(part for party in parties for part in (party.name, party.address, party.email, party.phone)),
            *(part for each in self.onward for part in (each.name, each.role)),
        )


def a_year_after(day: date) -> date:
    """Give the exclusive end of twelve months (29 February becomes 28 February)."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def through(exclusive: date) -> date:
    """Give the last day that belongs to a range, as people write it."""
    return exclusive - timedelta(days=1)


def new_verification_code() -> str:
    """Draw a new code (35 random bits, less what `can_be_entered` leaves out); the pages' example is nobody's."""
    while True:
        drawn = code.verification_code([secrets.randbelow(32) for _ in range(code.RANDOM_CHARACTERS)])
        if drawn != code.EXAMPLE and code.can_be_entered(drawn):
            return drawn


def _line(text: str) -> bool:
    """Say whether this is one line of visible text: no control, bidirectional or invisible characters."""
    if not text.strip() or len(text) > LONGEST_NAME + 200:
        return False
    return not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for character in text)


def _sha256(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _party(party: Party) -> bool:
    return all(_line(part) for part in (party.name, party.address, party.contact))


def _account(account: AccountLine) -> bool:
    plain = account.number.isascii() and account.number.replace("-", "").isalnum()
    return plain and _line(account.service_address) and (not account.meter or _line(account.meter))
