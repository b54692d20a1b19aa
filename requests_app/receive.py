"""The door inward: a mail is sealed whatever it is, looked at by the gate, and its files wait in quarantine.

A thread's token and a sender's domain are hints that make a candidate; only a person accepts a file.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from broker import sandbox, vault
from broker.audit import log
from broker.channels import manual_request
from broker.credentials import Finding
from broker.inlets import incidents, outbound, written
from broker.inlets.mail import check_message
from broker.inlets.sending import Sender
from broker.looking import Unchecked
from broker.sandbox import OutOfTime, budget, unpack
from broker.terms import SERVICE, EventRef
from consents.models import Consent
from requests_app import following, grants, mailing, matching, quarantine, threads
from requests_app.desk import bundles, several
from requests_app.following import Mail
from requests_app.inbound import holding, probe, senders
from requests_app.inbound.models import MailReading
from requests_app.inbound.quotes import new_words
from requests_app.ladder import mentions
from requests_app.mail_reading import unread
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest, Message
from requests_app.watching import enclosed, together

RECEIVER = SERVICE("mail-listener")
HOLDING, CREDENTIALS = holding.HOLDER, holding.LOGINS
# Kinds of mail that nobody proved: a stranger who wrote one takes no Message-ID away from the co-op's own mail.
SAID_OF_EACH = "It came to a mail of ours that held other members' requests too, so the whole of it lies elsewhere."
MAX_SECONDS = 60.0  # for all words of a mail: whoever hands it over waits, and so do all mails behind it
UNPROVEN = ("held", "credentials", "ended", "report", holding.SHARED, *matching.REPORTS)


@dataclass(frozen=True)
class Received:
    """What became of a mail."""

    kind: str
    message: uuid.UUID | None
    files: int = 0


def receive(raw: bytes, *, envelope_from: str, envelope_to: Sequence[str], now: datetime) -> Received:
    """Take a mail in: sealed first, parsed with tolerance, matched by hints, its files in quarantine."""
    if probe.came_back(raw, now=now):
        return Received("probe", None)
    digest = hashlib.sha256(raw).digest()
    if Message.objects.filter(direction="in", sha256=digest).exists():
        return Received("duplicate", None)
    try:
        mail = _look(raw, digest, envelope_to, now)
    except Unchecked:
        incidents.unchecked(sender=Sender(RECEIVER), inlet="email_reply")
        raise  # it is not taken: whoever hands it over keeps it and comes again
    with transaction.atomic():
        ref = _log(mail, envelope_from)
        row = _keep(mail, ref, now)
        if mail.finding is not None and mail.finding != holding.UNREAD:  # where nothing was found, none is counted
            incidents.held(mail.finding, ref=ref, now=now)
        if mail.kind in ("held", "credentials"):
            together = bundles.all_in(mail.manual) if mail.manual and holding.WHICH in mail.codes else []
            tokens = [*tokens_of(envelope_to, mail.read), *(each.thread_token for each in together)]
            mentions.keep(row, mail.read, tokens, ref)
        if mail.is_for_each:
            for each in mail.several:
                _note(replace(mail, manual=each, several=()), row, now)
            return Received(mail.kind, row.id)
        files = quarantine.keep(mail.files, row, ref, now)
        following.follow(mail, files, ref, now)
    return Received(mail.kind, row.id, files)


def zone_of(consent: Consent) -> str:
    """Give the zone of the utility's wall clock."""
    profile = grants.profile_of(consent.utility)
    if profile is None:
        raise LookupError("a consent without a utility")
    return profile.zone


def _look(raw: bytes, digest: bytes, envelope_to: Sequence[str], now: datetime) -> Mail:
    read = read_mail(raw)
    finding, text, closed = _gated(read)
    tokens = tokens_of(envelope_to, read)
    thread = threads.find(tokens, read)
    if finding is None and thread.manual is not None and not thread.together[1:]:
        said = together.said(read)  # its subject would part what two mails say
        finding = together.over_mails(thread.manual, said, reads=read_mail, reader=RECEIVER, now=now)
    kind, codes = _kind(read, thread, finding, tokens, now)
    about = thread.together or ([thread.manual] if thread.manual is not None else [])
    files = quarantine.examine_all(read["files"], about) if kind == "answer" else []
    # An answer's files wait in quarantine, each with a reason of its own; any other mail is opened as it came.
    if finding is None and closed and not (files and all(files[place].codes for place in closed)):
        finding, files = holding.UNREAD, []
        kind, codes = _kind(read, thread, finding, tokens, now)
    several = thread.one_of_each
    return Mail(raw, digest, read, thread.manual, finding, text, kind, tuple(codes), tuple(files), several)


