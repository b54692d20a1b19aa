"""Puts the newest checkpoint into other hands: witnesses, a timestamp authority, a mailbox of a third party (actions).

An anchor is stored only after it was verified; a failure of one never stands in the way of the others or of the log.
"""

import hashlib
import json
import logging
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError

from broker.audit import anchor_store, anchors, checkpoint, log, merkle, proofs, store, witness
from broker.audit.anchors import Anchor
from broker.audit.encoding import b64
from broker.audit.store import Published
from broker.audit.witness_policy import BadPolicy
from broker.transport import Proof, ProvenAddress, TransportError, gate, smtp

WITNESS_EVERY = 60.0  # seconds between two submissions while the log grows
WITNESS_AGAIN = 12 * 3600.0  # seconds after which a log that does not grow is cosigned again
DAILY = 24 * 3600.0
RETRY = {"witness": 60.0, "tsa": 300.0, "mail": 900.0}  # seconds after a failure

journal = logging.getLogger(__name__)


class NoAnchor(Exception):
    """Nobody outside took the checkpoint; the text says why, without content."""


class KeptBack(NoAnchor):
    """The gate let our mail not leave: somebody has to look at it."""


def timestamp_now(size: int | None = None, *, now: datetime) -> Anchor:
    """Have the checkpoint of this size (else the newest) stamped; verify the token and keep it.

    Where the database login may not add anchors (on PostgreSQL all but the integrator's), the verified token is only
    returned: whoever makes an export puts it in. Raises `NoAnchor`.
    """
    from broker.transport import timestamp  # not at the top: pyHanko costs 0.2 s at the start of every command

    published = _published(size)
    text = checkpoint.text_of(published.note).encode()
    try:
        token = timestamp.respond(settings.TIMESTAMP_URLS, hashlib.sha256(text).digest())
    except timestamp.TimestampUnavailable as problem:
        raise NoAnchor(str(problem)) from None
    return _keep("tsa", published, token, now)


def cosign_now(name: str, *, now: datetime) -> Anchor:
    """Have the witness of this name in the policy cosign the newest checkpoint, and keep its line.

    Raises `NoAnchor`; `witness.Conflict` where the witness knows a log that ours does not continue.
    """
    published, known = _published(None), anchors.policy()
    if known is None or name not in known.urls:
        raise NoAnchor("no such witness, or none with an address")
    key, origin = known.witnesses[name], log.origin_id()

    def prove(old: int) -> list[bytes]:
        return merkle.consistency_proof(old, published.size, proofs.reader(origin))

    before = anchor_store.last_cosigned(origin, key.name, key.key_id)
    try:
        found = witness.ask(known.urls[name], key, published.note, old_size=min(before, published.size), prove=prove)
    except witness.Conflict:
        raise
    except witness.NoCosignature as problem:
        raise NoAnchor(str(problem)) from None
    return _keep("witness", published, found.encode().encode(), now)


def mail_now(*, now: datetime) -> Anchor | None:
    """Mail the newest checkpoint to `LOG_MAIL_TO`; keep it as an anchor only if that party's own server took it.

    None: a relay took it, which proves nothing yet. Raises `NoAnchor`, `KeptBack` where the gate found something in it.
    """
    published = _published(None)
    if not settings.LOG_MAIL_TO:
        raise NoAnchor("no mailbox is configured")
    # Named by the operator in the settings, like every party; a checkpoint holds nothing personal.
    to = ProvenAddress(settings.LOG_MAIL_TO, Proof("party", "LOG_MAIL_TO"))
    message = _message(published, to, now)
    # Who signs the log may not write what the gate writes of a refusal: an alarm of the log says it instead.
    if (rule := gate.rule_against(message)) is not None:
        raise KeptBack(f"the gate keeps the mail here: {rule}")
    try:
        taken = smtp.send(
            message, to=to, envelope_from=settings.MAIL_FROM, destination=settings.LOG_MAIL_SERVER or None
        )
    except TransportError as problem:
        raise NoAnchor(f"{type(problem).__name__}: {problem}") from None
    if taken.kind != "accepted_by_destination":
        return None
    facts = {
        "at": now.astimezone(UTC).isoformat(),
        "to": to.address,
        "host": taken.host,
        "reply": taken.reply,
        "checkpoint": checkpoint.text_of(published.note),
        "mail": smtp.as_sent(message).decode("ascii"),
    }
    return _keep("mail", published, json.dumps(facts, sort_keys=True).encode(), now)


def _published(size: int | None) -> Published:
    origin = log.origin_id()
    if size is None:
        newest = store.newest_note(origin)
        if newest is None or newest.size == 0:
            raise NoAnchor("nothing is signed yet")
        return newest
    found = store.rows("SELECT size, note FROM audit_checkpoint WHERE origin = %s AND size = %s", [origin, size])
    if not found:
        raise NoAnchor("no checkpoint of this size was published")
    return Published(*found[0])


def _keep(kind: str, published: Published, proof: bytes, now: datetime) -> Anchor:
    """Verify a proof as everybody will, then store it."""
    try:
        at, who = anchors.check(kind, proof, published.note)
    except anchors.BadAnchor as wrong:
        raise NoAnchor(f"what came back proves nothing: {wrong}") from None
    if anchor_store.may_anchor():
        now_us = int(now.timestamp() * 1_000_000)
        anchor_store.add_anchor(log.origin_id(), published.size, kind, proof, now_us)
    return Anchor(kind, published.size, at, who, proof)


