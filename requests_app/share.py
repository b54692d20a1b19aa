"""A customer hands over a file that she downloaded herself: a push under her own consent (actions)."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from broker import jobs, vault
from broker.audit import log
from broker.channels import customer_upload
from broker.credentials import scan
from broker.parties.models import UtilityAccount
from broker.reasons import REASONS
from broker.terms import Actor, EventRef, Refusal
from consents.models import Consent
from consents.sharing import ShareAnswer
from requests_app import grants, importing
from requests_app.account_rules import allowed_days
from requests_app.importing import CSV, Imported
from requests_app.lifecycle import NectarState
from requests_app.models import CustomerShare, NectarPull, ReceivedFile
from requests_app.reading import read_consent
from requests_app.receive import zone_of
from requests_app.whose import whose

MAX_CSV = 2 * 1024 * 1024  # years of hourly rows; more only keeps the gate busy


@dataclass(frozen=True, repr=False)
class _Push:
    """A file that has passed every check and may be kept."""

    consent: Consent
    account: UtilityAccount
    name: str
    data: bytes = field(repr=False)
    media_type: str
    data_type: str
    found: Imported
    channel: str


def receive_share(
    consent: Consent,
    account: UtilityAccount,
    name: str,
    data: bytes,
    *,
    to_nectar: bool,
    actor: Actor,
    now: datetime,
) -> ReceivedFile | Refusal:
    """Take a customer's own file under her consent: a bill, or a usage file, which is read at once."""
    push = _check(consent, account, name, data, to_nectar=to_nectar, now=now)
    if isinstance(push, Refusal):
        return _refuse(consent, push, actor)
    digest = hashlib.sha256(data).digest()
    if (known := ReceivedFile.objects.filter(consent=consent, sha256=digest).first()) is not None:
        return known  # the same file twice is one file
    try:
        with transaction.atomic():
            ref = _log(push, digest, actor)
            return _keep(push, digest, ref=ref, now=now)
    except IntegrityError:
        return ReceivedFile.objects.get(consent=consent, sha256=digest)


def take(consent: Consent, name: str, data: bytes, actor: Actor, now: datetime) -> ShareAnswer:
    """Take a file from the customer's page; a bill goes through Nectar where she agreed to Nectar."""
    account = consent.accounts.order_by("created_at").first()
    if account is None:
        raise LookupError("a consent without an account")
    to_nectar = "nectar" in consent.onward_recipients and customer_upload.sniff(data) not in (None, CSV)
    answer = receive_share(consent, account, name, data, to_nectar=to_nectar, actor=actor, now=now)
    if isinstance(answer, Refusal):
        why = REASONS[answer.code]
        return ShareAnswer(False, f"{_(why.text)} {_(why.instead)}")
    return ShareAnswer(True, _("Thank you. We took your file and locked it away."))


def _check(
    consent: Consent, account: UtilityAccount, name: str, data: bytes, *, to_nectar: bool, now: datetime
) -> _Push | Refusal:
    # Before anything is opened or parsed: the gate, the size, the kind, and whether Nectar may have it at all.
    if scan(name, "web_form") is not None:
        return Refusal("channel.forbidden.credentials")
    looked = customer_upload.examine(name, data)
    if isinstance(looked, Refusal):
        return looked
    if looked.media_type == CSV and len(data) > MAX_CSV:
        return Refusal("request.too_large")
    if to_nectar and "nectar" not in consent.onward_recipients:
        return Refusal("scope.onward_recipient")
    found = importing.read(data, looked.media_type, zone=zone_of(consent))
    if isinstance(found, Refusal):
        return found
    data_type = found.data_type or "bill"
    # The channel only says how it comes in; whether Nectar may read it is decided again before it is sent.
    codes = _scope(consent, account, found, data_type, now)
    if codes:
        return Refusal(codes[0])
    channel = "nectar" if to_nectar and looked.media_type != CSV else "customer_upload"
    return _Push(consent, account, name, data, looked.media_type, data_type, found, channel)


def _scope(consent: Consent, account: UtilityAccount, found: Imported, data_type: str, now: datetime) -> list[str]:
    stub = ReceivedFile(consent=consent, account=account)
    if found.series and not importing.is_account_of(stub, found.account):
        return ["scope.account"]
    if not found.series and whose(stub, found).others:
        return ["share.other_account"]  # a bill says whose it is: an account that is not the chosen one
    days = found.days or any_day(consent)
    if days is None:
        return ["scope.range"]
    # A push is no order: no letter goes out for it, and she is the one who decides. So the letter's channel, which
    # asks for the lowest assurance, stands for it; what leaves is decided with the full one at its release.
    decided = grants.decide_file(consent, account, data_types=[data_type], days=days, channel="manual_request", now=now)
    return list(decided.codes)


def any_day(consent: Consent) -> tuple[date, date] | None:
    """Give days that the consent covers, for a file that does not say which days it is about."""
    return next(iter(_days_of(consent)), None)


def _days_of(consent: Consent) -> list[tuple[date, date]]:
    grant = read_consent(grants.by_ids(consent, []).as_dict())
    return list(allowed_days(grant)) if grant else []


def _log(push: _Push, digest: bytes, actor: Actor) -> EventRef:
    days = push.found.days
    return log.append(
        "share.received",
        actor=actor,
        subject=push.consent.customer_id,
        purpose="own_data",
        obj="share",
        body={
            "consent": push.consent.id,
            "sha256": digest.hex(),
            "bytes": len(push.data),
            "media_type": push.media_type,
            "data_types": [push.data_type],
            "from": days[0] if days else None,
            "to": days[1] if days else None,
            "channel": push.channel,
            "importer": push.found.importer,
        },
    )


def _keep(push: _Push, digest: bytes, *, ref: EventRef, now: datetime) -> ReceivedFile:
    customer = push.consent.customer_id
    share = CustomerShare.objects.create(
        consent=push.consent, account=push.account, created_at=now, audit_event_id=ref.id
    )
    file_id = uuid.uuid4()
    days = push.found.days
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
        state=ReceivedFile.State.ACCEPTED,
        data_type=push.data_type,
        covers_from=days[0] if days else None,
        covers_to=days[1] if days else None,
        received_at=now,
        decided_at=now,
        audit_event_id=ref.id,
    )
    importing.save_series(file, push.found, data_type=push.data_type, ref=ref)
    if push.data_type == importing.BILL:
        importing.save_bills(file, push.found, days=_days_of(push.consent), ref=ref)
    if push.channel == "nectar":
        pull = NectarPull.objects.create(file=file, state=NectarState.QUEUED, updated_at=now, audit_event_id=ref.id)
        jobs.enqueue("nectar.upload", pull.id, key=f"nectar.upload:{pull.id}")
    return file


def _refuse(consent: Consent, refusal: Refusal, actor: Actor) -> Refusal:
    log.append(
        "share.rejected",
        actor=actor,
        subject=consent.customer_id,
        obj="share",
        body={"consent": consent.id, "codes": [refusal.code]},
        res="denied",
    )
    return refusal
