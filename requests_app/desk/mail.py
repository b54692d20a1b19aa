"""The request mail as it goes to the billing desk: one schedule, each signed letter once (action's part)."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from broker import vault
from broker.audit import log
from broker.channels import mail_part
from broker.channels.manual_request import DeskPage, Item, Letter, Mailing, RequestLetter, Thread, request
from broker.terms import EventRef
from broker.utilities import UtilityProfile
from consents.models import Consent, LetterFile
from requests_app.desk import codes
from requests_app.lifecycle import OVER
from requests_app.mailing import SENDER, address_of, customer_of, destination, profile_for
from requests_app.models import ManualRequest


def thread_of(manual: ManualRequest) -> Thread:
    """Give what holds the mails of a request together."""
    return Thread(manual.number, manual.thread_token, manual.message_id)


def written(manuals: Sequence[ManualRequest]) -> Mailing:
    """Write the mail that asks for these requests of one recipient, under the first one's Message-ID.

    Opens each customer's letters under one event of her own. Raises ValueError where the requests are of several
    recipients, or of several customers and the utility's profile does not say that those may share a mail.
    """
    first, profile = manuals[0], profile_for(manuals[0])
    people = by_customer(manuals)
    if len({each.request.organisation_id for each in manuals}) != 1:
        raise ValueError("a mail holds requests of one recipient")
    if len(people) != 1 and not may_be_shared(profile):
        raise ValueError("a mail to this utility holds the letters of one customer")
    consents = [each for hers in people for each in _consents(hers)]
    return request(
        RequestLetter(
            thread=thread_of(first),
            to=address_of(profile),
            utility_name=profile.name,
            recipient=consents[0].recipient.legal_name,
            title=profile.desk.letter_title,
            items=tuple(item_of(each) for each in manuals),
            letters=tuple(each for hers in people for each in _letters(hers[0], _consents(hers))),
            others=tuple(thread_of(each) for each in manuals[1:]),
            page=page_of(first),
            members=len(people),
            more_codes=tuple((hers[0].number, codes.hint_of(hers[0])) for hers in people[1:]),
        ),
        destination=destination(),
        own_servers=profile.contacts.mail_servers,
    )


def page_of(manual: ManualRequest) -> DeskPage | None:
    """Give the desk's page as a mail about a request names it; none once that is over: its code opens nothing then."""
    if manual.state in OVER:
        return None
    hint = codes.hint_of(manual)
    return DeskPage(f"{settings.PUBLIC_URL}{reverse('desk-hint', args=[hint.replace('-', '')])}", hint)


def may_be_shared(profile: UtilityProfile) -> bool:
    """Say whether several customers of one recipient may go in one mail to this utility, as its profile says."""
    return profile.desk.one_mail_for == "recipient"


def by_customer(manuals: Sequence[ManualRequest]) -> list[list[ManualRequest]]:
    """Give the requests of each customer together, and of each of her letters, in the order in which they come."""
    people: dict[UUID, dict[object, list[ManualRequest]]] = {}
    for each in manuals:
        people.setdefault(customer_of(each), {}).setdefault(each.request.consent_id, []).append(each)
    return [[each for rows in hers.values() for each in rows] for hers in people.values()]


def part(mailing: Mailing, manuals: Sequence[ManualRequest]) -> bytes:
    """Write what is kept of a shared mail on the thread of one customer, whose requests these are; opens nothing."""
    letters = LetterFile.objects.filter(letter__consent__in=_consents(manuals), kind=LetterFile.Kind.DELIVERED)
    rows = letters.order_by("letter__number").values_list("letter__number", "sha256")
    return mail_part.part_of(
        mailing.message,
        [item_of(each) for each in manuals],
        [mail_part.SignedLetter(number, bytes(sha256).hex()) for number, sha256 in rows],
        whole=hashlib.sha256(mailing.raw).hexdigest(),
    )


def last_fours(manual: ManualRequest) -> tuple[str, ...]:
    """Give the last four digits of each account of a request: all that may be said of them outside the letter."""
    consent = manual.request.consent
    rows = consent.accounts.filter(id__in=manual.request.accounts).order_by("last_four") if consent else []
    return tuple(each.last_four for each in rows)


def item_of(manual: ManualRequest) -> Item:
    """Give a request's row in the schedule of a mail."""
    asked = manual.request
    assert asked.range_from is not None
    assert asked.range_to is not None
    last_day = asked.range_to - timedelta(days=1)
    (consent,) = _consents([manual])
    kinds = tuple(asked.data_types)
    return Item(manual.number, last_fours(manual), kinds, asked.range_from, last_day, consent.letter.number)


def _consents(manuals: Sequence[ManualRequest]) -> list[Consent]:
    found: dict[object, Consent] = {}
    for each in manuals:
        consent = each.request.consent
        if consent is None:
            raise LookupError("a manual request without a consent")
        found.setdefault(consent.id, consent)
    return list(found.values())


def _letters(first: ManualRequest, consents: Sequence[Consent]) -> list[Letter]:
    numbers = [each.letter.number for each in consents]
    event = log.append_read(
        "letter.read",
        actor=SENDER,
        subject=consents[0].customer_id,
        purpose="fulfilment",
        obj="letter",
        body={"why": "to send it to the co-op", "request": first.number, "letter": numbers[0], "letters": numbers},
        cnt=len(consents),
    )
    kept = [each.letter.files.get(kind=LetterFile.Kind.DELIVERED) for each in consents]
    files = _opened(kept, event)
    return [
        Letter(
            consent.letter.number,
            data,
            f"{settings.PUBLIC_URL}{reverse('verify-code', args=[consent.letter.verification_code])}",
            consent.letter.verification_code,
        )
        for consent, data in zip(consents, files, strict=True)
    ]


def _opened(kept: Sequence[LetterFile], event: EventRef) -> list[bytes]:
    return vault.open_files([each.file for each in kept], under=event)
