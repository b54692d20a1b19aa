"""The answers with which a renewal begins: those of the consent that it renews, for her to look through (actions).

She changes what she wants to change and types nothing twice. Three things are hers to say again: the account number,
which shows that the bill is at hand (reference on e-signing, 6.3), whether somebody helps her, and the agreement to
sign electronically. Of the same name and address, what proved the account goes on proving it.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from broker import vault
from broker.audit import log
from broker.parties.models import EmailLink
from broker.terms import Actor
from consents.ceremony.evidence import read_bundle
from consents.ceremony.models import SigningRecord
from consents.models import Consent
from consents.renewal import renewed_by
from consents.rules import BASES, TAKEN_OVER, Answers, capacity_given, last_day_of_term


def first_answers(link: EmailLink, *, now: datetime) -> Answers:
    """Give the answers with which the draft of a link begins; empty ones where it renews nothing.

    Whose words are opened is the customer of that very mailbox: of another mailbox nothing is read.
    """
    old = renewed_by(link)
    if old is None:
        return Answers(language=link.language)
    hers = bytes(old.customer.email_index) == bytes(link.email_index)
    return Answers(
        data_types=tuple(old.data_types),
        purpose=old.purpose,
        nectar="nectar" in old.onward_recipients,
        language=link.language,
        **days_of(old, now.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()),
        **(_words(old) if hers else {}),
    )


def only_hers_is_missing(answers: Answers) -> bool:
    """Say whether a renewal waits for nothing but what she says again: then the page with all answers comes next."""
    return bool(
        not answers.account_number
        and answers.name_as_billed
        and answers.service_address
        and capacity_given(answers)
        and answers.data_types
    )


def days_of(old: Consent, today: date) -> dict[str, Any]:
    """The same length of time from today on, twelve months at most; past data up to today where new data was shared."""
    ends = min(today + (old.ends - old.starts), last_day_of_term(today))
    ends = max(ends, today + timedelta(days=1))
    past, shorter = old.history_to, None
    if old.forward is not None and past is not None and past >= old.starts:
        past = max(past, min(old.forward, today))  # what came as new data since is past data now: no gap
    if old.forward is not None and old.forward < old.ends:
        shorter = ends - (old.ends - old.forward)
    goes_on = old.forward is not None and (shorter is None or shorter > today)
    return {
        "history_from": old.history_from,
        "history_to": past,
        "ends": ends,
        "forward": goes_on,
        "forward_to": shorter if goes_on else None,
    }


def _words(old: Consent) -> dict[str, Any]:
    """Open name and address as the old letter had them, and in which capacity it was signed, for her who signed it."""
    accounts = list(old.accounts.all())
    if len(accounts) != 1:
        return {}  # a letter of this site is over one account: she says which
    account = accounts[0]
    record = SigningRecord.objects.filter(consent=old).first()
    event = log.append_read(
        "consent.viewed",
        actor=Actor("c", old.customer_id),
        subject=old.customer_id,
        purpose="own_data",
        obj="consent",
        body={"consent": str(old.id), "part": "renewal"},
        cnt=1,
    )
    sealed = [account.name_as_billed, account.service_address, *([record.bundle] if record else [])]
    name, address, *bundle = vault.open_all(sealed, under=event)
    given = {"name_as_billed": name, "service_address": address, "extra": {TAKEN_OVER: old.number}}
    return {**given, **(_capacity(bundle[0]) if bundle else {})}  # signed on paper: she says in which capacity


def _capacity(bundle: str) -> dict[str, str]:
    signed = read_bundle(bundle).bundle["attribution"]
    if signed["role"] != "entity" or signed["authority"] not in BASES:
        return {"role": "customer"} if signed["role"] == "customer" else {}
    return {
        "role": "entity",
        "signer_name": signed["name_shown"],
        "signer_title": signed["title"],
        "basis": signed["authority"],
    }
