"""Consents and accounts in the terms of the decision, without opening a sealed value.

Asked accounts are matched by their blind index. Where nothing was typed in (a release, a file that arrived), each
account stands under a handle of four digits that means something inside one decision only.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from broker import publishing, vault
from broker.parties.models import Organisation, UtilityAccount
from broker.utilities import Offer, UtilityProfile
from broker.utilities.profile import AccountNumber
from consents import standing
from consents.models import Consent
from consents.standing import Account, Standing
from requests_app.decision import ENDED_STATES, PASSING_STATES, Decision, decide
from requests_app.models import DataRequest
from requests_app.reading import ACCOUNT_NUMBER, read_consent

Accounts = Mapping[str, UtilityAccount]


@dataclass(frozen=True)
class Grant:
    """How a consent stands, and those of its accounts that are meant, by the name under which the ask has them."""

    standing: Standing
    named: Mapping[str, Account]

    @property
    def consent(self) -> Consent:
        """Give the consent."""
        return self.standing.consent

    @property
    def accounts(self) -> Accounts:
        """Give the accounts that are meant."""
        return {name: account.row for name, account in self.named.items()}

    def as_dict(self) -> dict[str, object]:
        """Give the consent with the names of the decision's input."""
        row = self.consent
        others = self.standing.total - len(self.named)
        return {
            "recipient": str(row.recipient_id),
            "onward_recipients": row.onward_recipients,
            # Accounts that were not asked for count, but have no name here: nothing can be equal to them.
            "accounts": [*self.named, *(f"other account {n}" for n in range(others))],
            "data_types": row.data_types,
            "history_from": row.history_from,
            "history_to": row.history_to,
            "forward": row.forward,
            "purpose": row.purpose,
            "starts": row.starts,
            "ends": row.ends,
            "state": row.state,
            "assurance": row.assurance,
            "prefers": self.standing.prefers,
            "notice_at": row.notice_at,
        }

    def facts(self) -> dict[str, dict[str, object]]:
        """Give what is known of the accounts that are meant, under the same names."""
        return {name: account.facts for name, account in self.named.items()}


def profile_of(utility: object) -> UtilityProfile | None:
    """Give the profile by which this database works, or nothing for a utility that cannot be reached."""
    return publishing.profile(utility)


def offer_of(utility: object) -> Offer | None:
    """Give what an ask at this utility is decided by, also where nothing can be sent to it."""
    return publishing.profile(utility) or publishing.offer(utility)


def by_handle(recipient: Organisation, handle: uuid.UUID, numbers: Iterable[str]) -> Grant | None:
    """Give the consent of this id if it is this recipient's; of a stranger's consent not even its existence."""
    try:
        found = standing.of(handle)
    except Consent.DoesNotExist:
        return None
    return _grant(found, _indexed(numbers)) if found.consent.recipient_id == recipient.id else None


def by_accounts(
    recipient: Organisation, utility: str, numbers: Iterable[str], *, purpose: object, today: date
) -> Grant | None:
    """Give this recipient's consent for these accounts: the one that serves best, the newest of equals.

    The same number may stand in letters with other names; the one that is proven best goes before a newer one.
    """
    indexed = _indexed(numbers)
    found = [_grant(each, indexed) for each in standing.over(recipient.id, utility, list(indexed))]
    return max(found, key=lambda grant: _rank(grant, purpose, today), default=None)


def by_ids(consent_id: uuid.UUID, account_ids: Iterable[str | uuid.UUID]) -> Grant:
    """Give a consent as it is at this moment with these of its accounts, each under a handle.

    Raises `Consent.DoesNotExist`.
    """
    found, wanted = standing.of(consent_id), {str(each) for each in account_ids}
    meant = sorted((each for each in found.accounts if str(each.row.id) in wanted), key=lambda each: str(each.row.id))
    width = _digits(found.consent).min_digits
    return Grant(found, {f"{place:0{width}}": each for place, each in enumerate(meant, 1)})


