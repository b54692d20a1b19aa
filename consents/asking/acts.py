"""What a recipient does with its asks: ask, ask once more, take back (actions: one transaction, one entry each)."""

import hmac
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from broker import jobs, vault
from broker.audit import log
from broker.limits.counting import DAY, HOUR, Limit, ends, take
from broker.parties.links import token_hash
from broker.parties.mailbox import mailbox_of
from broker.parties.models import Application, Organisation, User
from broker.parties.purposes import is_beyond
from broker.terms import Actor, Refusal
from broker.transport import Proof, ProvenAddress
from broker.vault import keyring
from consents.asking import wanted
from consents.asking.claim import accounts_mark
from consents.asking.ending import END, end
from consents.asking.inviting import order_mail
from consents.asking.lifecycle import APART, DAYS, MAILS, State, again_at, standing
from consents.asking.models import AskBlock, ConsentAsk
from consents.asking.tokens import token_of

# No spam machine: so many asks of an organisation in an hour and in a day, however many keys and people it has, and so
# many to one mailbox in a month, however its address is written. What a mailbox gets from all organisations together is
# `inviting.TO_A_MAILBOX`: a mail waits for it, and no asker learns that others asked there.
IN_AN_HOUR, IN_A_DAY = Limit("ask-hour", 60, HOUR), Limit("ask-organisation", 500, DAY)
TO_ONE = Limit("ask-to-one", 5, timedelta(days=30))
LONGEST_KEY = 200


@dataclass(frozen=True)
class Asker:
    """Who asks for an organisation: its application, or an analyst of it; exactly one of them."""

    organisation: Organisation
    application: Application | None = None
    analyst: User | None = None

    @classmethod
    def app(cls, application: Application) -> "Asker":
        """An application, with its key."""
        return cls(application.organisation, application=application)

    @classmethod
    def person(cls, analyst: User) -> "Asker":
        """An analyst, signed in; raises ValueError for somebody of no organisation."""
        if analyst.organisation is None:
            raise ValueError("only an analyst of an organisation asks for it")
        return cls(analyst.organisation, analyst=analyst)

    @property
    def actor(self) -> Actor:
        """Name the asker in the log."""
        if self.application is not None:
            return Actor("a", self.application.id, role="application")
        assert self.analyst is not None
        return Actor("s", self.analyst.id, role="analyst")

    @property
    def who(self) -> dict[str, Any]:
        """Give the columns by which its rows are found."""
        return {"application": self.application, "analyst": self.analyst}


@dataclass(frozen=True)
class TooMany(Refusal):
    """A refusal that passes: `at` is the moment from which the same ask may be made again."""

    at: datetime | None = None


@dataclass(frozen=True)
class Made:
    """An ask that stands; `replayed` where an earlier, equal call made it."""

    ask: ConsentAsk
    replayed: bool = False


def ask(asker: Asker, body: object, *, idempotency_key: str, now: datetime) -> Made | Refusal:
    """Ask a customer for a consent, once for each key: the same key with the same body gives the same ask again.

    `body` is as an application sends it (`wanted.FIELDS`; of an account number its last four digits are kept, and of
    several numbers a blind index beside, by which her bills find their place).
    With `email` an invitation is mailed there, which holds who asks and the link; without one the caller gets the link
    to hand over. Nothing is looked up about the address: the answer is the same for a customer of ours and a stranger.
    Refusals: `idempotency.missing`, `idempotency.conflict`, `ask.incomplete`, `ask.invalid`, `utility.unknown`,
    `purpose.not_approved`, `asking.not_wanted`, `rate.limited` (a `TooMany`).
    """
    if not 0 < len(idempotency_key) <= LONGEST_KEY:
        return Refusal("idempotency.missing" if not idempotency_key else "ask.invalid")
    key = hmac.digest(keyring.secret("idempotency-key"), idempotency_key.encode(), "sha256").hex()
    try:
        mark = _mark(body)
    except (TypeError, ValueError, RecursionError):
        return Refusal("ask.invalid")
    if (earlier := _earlier(asker, key)) is not None:
        return _replay(earlier, mark)
    found = wanted.read(body, today=_today(now), home=settings.HOME_UTILITY)
    if isinstance(found, Refusal):
        return found
    if is_beyond(asker.organisation, found.wanted.purpose):
        return Refusal("purpose.not_approved")
    if found.email and not _can_be_mailed(found.email):
        return Refusal("ask.invalid", "email")
    indexes = [vault.blind_index("email", way) for way in (mailbox_of(found.email), found.email)] if found.email else []
    index = indexes[0] if indexes else None  # of the mailbox: what is counted and what she does not want again
    try:
        with transaction.atomic():
            # Counted in the transaction of the ask: of many calls with one key only the one that makes it counts.
            refused = _refused(asker, indexes, now)
            if refused is None:
                return Made(_make(asker, found, index, (key, mark), now))
            transaction.set_rollback(True)
    except IntegrityError:
        if (earlier := _earlier(asker, key)) is None:
            raise
        return _replay(earlier, mark)  # somebody was faster with this very key
    earlier = _earlier(asker, key)
    return _replay(earlier, mark) if earlier is not None else refused


