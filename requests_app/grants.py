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
from consents.joint.account_facts import facts_of
from consents.models import Consent
from consents.preferring import choosing
from requests_app.decision import ENDED_STATES, PASSING_STATES, Decision, decide
from requests_app.models import DataRequest
from requests_app.reading import ACCOUNT_NUMBER, read_consent

Accounts = Mapping[str, UtilityAccount]


@dataclass(frozen=True)
class Grant:
    """A consent, and those of its accounts that are meant, by the name under which the ask has them."""

    consent: Consent
    accounts: Accounts

    def as_dict(self) -> dict[str, object]:
        """Give the consent with the names of the decision's input."""
        row = self.consent
        others = row.accounts.count() - len(self.accounts)
        return {
            "recipient": str(row.recipient_id),
            "onward_recipients": row.onward_recipients,
            # Accounts that were not asked for count, but have no name here: nothing can be equal to them.
            "accounts": [*self.accounts, *(f"other account {n}" for n in range(others))],
            "data_types": row.data_types,
            "history_from": row.history_from,
            "history_to": row.history_to,
            "forward": row.forward,
            "purpose": row.purpose,
            "starts": row.starts,
            "ends": row.ends,
            "state": row.state,
            "assurance": row.assurance,
            "prefers": choosing.of(row),
            "notice_at": row.notice_at,
        }

    def facts(self) -> dict[str, dict[str, object]]:
        """Give what is known of the accounts that are meant, under the same names."""
        return facts_of(self.consent, self.accounts)


def profile_of(utility: object) -> UtilityProfile | None:
    """Give the profile by which this database works, or nothing for a utility that cannot be reached."""
    return publishing.profile(utility)


def offer_of(utility: object) -> Offer | None:
    """Give what an ask at this utility is decided by, also where nothing can be sent to it."""
    return publishing.profile(utility) or publishing.offer(utility)


def by_handle(recipient: Organisation, handle: uuid.UUID, numbers: Iterable[str]) -> Grant | None:
    """Give the consent of this id if it is this recipient's; of a stranger's consent not even its existence."""
    consent = Consent.objects.filter(id=handle, recipient=recipient).first()
    return _grant(consent, _indexed(numbers)) if consent else None


def by_accounts(
    recipient: Organisation, utility: str, numbers: Iterable[str], *, purpose: object, today: date
) -> Grant | None:
    """Give this recipient's consent for these accounts: the one that serves best, the newest of equals.

    The same number may stand in letters with other names; the one that is proven best goes before a newer one.
    """
    indexed = _indexed(numbers)
    rows = Consent.objects.filter(
        recipient=recipient, utility=utility, accounts__number_index__in=list(indexed)
    ).distinct()
    found = [_grant(row, indexed) for row in rows]
    return max(found, key=lambda grant: _rank(grant, purpose, today), default=None)


def by_ids(consent: Consent, account_ids: Iterable[str | uuid.UUID]) -> Grant:
    """Give a consent with these of its accounts, each under a handle."""
    wanted = {str(each) for each in account_ids}
    rows = sorted((row for row in consent.accounts.all() if str(row.id) in wanted), key=lambda row: str(row.id))
    width = _digits(consent).min_digits
    return Grant(consent, {f"{place:0{width}}": row for place, row in enumerate(rows, 1)})


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
    grant, profile = Grant(Consent.objects.get(id=consent.id), {}), offer_of(consent.utility)
    read = read_consent(grant.as_dict())
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
    grant = by_ids(Consent.objects.get(id=request.consent_id), request.accounts)
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
    grant = by_ids(Consent.objects.get(id=consent.id), [account.id])
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


def _grant(consent: Consent, indexed: Mapping[bytes, str]) -> Grant:
    rows = {bytes(row.number_index): row for row in consent.accounts.all()}
    return Grant(consent, {name: rows[index] for index, name in indexed.items() if index in rows})


def _rank(grant: Grant, purpose: object, today: date) -> tuple[object, ...]:
    row = grant.consent
    in_force = row.state in PASSING_STATES and row.starts <= today < row.ends
    return in_force, row.purpose == purpose, len(grant.accounts), row.assurance, row.signed_at