def whole(consent_id: uuid.UUID) -> dict[str, object]:
    """Give a consent as it is at this moment, none of its accounts meant; raises `Consent.DoesNotExist`."""
    return Grant(standing.of(consent_id), {}).as_dict()


def _digits(consent: Consent) -> AccountNumber:
    """Give what an account number of this consent's utility looks like: a handle has to look like one."""
    profile = offer_of(consent.utility)
    if profile is None:
        raise LookupError("a consent without a utility")
    return profile.account_number or ACCOUNT_NUMBER


def _no_account(consent: Consent) -> str:
    """Give a name that fits no account of a grant, and is well formed."""
    return "9" * _digits(consent).max_digits


def not_in_force(consent: Consent, now: datetime) -> str | None:
    """Give the code of why a consent, as it is at this moment, permits nothing at all; None while it is in force."""
    read, profile = read_consent(whole(consent.id)), offer_of(consent.utility)
    if read is None or profile is None:
        return "consent.absent"
    if read.state not in PASSING_STATES:
        return f"consent.{read.state}" if read.state in ENDED_STATES else "consent.absent"
    today = now.astimezone(profile.tz).date()
    if today < read.starts:
        return "consent.not_started"
    return "consent.expired" if today >= read.end else None


def decide_again(request: DataRequest, *, channel: str | None, step: str, now: datetime) -> Decision:
    """Decide a recorded ask anew, by the consent as it is at this moment."""
    if request.consent_id is None:
        return decide(None, _ask_of(request, [], channel), offer_of(settings.HOME_UTILITY), now, step=step)
    grant = by_ids(request.consent_id, request.accounts)
    # An account that left the consent keeps a name that fits nothing, so that it is refused and not forgotten.
    names = [*grant.accounts, *[_no_account(grant.consent)] * (len(request.accounts) > len(grant.accounts))]
    ask = _ask_of(request, names, channel)
    profile = offer_of(grant.consent.utility)
    return decide(grant.as_dict(), ask, profile, now, facts=grant.facts(), step=step)


def decide_file(
    consent: Consent,
    account: UtilityAccount,
    *,
    data_types: Sequence[str],
    days: tuple[date, date],
    channel: str,
    now: datetime,
) -> Decision:
    """Decide whether a file of this account, kind and time may be held under the consent as it is at this moment."""
    grant = by_ids(consent.id, [account.id])
    ask = {
        "recipient": str(consent.recipient_id),
        "purpose": consent.purpose,
        "accounts": list(grant.accounts) or [_no_account(consent)],
        "data_types": list(data_types),
        "from": days[0],
        "to": days[1],
        "channel": channel,
    }
    return decide(grant.as_dict(), ask, offer_of(consent.utility), now, facts=grant.facts(), step="order")


def _ask_of(request: DataRequest, accounts: Sequence[str], channel: str | None) -> dict[str, object]:
    return {
        "recipient": str(request.organisation_id),
        "purpose": request.purpose,
        "accounts": list(accounts),
        "data_types": request.data_types,
        "from": request.range_from,
        "to": request.range_to,
        "channel": channel,
    }


def _indexed(numbers: Iterable[str]) -> dict[bytes, str]:
    plain = (each for each in numbers if isinstance(each, str) and each.isascii() and each.isdigit())
    return {vault.blind_index("account_number", each): each for each in plain}


def _grant(found: Standing, indexed: Mapping[bytes, str]) -> Grant:
    rows = {bytes(each.row.number_index): each for each in found.accounts}
    return Grant(found, {name: rows[index] for index, name in indexed.items() if index in rows})


def _rank(grant: Grant, purpose: object, today: date) -> tuple[object, ...]:
    row = grant.consent
    in_force = row.state in PASSING_STATES and row.starts <= today < row.ends
    return in_force, row.purpose == purpose, len(grant.named), row.assurance, row.signed_at
