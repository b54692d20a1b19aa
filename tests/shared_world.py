"""Two members of the fictional co-op, whose requests of one recipient share a mail: its profile says that they do."""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker import vault
from broker.audit import log, query
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.terms import SERVICE, Actor
from consents.models import Consent
from requests_app.models import ManualRequest, Message
from tests.requests_world import LETTER, World, grant, run_job, world

OTHERS, HER_LETTER = "40900042", LETTER + b", of another member"
RECORDS = "records@junegrass.example"


@dataclass
class Two:
    """Two requests of the first member and one of her neighbour's, in the order in which they were made: 1, 3 and 2."""

    world: World
    mailbox: Any
    hers: list[ManualRequest]
    his: list[ManualRequest]
    consent: Consent
    customer: uuid.UUID
    rows: list[ManualRequest] = field(default_factory=list)

    def states(self) -> list[str]:
        """Give where each of them stands, hers first."""
        return [ManualRequest.objects.get(id=each.id).state for each in self.rows]

    def mails(self) -> int:
        """Give how many mails the co-op has got."""
        return len(self.mailbox.mails.numbers())

    @property
    def people(self) -> list[tuple[uuid.UUID, list[ManualRequest], Consent]]:
        """Give each member: whose key, whose requests, and under which permission."""
        return [(self.world.customer.id, self.hers, self.world.consent), (self.customer, self.his, self.consent)]


def two(mailbox: Any, utility: str = "junegrass") -> Two:
    """Let both of them grant, and ask; nothing is sent."""
    w, customer_id = world(utility=utility), uuid.uuid4()
    now = timezone.now()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", customer_id), subject=customer_id, body={})
        customer = ensure_customer(customer_id, "lee@member.example", language="en", ref=ref, now=now)
        facts = AccountFacts(OTHERS, "Lee Member", "3 Example Road")
        account = ensure_account(customer, utility, facts, ref=ref, now=now)
        consent = grant(customer, w.organisation, [account], ref=ref, now=now, utility=utility, letter=HER_LETTER)
    asked: dict[str, Any] = {"utility": utility, "channel": "manual_request"}
    first = w.manual(**asked)
    second = w.manual(accounts=[OTHERS], **asked)
    third = w.manual(**asked, data_types=["bill"])
    return Two(w, mailbox, [first, third], [second], consent, customer_id, [first, third, second])


def sent(mailbox: Any) -> Two:
    """Let the mail go out, by the first one's job."""
    both = two(mailbox)
    assert run_job("manual.send", both.rows[0].id) == "done"
    assert both.mails() == 1
    return both


def kept(message: Message, subject: uuid.UUID) -> str:
    """Open what is kept of a mail under somebody's key."""
    ref = log.append_read(
        "mail.read", actor=SERVICE("tests"), subject=subject, purpose="support", obj="message", body={}, cnt=1
    )
    return vault.open_file(message.raw, under=ref).decode("utf-8", "replace")


def evidence(subject: uuid.UUID, manuals: list[ManualRequest]) -> str:
    """Give all that is sealed under somebody's key about these requests: mails and bodies of entries, as one text."""
    mails = Message.objects.filter(manual__in=manuals).exclude(kind__in=["held", "credentials"])
    texts = [kept(each, subject) for each in mails]
    ref = log.append_read("log.read", actor=SERVICE("tests"), subject=subject, purpose="support", obj="event", body={})
    return "\n".join([*texts, *(str(each.body) for each in query.for_subject(subject, under=ref))])


def named(everything: str, *foreign: str) -> list[str]:
    """Give which of these stand in a text by themselves; four digits inside a random id or token say nothing."""
    return [each for each in foreign if re.search(rf"(?<![0-9A-Za-z-]){re.escape(each)}(?![0-9A-Za-z-])", everything)]
