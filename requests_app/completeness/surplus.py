"""A file that brought too much: found, sealed as it is, and what may be had of it cut out (actions)."""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from broker import sandbox, vault
from broker.audit import log
from broker.parties.models import UtilityAccount
from broker.terms import SERVICE, EventRef
from requests_app import grants
from requests_app.account_rules import allowed_days
from requests_app.alerts import tell_staff
from requests_app.clocks import calendars
from requests_app.completeness import telling, weighing
from requests_app.completeness.matrix import Days
from requests_app.completeness.models import Cut, OverDelivery
from requests_app.completeness.weighing import Page, Usage, Weighed
from requests_app.completeness.words import EXTRA_MONTHS, EXTRA_TYPES, OTHER_ACCOUNT
from requests_app.importing import CPU, CSV, WALL, Imported
from requests_app.importing import Page as Read
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.reading import read_consent
from requests_app.whose import Whose, whose

WEIGHER = SERVICE("file-weigher")
DUE_DAYS = 10  # business days of the utility
# The code that stands on the file, by the gravest of what was too much.
CODES = {OTHER_ACCOUNT: "file.other_account", EXTRA_TYPES: "file.extra_types", EXTRA_MONTHS: "file.extra_months"}


def of(file: ReceivedFile) -> OverDelivery | None:
    """Give the incident of a file, if it brought too much."""
    return OverDelivery.objects.filter(file=file).first()


def code_of(incident: OverDelivery) -> str:
    """Give the code that says why its file stays sealed."""
    return next(code for kind, code in CODES.items() if kind in incident.kinds)


def days_for(file: ReceivedFile) -> list[Days] | None:
    """Give the days of which a file may hold values; None for a file that no request brought."""
    return list(_allowed(file)) if _manual(file) else None


def weigh(file: ReceivedFile, found: Imported, named: Whose) -> Weighed:
    """Say what of a file that came for a request is too much; nothing where none is, or nobody can say."""
    manual = _manual(file)
    if manual is None:
        return weighing.NOTHING
    if found.series:
        kind = found.data_type or ""
        own = named.own.id if named.own else None
        has = any(each["readings"] for each in found.series)
        usage = Usage(kind, own, bool(named.others), found.outside, found.outside_months, has)
        return weighing.of_usage(usage, file.consent.data_types)
    asked = manual.request
    days = (asked.range_from, asked.range_to) if asked.range_from and asked.range_to else None
    pages = [_page(file, each) for each in found.pages]
    if not pages and named.others:
        return Weighed((OTHER_ACCOUNT,))
    return weighing.of_pages(pages, _allowed(file), days, complete=found.complete)


def open_incident(file: ReceivedFile, weighed: Weighed, data: bytes, name: str, *, now: datetime) -> OverDelivery:
    """Record once that a file brought too much, and cut out what may be had; its bytes stay sealed as they came.

    `data` and `name`: of the opened file. What is cut out is a file of its own, in quarantine like any other. Where its
    own mail brought the file the utility is told by a mail of its own, once a person acts on it (`telling.send_found`).
    """
    manual = _manual(file)
    assert manual is not None
    piece = _cut(file, weighed, data) if weighed.inside else None
    with transaction.atomic():
        ManualRequest.objects.select_for_update(of=("self",)).get(id=manual.id)
        if (known := of(file)) is not None:
            return known
        body = _facts(file, manual) | {"kinds": list(weighed.kinds), "pages": list(weighed.surplus),
                                       "months": list(weighed.months), "values": weighed.values}  # fmt: skip
        ref = log.append(
            "file.surplus",
            actor=WEIGHER,
            subject=file.consent.customer_id,
            obj="received_file",
            body=body,
            res="denied",
        )
        incident = _incident(file, manual, weighed, ref, now)
        ReceivedFile.objects.filter(id=file.id).update(verdict=code_of(incident), audit_event_id=ref.id)
        if piece is not None:
            _keep(file, manual, weighed, piece, name)
        _tell(file, manual, incident, ref, now)
    file.refresh_from_db()
    return incident


def _allowed(file: ReceivedFile) -> Sequence[Days]:
    grant = read_consent(grants.by_ids(file.consent_id, [file.account_id]).as_dict())
    return allowed_days(grant) if grant else []


def _page(file: ReceivedFile, found: Read) -> Page:
    seen = whose(file, found)
    return Page(seen.own.id if seen.own else None, bool(seen.others), found.days, found.complete)


