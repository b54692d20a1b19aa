"""A held mail that answers several customers is divided: a person says of each file whose it is (actions).

The mail stays in the holding pen, whole and under the pen's own key. Each request gets a note and its own files, under
its own customer's key; a file that is given to none stays sealed in the pen. The whole choice is logged under the pen's
key, and under each customer's only what became of hers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from broker.audit import log
from broker.inlets import refusing
from broker.looking import look
from broker.parties.models import UtilityAccount
from broker.terms import Actor, EventRef, Refusal
from requests_app import choosing, importing, matching, quarantine, whose
from requests_app.choosing import Opened
from requests_app.desk import several
from requests_app.desk.mail import by_customer, last_fours
from requests_app.desk.models import AlsoAttached
from requests_app.inbound.models import MailChoice
from requests_app.lifecycle import ANSWERABLE, ManualState
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest, Message
from requests_app.moves import move
from requests_app.quarantine import Examined
from requests_app.receive import HOLDING, gate

LONGEST = 1_000  # characters that a person writes down of what a mail says about a request
NAMES_OTHERS = "mail.names_others"  # what a person wrote for one request names another customer's


@dataclass(frozen=True, repr=False)
class Share:
    """What of a mail is about one request: its files, by their place in the mail from 0, and what it says in words.

    The words are a person's own: the mail itself speaks of other customers too, and is not shown on a thread.
    """

    number: str
    files: tuple[int, ...] = ()
    words: str = field(default="", repr=False)


@dataclass(frozen=True)
class Part:
    """A share with the request that it is about."""

    manual: ManualRequest
    share: Share


def offered(opened: Opened, numbers: Sequence[str]) -> list[ManualRequest]:
    """Give the requests among which a mail is divided: those that it shows, then those of these numbers.

    Each customer's stand together.
    """
    shown = choosing.named_in(opened)
    rows = ManualRequest.objects.select_related("request__consent__recipient").filter(number__in=numbers)
    more = rows.exclude(id__in=[each.id for each in shown]).order_by("created_at", "id")
    open_ones = [each for each in [*shown, *more] if each.state in ANSWERABLE]
    return [each for hers in by_customer(open_ones) for each in hers]


def divide(message: Message, shares: Sequence[Share], *, actor: Actor, now: datetime) -> list[Message] | Refusal:
    """Give each request its part of a held mail, in one transaction; give the notes on their threads.

    `ask.invalid`: no share, one without a file and a word, or a file in two. `mail.names_others`: the words for one
    customer's request name another's. `file.other_account`: a file names an account of another customer of this mail;
    it is nobody's alone, and can stay in the pen.
    """
    if not shares or len({each.number for each in shares}) < len(shares):
        return Refusal("ask.invalid")
    parts = _parts(shares)
    if isinstance(parts, Refusal):
        return parts
    for each in parts:
        if (refusal := choosing.closed(each.manual, now)) is not None:
            return refusal
    for share in shares:
        if (found := look(share.words, "admin_note")) is not None:
            return Refusal(refusing.code(found))
    opened = choosing.open_held(message, actor=actor, now=now, why="to divide it")
    if opened is None or not all(choosing.is_under(each.manual, message, now) for each in parts):
        return Refusal("state.conflict")
    if gate(opened.read)[0] is not None:
        return Refusal("channel.forbidden.credentials")
    files = quarantine.examine_all(opened.read["files"], [each.manual for each in parts])
    about = [*choosing.named_in(opened), *(each.manual for each in parts)]
    refusal = _misplaced(shares, len(files)) or _named_elsewhere(parts, about) or _not_hers(parts, files, about)
    if refusal is not None:
        return refusal
    try:
        with transaction.atomic():
            return _divide(opened, parts, files, actor, now)
    except _Closed as over:
        return over.refusal
    except IntegrityError:
        return Refusal("state.conflict")  # somebody else chose meanwhile


class _Closed(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def _parts(shares: Sequence[Share]) -> list[Part] | Refusal:
    rows = ManualRequest.objects.select_related("request__consent").filter(number__in=[each.number for each in shares])
    known = {each.number: each for each in rows}
    if len(known) < len(shares):
        return Refusal("not_found")
    return [Part(known[each.number], each) for each in shares]


def _misplaced(shares: Sequence[Share], count: int) -> Refusal | None:
    places = [place for each in shares for place in each.files]
    one_each = len(set(places)) == len(places) and all(0 <= place < count for place in places)
    said = all(each.files or each.words.strip() for each in shares)
    return None if one_each and said and all(len(each.words) <= LONGEST for each in shares) else Refusal("ask.invalid")


def _others(part: Part, about: Sequence[ManualRequest]) -> list[ManualRequest]:
    """Give the requests of other customers that a mail is about."""
    return [each for each in about if each.request.customer_id != part.manual.request.customer_id]


def _named_elsewhere(parts: Sequence[Part], about: Sequence[ManualRequest]) -> Refusal | None:
    for part in parts:
        named, own = set(matching.numbers_of(part.share.words)), set(last_fours(part.manual))
        for other in _others(part, about):
            endings = set(last_fours(other)) - own
            found = any(re.search(rf"(?<!\d){re.escape(each)}(?!\d)", part.share.words) for each in endings)
            if other.number.upper() in named or found:
                return Refusal(NAMES_OTHERS, part.manual.number)
    return None


def _not_hers(parts: Sequence[Part], files: Sequence[Examined], about: Sequence[ManualRequest]) -> Refusal | None:
    for part in parts:
        strange = [account for each in _others(part, about) for account in _accounts(each)]
        for place in part.share.files:
            if _names(files[place], strange, part.manual):
                return Refusal(whose.OTHER, part.manual.number)
    return None


def _names(file: Examined, accounts: Sequence[UtilityAccount], manual: ManualRequest) -> bool:
    kind = file.media_type
    if file.codes or kind is None or not accounts:
        return False  # nobody opens it: it waits with what stands against it
    found = importing.read(file.data, kind, zone=profile_for(manual).zone)
    return not isinstance(found, Refusal) and whose.names_any(accounts, found)


def _accounts(manual: ManualRequest) -> list[UtilityAccount]:
    consent = manual.request.consent
    return list(consent.accounts.filter(id__in=manual.request.accounts)) if consent else []


def _divide(
    opened: Opened, parts: Sequence[Part], files: Sequence[Examined], actor: Actor, now: datetime
) -> list[Message]:
    chosen = _chosen(opened, parts, files, actor)
    notes: list[Message] = []
    for part in parts:
        rows = ManualRequest.objects.select_for_update(of=("self",)).select_related("request__consent")
        locked = rows.get(id=part.manual.id)
        if (refusal := choosing.closed(locked, now)) is not None:
            raise _Closed(refusal)
        notes.append(_give(opened, locked, part.share, [files[place] for place in part.share.files], actor, now))
    first, *more = notes
    MailChoice.objects.create(
        message=opened.message,
        what=MailChoice.What.ATTACH,
        manual=first.manual,
        attached=first,
        at=now,
        audit_event_id=chosen.id,
    )
    for each in more:
        facts = {"manual": each.manual, "attached": each, "audit_event_id": chosen.id}
        AlsoAttached.objects.create(message=opened.message, **facts)
    return notes


def _chosen(opened: Opened, parts: Sequence[Part], files: Sequence[Examined], actor: Actor) -> EventRef:
    """Log the whole choice under the pen's key: what each request was given, and what stays sealed as surplus."""
    given: Mapping[str, list[str]] = {
        each.manual.number: [files[place].sha256.hex() for place in each.share.files] for each in parts
    }
    taken = {place for each in parts for place in each.share.files}
    return log.append(
        "mail.matched",
        actor=actor,
        subject=HOLDING,
        obj="message",
        cnt=len(files),
        body={
            "message": opened.message.id,
            "sha256": bytes(opened.message.sha256).hex(),
            "held_for": list(opened.codes),
            "candidates": [each.number for each in opened.candidates],
            "divided": given,
            "surplus": [each.sha256.hex() for place, each in enumerate(files) if place not in taken],
        },
    )


