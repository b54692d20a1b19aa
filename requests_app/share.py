"""A customer hands over a file that she downloaded herself: a push under her own consent (actions).

A usage file that we cannot read with certainty is kept, sealed and in quarantine, and a person is told: nothing of it
is imported. Of the portal's archive its one usage file is kept, and nothing else.
"""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from broker import vault
from broker.audit import log
from broker.channels import customer_upload
from broker.inlets import refusing, written
from broker.limits import counting
from broker.limits.counting import DAY, Limit
from broker.looking import look as gate
from broker.parties.models import UtilityAccount
from broker.reasons import REASONS
from broker.terms import Actor, EventRef, Refusal
from consents.models import Consent
from consents.sharing import ShareAnswer
from requests_app import grants, importing, quarantine, share_days, share_words
from requests_app.account_rules import allowed_days
from requests_app.alerts import tell_staff
from requests_app.completeness import covering
from requests_app.completeness.matrix import joined
from requests_app.hooks import by_her
from requests_app.importing import CSV, KEPT_UNREAD, XML, ZIP, Imported
from requests_app.models import CustomerShare, ReceivedFile
from requests_app.nectar import onward
from requests_app.reading import read_consent
from requests_app.receive import zone_of
from requests_app.release import ENDINGS
from requests_app.whose import indexes_in, whose

MOST_BYTES = customer_upload.MAX_BYTES  # of one file, and of all that are handed over together
MAX_CSV = 2 * 1024 * 1024  # years of hourly rows; more only keeps the gate busy


@dataclass(frozen=True, repr=False)
class Push:
    """A file that has passed every check and may be kept: whose it is, what it is, and what was read in it."""

    consent: Consent
    account: UtilityAccount
    name: str
    data: bytes = field(repr=False)
    media_type: str
    data_type: str
    found: Imported
    channel: str
    unread: str = ""  # why nothing is imported of it
    archive: bytes | None = None  # hash of the archive that it came in
    # Of a file that the recipient brought and she confirmed: which one, by whom, and her answer; for the log.
    brought: Mapping[str, object] | None = None

    @property
    def days(self) -> tuple[date, date] | None:
        """Its days: those of its readings, or of its pages where all say theirs and no day lies between."""
        together = joined(self.found.page_days)
        return self.found.days or (together[0] if len(together) == 1 else None)

    @property
    def sha256(self) -> bytes:
        """The hash by which it is known: the same file twice is one file."""
        return hashlib.sha256(self.data).digest()


@dataclass(frozen=True, repr=False)
class Opened:
    """A file as it was read, before anybody asks under which permission it may be kept."""

    name: str
    data: bytes = field(repr=False)
    media_type: str
    found: Imported
    unread: str = ""  # why it is not read although it may be kept
    archive: bytes | None = None  # hash of the archive that it came in


UNREAD = Imported("")
BILL_UNREAD, NO_WORDS = "file.bill_unread", "file.no_words"
OTHER_ACCOUNT, ENOUGH = "share.other_account", "share.enough"
# A paper is quickly made up, and each such answer says that a number on it is the account of somebody whom we know.
STRANGERS = Limit("share-strangers", 10, DAY)


@dataclass(frozen=True)
class NamesStranger(Refusal):
    """A file with a number on it that is an account of somebody whom we know, although nothing there calls it one."""


_before: list[Callable[[Push, EventRef, datetime], None]] = []


def before_keeping(does: Callable[[Push, EventRef, datetime], None]) -> None:
    """Register what has to happen in the transaction that keeps a file, before it is kept."""
    if does not in _before:
        _before.append(does)


def receive_share(
    consent: Consent,
    account: UtilityAccount | None,
    name: str,
    data: bytes,
    *,
    to_nectar: bool,
    actor: Actor,
    now: datetime,
) -> ReceivedFile | Refusal:
    """Take a customer's own file under her consent: a bill, or a usage file, which is read at once.

    Without an account it is the one that the file names; of several accounts it has to name one. A usage file of a
    layout that we do not know comes back in quarantine: it is kept, and nothing of it is used.
    """
    push = look(consent, account, name, data, to_nectar=to_nectar, now=now)
    return refuse(consent, push, actor) if isinstance(push, Refusal) else keep(push, actor=actor, now=now)