def gate(read: dict[str, Any]) -> tuple[Finding | None, str]:
    """Look for a portal login in the words, headers, names and files; give the finding and the text that it is in.

    Of one that was not read to its end, or with a file that was not, without one: `holding.UNREAD`.
    """
    finding, text, closed = _gated(read)
    return holding.UNREAD if finding is None and closed else finding, text


def _gated(read: dict[str, Any]) -> tuple[Finding | None, str, list[int]]:
    """Give the finding, the text that it is in, and the places of the files that were not read to their end."""
    own: list[int] = []
    others: list[int] = []
    try:
        with budget.within(MAX_SECONDS):
            for text in _everything(read, own, others):
                budget.left()
                if (finding := check_message([text], [])) is not None:
                    return finding, text, own
    except OutOfTime:
        return holding.UNREAD, "", own
    return (None if read["whole"] and not others else holding.UNREAD), "", own


def _everything(read: dict[str, Any], own: list[int], others: list[int]) -> Iterator[str]:
    # Each text by itself too: a secret that stands alone in a body is less alone beside a subject.
    yield words_of(read)
    for name in ("texts", "words", "heads"):
        yield from read[name]
    yield from (each["name"] for each in read["files"])
    files = [(each["name"], list(_written([each], own, first=place))) for place, each in enumerate(read["files"])]
    yield from (text for _name, texts in files for text in texts)
    if files:  # its name may stand in the words or on a file, and the secret in the next one
        yield enclosed.as_one([read["subject"], *map(new_words, read["texts"])], files)
    yield from _written(read["packed"], others)
    # Where it is a mail of ours, as a report says: its numbers, made by chance, are no secret of anybody.
    yield from map(outbound.without_ours, read["returned"])
    yield from map(outbound.without_ours, _written(read["returned_files"], others, is_returned=True))


def words_of(read: dict[str, Any]) -> str:
    """Give all words of a mail beside those in its files."""
    return "\n".join([read["subject"], *read["names"], *read["texts"]])


def _written(
    files: Sequence[dict[str, Any]], closed: list[int], *, first: int = 0, is_returned: bool = False
) -> Iterator[str]:
    """Give the words of attached files; put the places of those into `closed` that were not read to their end.

    `is_returned`: mail servers cut what they give back, and of a letter of ours that may be a PDF.
    """
    for place, each in enumerate(files, first):
        data = sandbox.unpack(each["data"])
        words = written.read(data, is_text=each["type"].startswith("text/"), inside=True)
        yield from words.texts
        if words.closed and not (is_returned and written.is_pdf(data)):
            closed.append(place)


def read_mail(raw: bytes) -> dict[str, Any]:
    """Read a mail in the sandbox; one whose reader broke is nothing but its bytes, which the gate sees as they are."""
    try:
        return sandbox.call("requests_app.mail_reading:read", {"raw": sandbox.pack(raw)}, wall=30.0, cpu=20)
    except (sandbox.SandboxError, ValueError) as error:
        return unread(raw, type(error).__name__)


def tokens_of(envelope_to: Sequence[str], read: dict[str, Any]) -> list[str]:
    """Give the threads' tokens that a mail carries, in its envelope, its addresses and what it refers to: hints."""
    original = (read["report"] or {}).get("original") or ""
    return manual_request.tokens_in(*envelope_to, *read["refers_to"], *read["to"], original)


def _kind(
    read: dict[str, Any], thread: threads.Thread, finding: Finding | None, tokens: Sequence[str], now: datetime
) -> tuple[str, list[str]]:
    manual = thread.manual
    if finding is not None:
        return "credentials", holding.why_unread(read) if finding == holding.UNREAD else []
    if holding.is_echo(read, settings.MAIL_FROM):
        return "held", ["mail.echo"]
    if manual is None and following.copy_of(read):
        return "held", [following.COPY]
    if manual is None:
        known = ManualRequest.objects.filter(thread_token__in=tokens).exists()
        return "held", ["mail.many_requests" if known else "mail.no_request", *holding.by_content(read)]
    contacts = profile_for(manual).contacts
    address = contacts.email.value
    kind = matching.kind_for(read, address, contacts.mail_servers)
    if kind in matching.REPORTS:
        if matching.reports_on(read, manual.message_id, address):
            return kind, []
        # About a later mail of the thread: it says nothing about the letter's own arrival.
        later = any(matching.reports_on(read, each, address) for each in mailing.ids_of(manual))
        return ("report", []) if later else ("held", ["mail.report_foreign"])
    codes = [*senders.why_not(read, address, settings.MAIL_AUTHSERV_ID), *holding.by_content(read)]
    if not thread.is_answerable(now):
        return "ended", codes  # it stays sealed and unopened, while nothing permits us to have it
    if not codes and thread.together and kind not in holding.BY_PROGRAMS:
        codes = [holding.WHICH]
    if codes:
        return "held", codes
    taken = Message.objects.filter(direction="in").exclude(kind__in=UNPROVEN)
    # Rows from before an id was kept as a hash have it as it was written.
    named = (kept_id(read["message_id"]), read["message_id"][:300])
    if read["message_id"] and taken.filter(message_id__in=named).exists():
        return "duplicate", []
    return ("message" if kind == "answer" and not read["files"] else kind), []


