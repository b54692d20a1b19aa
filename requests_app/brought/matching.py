"""Which permission of a recipient a file belongs to, read strictly; nothing is written (look-ups).

The answer to somebody who may not know says nothing about who else is known here: a number that is no account of a
permission of theirs is the same to them whether it is anybody's or nobody's.
"""

from collections.abc import Iterable
from datetime import datetime

from broker.parties.models import Organisation
from broker.terms import Refusal
from consents.lifecycle import State
from consents.models import Consent
from requests_app import grants, share
from requests_app.brought import rules
from requests_app.receive import zone_of
from requests_app.share import Opened, Push
from requests_app.whose import indexes_in


def match(house: Organisation, name: str, data: bytes, *, now: datetime) -> Push | Refusal:
    """Give the file as it would be kept under a permission of this recipient, or why it is refused.

    What no program reads with certainty is refused: nobody looks at what a recipient brings before the customer does.
    """
    media_type = share.admitted(name, data)
    if isinstance(media_type, Refusal):
        return media_type
    found: Push | Refusal = Refusal(rules.UNMATCHED)
    for zone, consents in _by_zone(_in_force(house, now)).items():
        opened = share.opened_up(name, data, media_type, zone=zone)
        if isinstance(opened, Refusal):
            return opened
        if opened.unread:
            return Refusal(opened.unread)
        found = _of(opened, consents, now)
        if isinstance(found, Push) or found.code != rules.UNMATCHED:
            return found
    return found


def _in_force(house: Organisation, now: datetime) -> list[Consent]:
    rows = Consent.objects.filter(recipient=house, state=State.ACTIVE).prefetch_related("accounts")
    # As an ask chooses among permissions: the one that is proven best, then the newest.
    return [
        each
        for each in rows.order_by("-assurance", "-signed_at", "id")
        if grants.not_in_force(each, now) is None and grants.profile_of(each.utility) is not None
    ]


def _by_zone(consents: Iterable[Consent]) -> dict[str, list[Consent]]:
    found: dict[str, list[Consent]] = {}
    for each in consents:
        found.setdefault(zone_of(each), []).append(each)
    return found


def _of(opened: Opened, consents: Iterable[Consent], now: datetime) -> Push | Refusal:
    refusals: list[Refusal] = []
    named = indexes_in(opened.found)
    for consent in consents:
        for account in consent.accounts.all():
            if bytes(account.number_index) not in named:
                continue
            push = share.judged(consent, account, opened, to_nectar=False, now=now, any_known=False)
            if isinstance(push, Push) and not push.unread:
                return push
            refusals.append(push if isinstance(push, Refusal) else Refusal(push.unread))
    return _said(refusals[0]) if refusals else Refusal(rules.UNMATCHED)


def _said(refusal: Refusal) -> Refusal:
    """Give a refusal as it is said: of whose a file is, only that it is not of theirs alone."""
    return Refusal(rules.UNMATCHED) if refusal.code in ("share.other_account", "scope.account") else refusal