def keep(push: Push, *, actor: Actor, now: datetime) -> ReceivedFile | Refusal:
    """Keep a file that was looked into; the same bytes are kept once.

    The look takes seconds. What ended meanwhile is not taken, and what ends from here on waits for this commit.
    """
    consent = push.consent
    if (known := known_as(consent, push.sha256)) is not None:
        return known
    try:
        with transaction.atomic():
            # As a stop locks it (`consents.actions`), so that of the two one comes first and the other sees it.
            Consent.objects.select_for_update(no_key=True).get(id=consent.id)
            ended = grants.not_in_force(consent, now)
            if ended is None:
                ref = _log(push, push.sha256, actor)
                for each in _before:
                    each(push, ref, now)
                return _keep(push, push.sha256, ref=ref, now=now)
    except IntegrityError:
        return ReceivedFile.objects.get(consent=consent, sha256=push.sha256)
    return refuse(consent, Refusal(ended), actor)


def take(consent: Consent, name: str, data: bytes, actor: Actor, now: datetime) -> ShareAnswer:
    """Take a file from the customer's page; a bill goes through Nectar where she agreed to Nectar."""
    to_nectar = goes_to_nectar(consent, data)
    answer = receive_share(consent, None, name, data, to_nectar=to_nectar, actor=actor, now=now)
    if isinstance(answer, Refusal):
        return ShareAnswer(False, share_words.said(answer.code, answer.detail))
    if answer.state == ReceivedFile.State.QUARANTINED:
        return ShareAnswer(True, share_words.kept_unread(answer.verdict))
    return ShareAnswer(True, _("Thank you. We took your file and locked it away."))


def goes_to_nectar(consent: Consent, data: bytes) -> bool:
    """Say whether a file goes on to Nectar: she agreed to it, and it is a bill."""
    return "nectar" in consent.onward_recipients and customer_upload.sniff(data) not in (None, CSV)


def known_as(consent: Consent, sha256: bytes) -> ReceivedFile | None:
    """Give the file that came under this consent with these very bytes."""
    return ReceivedFile.objects.filter(consent=consent, sha256=sha256).first()


def look(
    consent: Consent,
    account: UtilityAccount | None,
    name: str,
    data: bytes,
    *,
    to_nectar: bool,
    now: datetime,
    again: bool = False,
) -> Push | Refusal:
    """Look into a file and decide whether it may be kept, and as what; nothing is written but a count.

    `share.enough`: files of hers named so many strangers that she has to go on tomorrow. `again`: these very bytes were
    looked at before and passed, so that their answer tells nothing new, and the count of others does not end it.
    """
    if not again and next_look(consent, now) > now:
        return Refusal(ENOUGH)
    # Before anything is opened or parsed: the gate, the size, the kind, and whether Nectar may have it at all.
    media_type = admitted(name, data)
    if isinstance(media_type, Refusal):
        return media_type
    if to_nectar and "nectar" not in consent.onward_recipients:
        return Refusal("scope.onward_recipient")
    opened = opened_up(name, data, media_type, zone=zone_of(consent))
    if isinstance(opened, Refusal):
        return opened
    found = judged(consent, account, opened, to_nectar=to_nectar, now=now)
    # Looks take seconds: of many at once no more may tell than of one after the other, and then all answer alike.
    if isinstance(found, NamesStranger):
        return found if counting.take(STRANGERS, str(consent.customer_id), now=now) else Refusal(ENOUGH)
    return found if again or next_look(consent, now) <= now else Refusal(ENOUGH)


def next_look(consent: Consent, now: datetime) -> datetime:
    """Give when a file under her consent is looked at again after `share.enough`; `now` while there is room."""
    return counting.counts_anew((STRANGERS, str(consent.customer_id)), now=now)


def admitted(name: str, data: bytes) -> str | Refusal:
    """Let a file through the gate and give its kind, before anything is opened or parsed."""
    if (login := _login(name, data)) is not None:
        return login
    looked = customer_upload.examine(name, data)
    return looked if isinstance(looked, Refusal) else looked.media_type


def opened_up(name: str, data: bytes, media_type: str, *, zone: str) -> Opened | Refusal:
    """Read a file that was admitted, whoever's it is: out of its archive, examined, and in the child process."""
    if media_type == ZIP:
        inner = importing.unpacked(data)
        if isinstance(inner, Refusal):
            return inner
        opened = _read(f"{name[:-4]}.{ENDINGS[inner[1]]}", *inner, zone=zone)
        return opened if isinstance(opened, Refusal) else replace(opened, archive=hashlib.sha256(data).digest())
    return _read(name, data, media_type, zone=zone)