def resend(asker: Asker, ask: ConsentAsk, *, now: datetime) -> ConsentAsk | Refusal:
    """Mail the invitation once more: twice at most, three days apart. The link stays the one of the first mail.

    Refusals: `asking.over` (it ended), `asking.no_mail` (its link is handed over), `asking.enough` (no more mails),
    `rate.limited` (too soon, a `TooMany`).
    """
    if (refused := _no_resend(ask, now)) is not None:
        return refused
    with transaction.atomic():
        ref = log.append(
            "ask.repeated", actor=asker.actor, subject=ask.id, obj="contact", body=_body(ask, mails=ask.mails + 1)
        )
        # The row itself refuses what somebody else ordered at this moment.
        row = ConsentAsk.objects.filter(id=ask.id, state=State.PENDING, mails=ask.mails, mailed_at=ask.mailed_at)
        if not row.update(mails=ask.mails + 1, mailed_at=now, audit_event_id=ref.id):
            transaction.set_rollback(True)
            return TooMany("rate.limited", at=now + APART)
        order_mail(ask.id, ask.mails + 1)
    ask.refresh_from_db()
    return ask


def cancel(asker: Asker, ask: ConsentAsk, *, now: datetime) -> ConsentAsk | Refusal:
    """Take an ask back: its link then says so. `asking.over` where it ended otherwise; cancelled twice is once."""
    if ask.state == State.CANCELLED:
        return ask
    with transaction.atomic():
        if not end(ask, State.CANCELLED, act="ask.cancelled", actor=asker.actor, now=now):
            return Refusal("asking.over")
    return ask


def _make(
    asker: Asker, found: wanted.Asked, index: bytes | None, marks: tuple[str, bytes], now: datetime
) -> ConsentAsk:
    ask_id, scope, by_mail = uuid.uuid4(), found.wanted, bool(found.email)
    made = ConsentAsk(
        id=ask_id,
        organisation=asker.organisation,
        **asker.who,
        idempotency_key=marks[0],
        ask_hash=marks[1],
        token_hash=token_hash(token_of(ask_id)),
        email_index=index,
        by_mail=by_mail,
        language=scope.language,
        utility=scope.utility,
        purpose=scope.purpose,
        data_types=list(scope.data_types),
        history_from=scope.history_from,
        history_to=scope.history_to,
        forward=scope.forward,
        ends=scope.ends,
        account_ending=scope.account_ending,
        accounts=listed(scope.accounts) or None,
        state=State.PENDING,
        mails=1 if by_mail else 0,
        mailed_at=now if by_mail else None,
        asked_at=now,
        expires_at=now + timedelta(days=DAYS),
    )
    if by_mail:
        made.email = vault.seal(found.email, subject=ask_id, place=vault.Place("asking_consentask", "email", ask_id))
    facts = _body(made, data_types=made.data_types, purpose=made.purpose, by_mail=by_mail)
    if made.accounts:
        facts["accounts"] = accounts_mark(made.accounts)
    ref = log.append("ask.made", actor=asker.actor, subject=ask_id, obj="contact", body=facts)
    made.audit_event_id = ref.id
    made.save(force_insert=True)
    jobs.enqueue(END, ask_id, due_at=made.expires_at, key=f"{END}:{ask_id}")
    if by_mail:
        order_mail(ask_id, 1)
    return made


def listed(numbers: Sequence[str]) -> list[dict[str, str]]:
    """Give what is kept of several account numbers, in their order: the last four digits and the blind index."""
    found: dict[str, str] = {}
    for each in numbers:
        found.setdefault(vault.blind_index("account_number", each).hex(), each[-4:])
    return [{"ending": ending, "index": index} for index, ending in found.items()]


def _body(ask: ConsentAsk, **more: Any) -> dict[str, Any]:
    return {"ask": str(ask.id), "organisation": str(ask.organisation_id), **more}


def _refused(asker: Asker, indexes: list[bytes], now: datetime) -> Refusal | None:
    # A word from before mailboxes were looked at stands under the address as it was written.
    if indexes and AskBlock.objects.filter(organisation=asker.organisation, email_index__in=indexes).exists():
        return Refusal("asking.not_wanted")
    house = str(asker.organisation.id)
    counted = [(IN_AN_HOUR, house), (IN_A_DAY, house)]
    if indexes:
        counted.append((TO_ONE, f"{house}|{indexes[0].hex()}"))
    for limit, value in counted:
        if not take(limit, value, now=now):
            return TooMany("rate.limited", at=ends(limit, now))
    return None


def _no_resend(ask: ConsentAsk, now: datetime) -> Refusal | None:
    if standing(ask.state, ask.expires_at, now) != State.PENDING:
        return Refusal("asking.over")
    if not ask.by_mail:
        return Refusal("asking.no_mail")
    if ask.mails >= MAILS:
        return Refusal("asking.enough")
    at = again_at(ask.mails, ask.mailed_at)
    return TooMany("rate.limited", at=at) if at is not None and now < at else None


def _can_be_mailed(email: str) -> bool:
    try:
        ProvenAddress(email, Proof("invitation", "ask"))
    except ValueError:
        return False
    return not email.lower().endswith(".invalid")  # RFC 2606: nobody's mailbox


def _earlier(asker: Asker, key: str) -> ConsentAsk | None:
    return ConsentAsk.objects.filter(**asker.who, idempotency_key=key).first()


def _replay(earlier: ConsentAsk, mark: bytes) -> Made | Refusal:
    same = hmac.compare_digest(bytes(earlier.ask_hash), mark)
    return Made(earlier, replayed=True) if same else Refusal("idempotency.conflict")


def _mark(body: object) -> bytes:
    # Keyed, because a plain hash of an address could be guessed from.
    text = json.dumps(body if isinstance(body, Mapping) else None, sort_keys=True, separators=(",", ":"))
    return hmac.digest(keyring.secret("idempotent-body"), text.encode(), "sha256")


def _today(now: datetime) -> Any:
    return now.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()