def kept_id(message_id: str) -> str:
    """Name a mail that came by a hash: its sender wrote the Message-ID, and may have written anything there."""
    return f"sha256:{hashlib.sha256(message_id.encode(errors='replace')).hexdigest()}" if message_id else ""


def _subject(mail: Mail) -> uuid.UUID:
    """Give whose key seals a mail: hers whom it is known to be about; held only for which of her requests, too."""
    if mail.finding is not None:
        return CREDENTIALS
    if mail.manual is None or mail.is_of_nobody or bool(mail.several and mail.kind == "held"):
        return HOLDING
    known = mail.kind != "held" or mail.codes == (holding.WHICH,)
    return (mail.manual.request.customer_id if known else None) or HOLDING


def _note(mail: Mail, raw: Message, now: datetime) -> None:
    """Note on one customer's thread what a program said of a mail that held others' too, and let hers follow it.

    The report quotes that mail's subject, and may quote all of it: it lies sealed in the holding pen and nowhere else.
    """
    assert mail.manual is not None
    ref = log.append(
        _act(mail),
        actor=RECEIVER,
        subject=_subject(mail),
        obj="message",
        body={"kind": mail.kind, "request": mail.manual.number, "sha256": mail.sha256.hex(), "held_mail": raw.id},
    )
    row = several.note(raw, mail.manual, SAID_OF_EACH, kind=mail.kind, ref=ref)
    _judge(row, mail, ref)
    following.follow(mail, 0, ref, now)


def _act(mail: Mail) -> str:
    if mail.finding is not None:
        return "gate.held"
    acts = {"answer": "file.received", "delivered": "request.delivery_evidence"}
    if following.comes_back(mail):
        acts["bounce"] = "mail.bounced"  # of a proven delivery, a report is only one more mail
    return "mail.received" if mail.is_for_each else acts.get(mail.kind, "mail.received")


def _log(mail: Mail, envelope_from: str) -> EventRef:
    body: dict[str, object] = {
        "kind": mail.kind,
        "codes": list(mail.codes),
        "signals": mail.read["signals"][:10],
        "sha256": mail.sha256.hex(),
        "bytes": len(mail.raw),
        "request": mail.manual.number if mail.manual else None,
        "files": [hashlib.sha256(unpack(each["data"])).hexdigest() for each in mail.read["files"]],
        "against": [list(each.codes) for each in mail.files],
        "null_sender": not envelope_from,
        "why": mail.read["why"][:20],
    }
    if mail.finding is not None:
        body |= {"rule": mail.finding.rule, "finding": mail.finding.kind}
    return log.append(
        _act(mail),
        actor=RECEIVER,
        subject=_subject(mail),
        obj="message",
        cnt=len(mail.read["files"]),
        res="denied" if mail.finding else "ok",
        body=body,
    )


def _keep(mail: Mail, ref: EventRef, now: datetime) -> Message:
    # A mail with files gets a key of its own: what is too much in them can be destroyed with it. So does one with a
    # portal login: it goes ten working days after it came, whatever else came in its year. And so does one that is
    # held, or about several customers: where a person attaches it, it goes with the records of whom it is about.
    alone = bool(mail.read["files"]) or mail.finding is not None or mail.kind == "held" or bool(mail.several)
    row = Message.objects.create(
        manual=None if mail.is_of_nobody else mail.manual,
        direction="in",
        message_id=kept_id(mail.read["message_id"]),
        kind=holding.SHARED if mail.is_for_each else mail.kind,
        raw=vault.seal_file(mail.raw, subject=_subject(mail), name="mail.eml", alone=alone),
        sha256=mail.sha256,
        at=now,
        audit_event_id=ref.id,
    )
    _judge(row, mail, ref)
    return row


def _judge(row: Message, mail: Mail, ref: EventRef) -> None:
    MailReading.objects.create(
        message=row,
        kind=mail.read["kind"],
        signals=mail.read["signals"][:10],
        codes=list(mail.codes),
        audit_event_id=ref.id,
    )