def judged(
    consent: Consent,
    account: UtilityAccount | None,
    opened: Opened,
    *,
    to_nectar: bool,
    now: datetime,
    any_known: bool = True,
) -> Push | Refusal:
    """Decide whether a file that was read may be kept under a permission, and as what.

    `any_known`: a number anywhere in it that is the account of anybody whom we know counts against it. Without that,
    those alone that it calls an account: the answer says nothing about who else is known here.
    """
    if opened.unread:
        return _judged_unread(consent, account, opened, now)
    media_type, found = opened.media_type, opened.found
    zone = zone_of(consent)
    account = account or _named(consent, found)
    if account is None:
        return Refusal("scope.account")
    if media_type in (CSV, XML):
        if not found.series:
            return Refusal("file.not_usage")
        if found.zone != zone:
            return Refusal("file.other_zone")
    data_type = found.data_type or "bill"
    # The channel only says how it comes in; whether Nectar may read it is decided again before it is sent.
    codes = _scope(consent, account, found, data_type, now, any_known=any_known)
    if codes:
        holds = [found.days] if found.days else joined(found.said_days)
        if codes == [OTHER_ACCOUNT]:
            return _of_another(ReceivedFile(consent=consent, account=account), found)
        detail = share_days.written(holds, _days_of(consent)) if codes[0] == "scope.range" else ""
        return Refusal(codes[0], detail)
    channel = "nectar" if to_nectar and media_type not in (CSV, XML) else "customer_upload"
    # What no program can read is passed to nobody before a person looked at it: to Nectar no more than to others.
    if media_type not in (CSV, XML) and not found.is_worded:
        return _push(consent, account, opened, UNREAD, channel, unread=NO_WORDS)
    if channel != "nectar" and not found.series and not _says_whose_and_when(consent, account, found):
        return _push(consent, account, opened, UNREAD, channel, unread=BILL_UNREAD)
    return _push(consent, account, opened, found, channel, data_type=data_type)


def _push(
    consent: Consent,
    account: UtilityAccount,
    opened: Opened,
    found: Imported,
    channel: str,
    *,
    data_type: str = "",
    unread: str = "",
) -> Push:
    return Push(
        consent,
        account,
        opened.name,
        opened.data,
        opened.media_type,
        data_type,
        found,
        channel,
        unread=unread,
        archive=opened.archive,
    )


def _judged_unread(consent: Consent, account: UtilityAccount | None, opened: Opened, now: datetime) -> Push | Refusal:
    if (ended := grants.not_in_force(consent, now)) is not None:
        return Refusal(ended)
    named = importing.named_in(opened.data)
    account = account or _named(consent, UNREAD if isinstance(named, Refusal) else named)
    if account is None:
        return Refusal("scope.account")
    stub = ReceivedFile(consent=consent, account=account)
    if not isinstance(named, Refusal) and whose(stub, named).others:
        return _of_another(stub, named)
    return _push(consent, account, opened, UNREAD, "customer_upload", unread=opened.unread)


def _of_another(stub: ReceivedFile, found: Imported) -> Refusal:
    """Say that a file names another account, and whether that is told by our knowing it alone."""
    kind = Refusal if whose(stub, found, any_known=False).others else NamesStranger
    return kind(OTHER_ACCOUNT)


def _login(name: str, data: bytes) -> Refusal | None:
    if (found := gate(name, "web_form")) is not None:
        return refusing.login(found, inlet="web_form", part="file name")
    inlet = written.inlet(data)
    found = next((found for text in written.texts(data) if (found := gate(text, inlet)) is not None), None)
    return refusing.login(found, inlet=inlet, part="file") if found is not None else None


def _read(name: str, data: bytes, media_type: str, *, zone: str) -> Opened | Refusal:
    if media_type == CSV and len(data) > MAX_CSV:
        return Refusal("request.too_large")
    if (against := _against(name, data, media_type)) is not None:
        return Refusal(against)
    found = importing.read(data, media_type, zone=zone)
    if isinstance(found, Refusal):
        return Opened(name, data, media_type, UNREAD, unread=found.code) if found.code in KEPT_UNREAD else found
    return Opened(name, data, media_type, found)


def _named(consent: Consent, found: Imported) -> UtilityAccount | None:
    """Give the account of the consent that a file names; the only one, or None of several, where it names none."""
    accounts = list(consent.accounts.order_by("created_at", "id"))
    if not accounts:
        raise LookupError("a consent without an account")
    named, only = indexes_in(found), accounts[0] if len(accounts) == 1 else None
    return next((each for each in accounts if bytes(each.number_index) in named), only)


def _against(name: str, data: bytes, media_type: str) -> str | None:
    """Look into a file as into one that came by mail; the portal's feed is a kind that she alone hands over."""
    codes = quarantine.examine(name, data).codes
    found = next((code for code in codes if media_type != XML or code != "file.type"), None)
    return told_as(found) if found else None


def told_as(code: str) -> str:
    """Give the reason that whoever stands at a form is told for one that the desk of mails has words for alone."""
    if code in REASONS:
        return code
    return "file.unreadable" if code == "file.empty" else "file.type"


