"""Renewing and correcting a consent: always a new one, with a new signature, which says what is different (actions).

Nothing is extended in silence. The new grant starts from the answers of the old one (`renewal_answers`); both are in
force until the seal of the new one, which supersedes the old one in the same transaction (`actions.move`). An altered
letter is a void letter, so a correction goes the same way.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from broker import vault
from broker.parties import links
from broker.parties.models import EmailLink
from consents.comparing import TITLES, Line, compare
from consents.lifecycle import LIVE, State
from consents.models import Consent, RenewalAsked
from consents.rules import Answers, forward_end


def ask(consent: Consent, *, email: str, language: str, now: datetime) -> EmailLink | None:
    """Mail her the link of a new grant that renews this one; None when her mailbox had too many mails this hour.

    Raises ValueError for a consent that is over: there is nothing to renew, and a new grant needs no old one.
    """
    if consent.state not in LIVE:
        raise ValueError("only a consent that goes on is renewed")
    with transaction.atomic():
        renewed = newest(consent)
        link = links.begin(
            email,
            EmailLink.Purpose.SHARE,
            organisation=consent.recipient,
            language=language,
            now=now,
            renews=renewed.number,
        )
        if link is not None:
            RenewalAsked.objects.create(link=link, consent=renewed, asked_at=now)
    return link


def carry(link: EmailLink, fresh: EmailLink, *, now: datetime) -> None:
    """Let a fresh link of the same mailbox renew what the first one was to renew."""
    row = RenewalAsked.objects.filter(link=link).first()
    if row is not None:
        RenewalAsked.objects.get_or_create(link=fresh, defaults={"consent_id": row.consent_id, "asked_at": now})


def was_asked_for(link: EmailLink) -> bool:
    """Say whether a link was mailed for a renewal, whatever became of the consent that it was to renew."""
    return RenewalAsked.objects.filter(link=link).exists()


def renewed_by(link: EmailLink) -> Consent | None:
    """Give the consent that a grant behind this link renews, if it still goes on and no other has renewed it."""
    row = RenewalAsked.objects.select_related("consent").filter(link=link).first()
    if row is None or row.consent.state not in LIVE:
        return None
    return None if _renewal_that_lives(row.consent) else row.consent


def takes_the_place_of(link: EmailLink, account_number: str) -> Consent | None:
    """Give the consent whose place a grant behind this link takes: the one that it renews, if it is over this account.

    A grant over another account is simply a new one; what she allowed of the first account goes on as she signed it.
    """
    old = renewed_by(link)
    return old if old is not None and is_over(old, account_number) else None


def is_over(consent: Consent, account_number: str) -> bool:
    """Say whether a consent is over this account of its utility and no other."""
    over = {bytes(each) for each in consent.accounts.values_list("number_index", flat=True)}
    return over == {vault.blind_index("account_number", account_number)}


def newest(consent: Consent) -> Consent:
    """Follow the chain of supersession to its newest consent; a renewal that ended before its seal is no link of it."""
    seen = {consent.id}  # no row leads back to itself; a page that says whether rows were tampered with must end
    while (newer := _renewal_that_lives(consent) or successor(consent)) is not None and newer.id not in seen:
        seen.add(newer.id)
        consent = newer
    return consent


def waiting(consent: Consent) -> list[Consent]:
    """Give the consents that wait to take the place of this living one, the nearest first: none is in force yet."""
    found, last = list[Consent](), consent
    while (newer := _renewal_that_lives(last)) is not None and newer not in found:
        found.append(newer)
        last = newer
    return found


def successor(consent: Consent) -> Consent | None:
    """Give the consent that took the place of this one; None while none has."""
    if consent.state != State.SUPERSEDED:
        return None
    # Nobody renews what is superseded, so the renewal that took its place is the last that was signed.
    return consent.renewals.order_by("signed_at", "id").last()


def _renewal_that_lives(consent: Consent) -> Consent | None:
    return consent.renewals.filter(state__in=LIVE).first()


def scope_of(source: Consent | Answers, recipient: str | None = None) -> dict[str, Any]:
    """Give the scope of a consent, or of a draft for this recipient, by the names of `comparing.TITLES`."""
    if isinstance(source, Consent):
        found = {name: getattr(source, name) for name in TITLES if name not in ("recipient", "account")}
        endings = list(source.accounts.values_list("last_four", flat=True))
        return {"recipient": source.recipient.legal_name, "account": endings, **found}
    return {
        "recipient": recipient,
        "account": [source.account_number[-4:]] if source.account_number else [],
        "purpose": source.purpose,
        "data_types": list(source.data_types),
        "history_from": source.history_from,
        "history_to": source.history_to,
        "forward": forward_end(source),
        "ends": source.ends,
        "onward_recipients": ["nectar"] if source.nectar else [],
    }


def lines(old: Consent, newer: Consent | Answers) -> list[Line]:
    """Say of each part of an old consent whether a newer one, or a draft for the same recipient, keeps it.

    A draft whose account number was not typed yet is over the same account: that is what is renewed.
    """
    before = scope_of(old)
    after = scope_of(newer, before["recipient"])
    return compare(before, {**after, "account": after["account"] or before["account"]})