def _give(
    opened: Opened, manual: ManualRequest, share: Share, files: Sequence[Examined], actor: Actor, now: datetime
) -> Message:
    ref = log.append(
        "mail.matched",
        actor=actor,
        subject=manual.request.customer_id,
        obj="message",
        cnt=len(files),
        body={
            "message": opened.message.id,
            "sha256": bytes(opened.message.sha256).hex(),
            "request": manual.number,
            "held_for": list(opened.codes),
            "files": [each.sha256.hex() for each in files],
        },
    )
    kind, title = ("answer", "its part of an answer") if files else ("message", "its part of a mail")
    words = _words(manual, share, len(files))
    row = several.note(opened.message, manual, words, kind=kind, title=title, ref=ref, alone=bool(files))
    if quarantine.keep(files, row, ref, now):
        move(manual, ManualState.ANSWERED, ref=ref)
    return row


def _words(manual: ManualRequest, share: Share, files: int) -> str:
    came = f"{files} file{'s' if files != 1 else ''} of it" if files else "No file of it"
    lines = [
        "A mail came that answers several members' requests. It lies whole in the holding pen, and is not shown here.",
        f"{came} came to {manual.number}.",
    ]
    said = share.words.strip()
    return "\n\n".join([*lines, *([f"What it says of {manual.number}, in our words:", said] if said else [])])
