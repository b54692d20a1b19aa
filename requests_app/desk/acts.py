"""What the billing desk tells us on its page: each act is one message, one row and one event of its own (actions).

Whatever follows is what would follow from a mail or a call: files wait in quarantine, a fee waits for a yes, a doubt
suspends. Whoever says something about a request has it, so each act also proves that our mail arrived.
"""

import hashlib
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from broker import vault
from broker.credentials import Finding
from broker.inlets import incidents, refusing, written
from broker.inlets.mail import check_message
from broker.inlets.sending import Sender
from broker.looking import look
from broker.terms import EventRef, Refusal
from consents.checking import acts as letter_acts
from consents.checking.clerk import CLERK
from requests_app import grants, quarantine
from requests_app.alerts import tell_staff
from requests_app.clocks import moving
from requests_app.desk.models import DeskAct
from requests_app.fees import asking, quoting, standing
from requests_app.fees.lifecycle import Asks, SaidBy
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message
from requests_app.quarantine import Examined
from requests_app.receive import read_mail
from requests_app.watching import enclosed, together

Kind = DeskAct.Kind
MOST_DAYS = 2  # that a desk names and that move the clock; what it names after them is kept, and a person is told
MOST_FILES = 20
_UNSAFE = re.compile(r"[^\w .()+-]")

_TOLD = {
    Kind.WORDS: "A person reads it, on the request's page.",
    Kind.FILES: "Its files wait in quarantine.",
    Kind.OWN_FORM: "Get the form, have the member sign it, and replace the request: its page says how.",
    Kind.PAPER: "The member was asked to print, sign and post the letter. Its page says whether it came.",
    Kind.NOT_MEMBER: "Compare account and name with the letter, and call the co-op. Nothing is sent meanwhile.",
    Kind.FEE: "It waits for a yes or a no, and the clock rests.",
    Kind.PROMISE: "The date is on the request's page.",
}


NOT_ENTERED = "It is kept, but changed nothing: the request does not take it now. Read it on its page and decide."


@dataclass(frozen=True)
class Taken:
    """What was kept, and whether the request took it by itself; where not, a person is told so."""

    act: DeskAct
    entered: bool


@dataclass(frozen=True, repr=False)
class Said:
    """What was entered on the page; `once` was drawn with the form, so that a form sent twice counts once."""

    kind: DeskAct.Kind
    once: uuid.UUID
    words: str = field(default="", repr=False)
    files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    amount: Decimal | None = None
    day: date | None = None


def say(manual: ManualRequest, said: Said, *, address: str, now: datetime) -> Taken | Refusal:
    """Take what the desk says of a request; the same form about it again gives what it gave before.

    Refused: `channel.forbidden.credentials` for a portal login in the words, also together with what came on the thread
    in the ten days before, in a text file, or in words and a short file together; and the consent's own code for files
    while nothing permits us to have them.
    """
    # The number of a form that was drawn for another request, or for another answer, is another press.
    said = replace(said, once=uuid.uuid5(said.once, f"{manual.id} {said.kind.value}"))
    if (earlier := DeskAct.objects.filter(once=said.once).first()) is not None:
        return Taken(earlier, entered=True)
    consent = manual.request.consent
    if consent is None:
        raise LookupError("a manual request without a consent")
    if (found := _gate(said) or _split(manual, said, now)) is not None:
        finding, part = found
        if (code := refusing.code(finding)) == refusing.CODE:
            incidents.record(finding, part=part, sender=Sender(CLERK), inlet="web_form")
        return Refusal(code)
    if said.files and (ended := grants.not_in_force(consent, now)) is not None:
        return Refusal(ended)
    files = [quarantine.examine(name, data) for name, data in said.files[:MOST_FILES]]
    try:
        with transaction.atomic():
            return _record(standing.locked(manual.id), said, files, address, now)
    except IntegrityError:
        # The same form, sent twice at once: the other one is in. Anything else is a fault, and is not hidden.
        return Taken(DeskAct.objects.get(once=said.once), entered=True)


def _gate(said: Said) -> tuple[Finding, str] | None:
    for part, text in [("words", said.words), *(("file name", name) for name, _data in said.files)]:
        if (finding := check_message([text], [])) is not None:
            return finding, part
    read = [(name, written.inlet(data), list(written.texts(data))) for name, data in said.files]
    texts = ((text, inlet) for _name, inlet, found in read for text in found)
    finding = next((found for text, inlet in texts if (found := look(text, inlet)) is not None), None)
    if finding is None and read:
        whole = enclosed.as_one([said.words], [(name, found) for name, _inlet, found in read])
        # What two people let through, in words or in files, is none in both.
        finding = look(whole, "web_form") and look(whole, "web_form", in_file=True)
    return (finding, "file") if finding is not None else None