def _cut(file: ReceivedFile, weighed: Weighed, data: bytes) -> tuple[bytes, int] | None:
    """Cut in the sandbox; nothing where that fails: then the whole file waits for a person."""
    payload: dict[str, object] = {"data": sandbox.pack(data)}
    try:
        if file.media_type == CSV:
            days = [[first.isoformat(), last.isoformat()] for first, last in _allowed(file)]
            made = sandbox.call("broker.importers.smarthub_cut:cut", payload | {"days": days}, wall=WALL, cpu=CPU)
            return sandbox.unpack(made["data"]), made["dropped"]
        pages = list(weighed.inside)
        made = sandbox.call("broker.importers.bill_cut:cut", payload | {"pages": pages}, wall=WALL, cpu=CPU)
        return sandbox.unpack(made["data"]), len(weighed.surplus)
    except sandbox.SandboxError:
        return None


def _incident(
    file: ReceivedFile, manual: ManualRequest, weighed: Weighed, ref: EventRef, now: datetime
) -> OverDelivery:
    calendar = calendars.in_force(profile_for(manual)).calendar
    asked = manual.request.data_types
    kind = weighed.data_type or ("bill" if "bill" in asked else asked[0])  # a paper does not say what it is
    return OverDelivery.objects.create(
        manual=manual,
        file=file,
        kinds=list(weighed.kinds),
        pages=list(weighed.surplus),
        months={kind: [each.isoformat() for each in weighed.months]} if weighed.months else {},
        values=weighed.values,
        found_at=now,
        due=calendar.add(calendar.day0(now), DUE_DAYS),
        audit_event_id=ref.id,
    )


def _keep(file: ReceivedFile, manual: ManualRequest, weighed: Weighed, piece: tuple[bytes, int], name: str) -> None:
    data, dropped = piece
    digest, row = hashlib.sha256(data).digest(), uuid.uuid4()
    if ReceivedFile.objects.filter(consent=file.consent, sha256=digest).exists():
        return  # the same was cut out of another file, or came by itself
    subject = file.consent.customer_id
    assert weighed.account is not None
    pages = list(weighed.inside) if file.media_type != CSV else []
    ref = log.append(
        "file.cut",
        actor=WEIGHER,
        subject=subject,
        obj="received_file",
        body=_facts(file, manual) | {"cut": row, "cut_sha256": digest.hex(), "pages": pages, "dropped": dropped},
    )
    made = ReceivedFile.objects.create(
        id=row,
        consent=file.consent,
        account=UtilityAccount.objects.get(id=weighed.account),
        message=file.message,
        channel=file.channel,
        name=vault.seal(name, subject=subject, place=vault.Place("requests_app_receivedfile", "name", row)),
        media_type=file.media_type,
        bytes=len(data),
        sha256=digest,
        file=vault.seal_file(data, subject=subject, name="file"),
        state=ReceivedFile.State.QUARANTINED,
        received_at=file.received_at + timedelta(microseconds=1),  # behind the one that it comes from
        audit_event_id=ref.id,
    )
    Cut.objects.create(file=made, original=file, pages=pages, dropped=dropped, audit_event_id=ref.id)


def _tell(file: ReceivedFile, manual: ManualRequest, incident: OverDelivery, ref: EventRef, now: datetime) -> None:
    from requests_app import seconding

    choice = seconding.held(file)
    by_mail = choice is None or seconding.is_proven(choice, file.message)  # whoever sent a held mail is nobody known
    detail = f"It is sealed. Two people decide what becomes of it by {incident.due:%B} {incident.due.day}."
    ask = " Nobody has proven who sent it: ask the co-op by phone whether it did, and say nothing of what is in it."
    what = f"Request {manual.number}: a file brought more than may be had"
    tell_staff(what, detail if by_mail else detail + ask, key=f"surplus:{incident.id}", manual=manual)
    if by_mail:
        telling.write_found(incident, ref, now)


def _manual(file: ReceivedFile) -> ManualRequest | None:
    return file.message.manual if file.message else None


def _facts(file: ReceivedFile, manual: ManualRequest) -> dict[str, object]:
    return {
        "file": file.id,
        "sha256": bytes(file.sha256).hex(),
        "consent": file.consent_id,
        "request": manual.number,
    }
