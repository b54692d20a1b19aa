"""Opening a letter for somebody who has it: what the page shows, under one event (action)."""

from dataclasses import dataclass
from datetime import datetime

from broker import vault
from broker.audit import log
from consents import renewal
from consents.actions import central_today
from consents.checking.clerk import CLERK
from consents.checking.comparing import differences, row_facts, state_differs
from consents.checking.inside import account_text
from consents.checking.standing import Standing, standing
from consents.models import Consent, LetterOfAuthorization


@dataclass(frozen=True)
class Account:
    """One account as the page shows it: the number by its ending."""

    ending: str
    name: str
    address: str


@dataclass(frozen=True)
class Shown:
    """Everything that the page says of a letter."""

    letter: LetterOfAuthorization
    consent: Consent
    standing: Standing
    signer: str
    accounts: tuple[Account, ...]
    differs: tuple[str, ...]
    newest: LetterOfAuthorization | None  # the one that replaced it, if one did


def show(letter: LetterOfAuthorization, *, now: datetime) -> Shown:
    """Open names and addresses under an event of the customer's, and hold the rows against the sealed letter."""
    consent = letter.consent
    rows = list(consent.accounts.all())
    event = log.append_read(
        "letter.verified",
        actor=CLERK,
        subject=consent.customer_id,
        purpose="verification",
        obj="letter",
        body={
            "letter": letter.number,
            "consent": str(consent.id),
            "fields": ["number", "name_as_billed", "service_address"],
            "why": "shown on the public page: code and last four digits were right",
        },
        cnt=1,
    )
    sealed = [
        letter.signer_name,
        *(part for row in rows for part in (row.number, row.name_as_billed, row.service_address)),
    ]
    signer, *opened = vault.open_all(sealed, under=event)
    parts = [opened[at : at + 3] for at in range(0, len(opened), 3)]
    accounts = tuple(Account(row.last_four, part[1], part[2]) for row, part in zip(rows, parts, strict=True))
    facts = row_facts(
        letter, consent, signer=signer, name=parts[0][1], accounts=account_text((part[0], part[2]) for part in parts)
    )
    differs = (*differences(letter, consent, facts, under=event), *state_differs(consent))
    worth = standing(consent.state, starts=consent.starts, ends=consent.ends, today=central_today(now), differs=differs)
    return Shown(letter, consent, worth, signer, accounts, differs, newest(consent))


def newest(consent: Consent) -> LetterOfAuthorization | None:
    """Give the letter at the end of the chain of renewals, if this one was replaced."""
    last = renewal.newest(consent)
    if last.id == consent.id:
        return None
    return LetterOfAuthorization.objects.select_related("consent").get(consent=last)