def _message(published: Published, to: ProvenAddress, now: datetime) -> EmailMessage:
    signed = checkpoint.parse(checkpoint.text_of(published.note))
    message = EmailMessage()
    message["From"], message["To"] = settings.MAIL_FROM, to.address
    message["Subject"] = f"Checkpoint of {signed.origin}: {signed.size} entries"
    message["Date"], message["Message-ID"] = format_datetime(now), make_msgid(domain=settings.MAIL_DOMAIN)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "This is the newest signed checkpoint of an append-only log. Please keep this message: nothing else is asked\n"
        "of you. If the log is ever rewritten, this copy proves it.\n\n"
        f"Log:     {signed.origin}\nEntries: {signed.size}\nRoot:    {b64(signed.root)}\n\n"
        f"Anybody can compare it with today's log: {settings.PUBLIC_URL}/check/\n"
    )
    note = store.served_note(log.origin_id(), published.size)
    message.add_attachment(note, filename=f"checkpoint-{signed.size}.txt")
    return message


class Outcome(NamedTuple):
    """What came of one try."""

    what: str
    ok: bool
    text: str


class Rounds:
    """The anchors one after the other, each when it is due; what is remembered here may be lost at any time."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due: dict[str, float] = {}
        self._last: dict[str, int] = {}  # the size that each witness cosigned last
        self._alarmed: set[str] = set()

    def go(self, *, now: datetime) -> list[Outcome]:
        """Try whatever is due at this moment; nothing that fails stops the rest."""
        found = []
        for what, fresh, act in self._due_now(now):
            outcome = self._try(what, act)
            found.append(outcome)
            kind = what.partition(":")[0]
            # A little apart, so that many installations do not come at one moment.
            self._due[what] = self._clock() + (fresh if outcome.ok else RETRY[kind]) * random.uniform(0.9, 1.0)  # noqa: S311
        return found

    def _due_now(self, now: datetime) -> list[tuple[str, float, Callable[[], str]]]:
        origin = log.origin_id()
        newest = store.newest_note(origin)
        if newest is None or newest.size == 0:
            return []
        found: list[tuple[str, float, Callable[[], str]]] = []
        for name in self._witnesses():
            what = f"witness:{name}"
            last = self._last.get(what)
            grew = last is None or anchor_store.grew(origin, last, newest.size)
            if self._is_due(what) and (grew or self._clock() >= self._due[what] + WITNESS_AGAIN):
                found.append((what, WITNESS_EVERY, lambda name=name: self._cosign(name, now)))  # type: ignore[misc]
        if settings.TIMESTAMP_URLS and self._is_due("tsa", origin, now):
            found.append(("tsa", DAILY, lambda: _said(timestamp_now(now=now))))
        if settings.LOG_MAIL_TO and self._is_due("mail", origin, now):
            found.append(("mail", DAILY, lambda: _said(mail_now(now=now))))
        return found

    def _is_due(self, what: str, origin: int | None = None, now: datetime | None = None) -> bool:
        if what not in self._due:
            left = 0.0
            if origin is not None and now is not None:  # another process may have seen to it today
                left = max(0.0, anchor_store.last_anchored_us(origin, what) / 1e6 + DAILY - now.timestamp())
            self._due[what] = self._clock() + left
        return self._clock() >= self._due[what]

    def _witnesses(self) -> list[str]:
        try:
            known = anchors.policy()
        except (BadPolicy, OSError) as wrong:
            journal.error("LOG_WITNESSES cannot be used: %s", wrong)
            return []
        return list(known.urls) if known else []

    def _cosign(self, name: str, now: datetime) -> str:
        anchor = cosign_now(name, now=now)
        self._last[f"witness:{name}"] = anchor.size
        return _said(anchor)

    def _try(self, what: str, act: Callable[[], str]) -> Outcome:
        try:
            text = act()
        except (witness.Conflict, KeptBack) as wrong:
            self._alarm(what, str(wrong))
            return Outcome(what, ok=False, text=str(wrong))
        except (NoAnchor, DatabaseError, log.LogUnavailable) as problem:
            journal.warning("no anchor by %s: %s", what, problem)
            return Outcome(what, ok=False, text=str(problem))
        except Exception as problem:  # noqa: BLE001  (an anchor's fault of any kind must not stop the others)
            journal.exception("no anchor by %s", what)
            return Outcome(what, ok=False, text=type(problem).__name__)
        self._alarmed.discard(what)
        return Outcome(what, ok=True, text=text)

    def _alarm(self, what: str, text: str) -> None:
        """Log once what somebody has to look at: another history than ours outside, or a mail that may not leave."""
        journal.critical("%s: %s", what, text)
        if what in self._alarmed:
            return
        self._alarmed.add(what)
        try:
            log.append(
                "alarm.log",
                actor=log.WRITER,
                subject=None,
                body={"what": what, "why": text},
                obj="log",
                res="error",
            )
        except log.LogUnavailable:
            self._alarmed.discard(what)


def _said(anchor: Anchor | None) -> str:
    if anchor is None:
        return "a relay took the mail: no anchor"
    return f"{anchor.size} entries, {anchor.at:%Y-%m-%d %H:%M:%S} UTC, {anchor.who}"