def _says_whose_and_when(consent: Consent, account: UtilityAccount, found: Imported) -> bool:
    """Say whether a bill names her account and some days; Nectar reads the ones that go there, and is held to both."""
    return bool(found.said_days) and whose(ReceivedFile(consent=consent, account=account), found).own is not None


def _scope(
    consent: Consent, account: UtilityAccount, found: Imported, data_type: str, now: datetime, *, any_known: bool
) -> list[str]:
    stub = ReceivedFile(consent=consent, account=account)
    if found.series and not importing.is_account_of(stub, found.account):
        return ["scope.account"]
    if not found.series and whose(stub, found, any_known=any_known).others:
        return [OTHER_ACCOUNT]  # a bill says whose it is: an account that is not the chosen one
    held = _days_of(consent)
    # A bill cannot be cut: each page that says its days has to lie wholly inside those that she agreed to share.
    if not held or not all(any(a <= one[0] and one[1] <= b for a, b in held) for one in found.said_days):
        return ["scope.range"]
    stretches = [found.days] if found.days else joined(found.said_days) or [held[0]]
    # A push is no order: no letter goes out for it, and she is the one who decides. So the letter's channel, which
    # asks for the lowest assurance, stands for it; what leaves is decided with the full one at its release.
    by_letter = "manual_request"
    decided = [
        grants.decide_file(consent, account, data_types=[data_type], days=days, channel=by_letter, now=now)
        for days in stretches
    ]
    return [code for each in decided for code in each.codes]


def any_day(consent: Consent) -> tuple[date, date] | None:
    """Give days that the consent covers, for a file that does not say which days it is about."""
    return next(iter(_days_of(consent)), None)


def _days_of(consent: Consent) -> list[tuple[date, date]]:
    grant = read_consent(grants.whole(consent.id))
    return list(allowed_days(grant)) if grant else []


def _log(push: Push, digest: bytes, actor: Actor) -> EventRef:
    days = push.days
    return log.append(
        "share.received" if push.brought is None else "brought.taken",
        actor=actor,
        subject=push.consent.customer_id,
        purpose="own_data",
        obj="share",
        body={
            "consent": push.consent.id,
            "sha256": digest.hex(),
            "bytes": len(push.data),
            "media_type": push.media_type,
            "data_types": [push.data_type] if push.data_type else [],
            "from": days[0] if days else None,
            "to": days[1] if days else None,
            "channel": push.channel,
            "importer": push.found.importer,
            "codes": [push.unread] if push.unread else [],
            "archive_sha256": push.archive.hex() if push.archive else None,
            **(push.brought or {}),
        },
    )


def _keep(push: Push, digest: bytes, *, ref: EventRef, now: datetime) -> ReceivedFile:
    customer = push.consent.customer_id
    share = CustomerShare.objects.create(
        consent=push.consent, account=push.account, created_at=now, audit_event_id=ref.id
    )
    file_id = uuid.uuid4()
    days = push.days
    before = by_her.standing(ReceivedFile(consent=push.consent, account=push.account, data_type=push.data_type))
    file = ReceivedFile.objects.create(
        id=file_id,
        consent=push.consent,
        account=push.account,
        share=share,
        channel=push.channel,
        name=vault.seal(push.name, subject=customer, place=vault.Place("requests_app_receivedfile", "name", file_id)),
        media_type=push.media_type,
        bytes=len(push.data),
        sha256=digest,
        file=vault.seal_file(push.data, subject=customer, name="file"),
        state=ReceivedFile.State.QUARANTINED if push.unread else ReceivedFile.State.ACCEPTED,
        verdict=push.unread,
        data_type=push.data_type,
        covers_from=days[0] if days else None,
        covers_to=days[1] if days else None,
        received_at=now,
        decided_at=None if push.unread else now,
        audit_event_id=ref.id,
    )
    if push.unread:
        tell_staff(
            "A customer’s file could not be read",
            f"It waits for a person. Reason: {push.unread}.",
            key=f"unread:{file.id}",
            file=file.id,
        )
        return file
    importing.save_series(file, push.found, data_type=push.data_type, ref=ref)
    covering.keep(file, push.found, ref)
    if push.data_type == importing.BILL:
        importing.save_bills(file, push.found, days=_days_of(push.consent), ref=ref)
    onward.send_on(file, ref, now)
    by_her.came(file, before, ref=ref, now=now)
    return file


def refuse(consent: Consent, refusal: Refusal, actor: Actor) -> Refusal:
    """Log that a file was not taken, and why; a login in it is counted as at every inlet. Give the refusal back."""
    refusing.count(refusal, actor)
    log.append(
        "share.rejected",
        actor=actor,
        subject=consent.customer_id,
        obj="share",
        body={"consent": consent.id, "codes": [refusal.code]},
        res="denied",
    )
    return refusal