def _split(manual: ManualRequest, said: Said, now: datetime) -> tuple[Finding, str] | None:
    """Read the words together with what came on the thread before them, as a mail's are."""
    words = "\n".join((said.words, *enclosed.of_small((data, False) for _name, data in said.files)))
    finding = together.over_mails(manual, words, reads=read_mail, now=now, inlet="web_form")
    return (finding, "words") if finding is not None else None


def _record(manual: ManualRequest, said: Said, files: Sequence[Examined], address: str, now: datetime) -> Taken:
    act_id = uuid.uuid4()
    body = {"act": act_id, "kind": said.kind.value, "files": [each.sha256.hex() for each in files]}
    body |= {"against": [list(each.codes) for each in files], "day": said.day, "state": manual.state}
    ref = standing.event(manual, "desk.said", CLERK, body, cnt=len(files))
    row = _kept(manual, act_id, said, ref, now)
    act = DeskAct.objects.create(
        id=act_id,
        manual=manual,
        kind=said.kind,
        once=said.once,
        message=row,
        cents=int(said.amount * 100) if said.amount is not None else None,
        day=said.day,
        at=now,
        audit_event_id=ref.id,
    )
    quarantine.keep(files, row, ref, now)
    if manual.state in standing.UNPROVEN:
        standing.reach(manual, ManualState.WAITING_ON_UTILITY, ref=ref, happened_at=now)
    entered = _follow(manual, said, row, ref, address, now)
    if said.kind in _TOLD:  # of a doubt the letter's own act tells them
        what = f"Request {manual.number}: the billing desk {said.kind.label}"
        tell_staff(what, _TOLD[said.kind] if entered else NOT_ENTERED, key=f"desk:{act_id}", manual=manual)
    return Taken(act, entered)


def _follow(manual: ManualRequest, said: Said, row: Message, ref: EventRef, address: str, now: datetime) -> bool:
    """Let follow what follows; False where the request, as it is, does not take it by itself."""
    consent = manual.request.consent
    assert consent is not None
    match said.kind:
        case Kind.FILES:
            standing.reach(manual, ManualState.ANSWERED, ref=ref, happened_at=now)
        case Kind.OWN_FORM | Kind.NOT_MEMBER:
            return asking.asked_anew(manual, ref=ref, now=now)
        case Kind.PAPER:
            return not isinstance(asking.ask_customer(manual, Asks.PAPER, "", actor=CLERK, now=now), Refusal)
        case Kind.FEE if said.amount is not None:
            fee = quoting.quote(manual, said.amount, said_by=SaidBy.PAGE, actor=CLERK, now=now, message=row)
            return not isinstance(fee, Refusal)
        case Kind.PROMISE if said.day is not None and _named(manual) <= MOST_DAYS:
            stood = manual.promised_for == said.day
            return stood or moving.promise(manual, said.day, actor=CLERK, now=now) is None
        case Kind.PROMISE:
            return False
        case Kind.DOUBT:
            letter_acts.doubt(consent.letter, said.words, once=said.once, address=address, now=now)
    return True


def _named(manual: ManualRequest) -> int:
    """Count the days that the desk named for this request, with the one that was just written down."""
    return DeskAct.objects.filter(manual=manual, kind=Kind.PROMISE).count()


def _kept(manual: ManualRequest, act_id: uuid.UUID, said: Said, ref: EventRef, now: datetime) -> Message:
    """Keep what was said like a mail: sealed under the customer's key, whole, with its files as they came."""
    customer = manual.request.customer_id
    assert customer is not None
    made = EmailMessage(policy=SMTP)
    made["From"] = "The billing desk, on its page <desk@invalid>"
    made["To"] = settings.MAIL_FROM
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<desk.{act_id}@{settings.MAIL_DOMAIN}>"
    made["Subject"] = f"{manual.number}: the billing desk {said.kind.label}"
    lines = [f"The billing desk {said.kind.label}."]
    lines += [f"Fee: ${said.amount:.2f}"] if said.amount is not None else []
    lines += [f"Day: {said.day:%Y-%m-%d}"] if said.day is not None else []
    made.set_content("\n\n".join([*lines, *([said.words] if said.words else [])]))
    for name, data in said.files[:MOST_FILES]:
        safe = _UNSAFE.sub("_", name)[:120] or "file"
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=safe)
    raw = made.as_bytes()
    return Message.objects.create(
        manual=manual,
        direction="in",
        message_id=str(made["Message-ID"]),
        # Words are read and classified like a mail's, and we do not ask again before somebody has.
        kind="message" if said.kind == Kind.WORDS else "desk",
        # With files it gets a key of its own: what is too much in them can be destroyed with it.
        raw=vault.seal_file(raw, subject=customer, name="mail.eml", alone=bool(said.files)),
        sha256=hashlib.sha256(raw).digest(),
        at=now,
        audit_event_id=ref.id,
    )
