"""Data leaves here: the consent is checked again, the read is logged and committed, and only then is it opened."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from broker import vault
from broker.audit import log
from broker.duties import bars
from broker.importers import spans
from broker.importers.readings import MAX_GAPS
from broker.parties.models import Application
from broker.terms import CameBy, EventRef, Refusal
from consents.models import Consent
from requests_app import grants, importing, records, request_state
from requests_app.account_rules import allowed_days
from requests_app.completeness.matrix import lies_in
from requests_app.completeness.query import days_of
from requests_app.decision import Decision
from requests_app.exports import bills, left_out
from requests_app.exports.account_ids import account_id
from requests_app.exports.cutting import bill_is_inside, is_inside
from requests_app.exports.settled import settled_words
from requests_app.models import DataRequest, ReadingSeries, ReceivedFile, Release
from requests_app.one_value import reading as reading_together
from requests_app.one_value.merging import Value
from requests_app.one_value.reading import Together
from requests_app.readers import Reader, actor_of, may_read
from requests_app.reading import read_consent
from requests_app.request_state import BILLS, BY_HER, NUMBERS

ENDINGS = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/xml": "xml",
    "image/png": "png",
    "image/jpeg": "jpg",
}
Days = tuple[date, date]


@dataclass(frozen=True, repr=False)
class FileOut:
    """The bytes of a file on their way out."""

    name: str
    media_type: str
    sha256: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class _No:
    """Why a read is refused: the decision, or a code that the file itself brings up."""

    codes: tuple[str, ...]
    decision: Decision | None = None


def own_request(reader: Reader, request_id: uuid.UUID) -> DataRequest | None:
    """Give a request of the caller's own organisation; a foreign one is nothing, and an event."""
    rows = DataRequest.objects.select_related("consent", "organisation").filter(id=request_id)
    found = rows.filter(organisation=reader.organisation).first() if reader.organisation else None
    if found is None:
        foreign(reader, "request", request_id)
    return found


def foreign(reader: Reader, kind: str, row: uuid.UUID) -> None:
    """Record that somebody asked for what is not theirs (or is not there: the caller cannot tell)."""
    body = {"kind": kind, "id": row}
    log.append("auth.foreign", actor=actor_of(reader), subject=None, body=body, res="denied")


def channel_of(request: DataRequest) -> str | None:
    """Give the channel by which the request was routed, or nothing when it was refused."""
    found = request.decisions.filter(step="order").order_by("decided_at").first()
    return found.channel if found else None


def files_of(request: DataRequest) -> QuerySet[ReceivedFile]:
    """Give the accepted files that answer a request: its own thread's, or what she handed over herself.

    What she handed over serves each request that waits for her, whether Nectar reads it or only we do.
    """
    if request.consent is None:
        return ReceivedFile.objects.none()
    rows = ReceivedFile.objects.filter(
        consent=request.consent,
        state=ReceivedFile.State.ACCEPTED,
        account_id__in=request.accounts,
        data_type__in=request.data_types,
    )
    channel = channel_of(request)
    if channel == "manual_request":
        # What came on another thread under the same consent serves as well: the desk sends a file only once.
        own, other = Q(message__manual__request=request), Q(channel=channel)
        rows = rows.filter(own | (other & Q(covers_from__lt=request.range_to, covers_to__gt=request.range_from)))
    else:
        rows = rows.filter(channel__in=BY_HER if channel in BY_HER else [])
    return rows.order_by("received_at")


def inside(request: DataRequest, files: Iterable[ReceivedFile]) -> list[ReceivedFile]:
    """Give those of a request's files of which a day was asked for and is permitted; none is opened.

    What she handed over without any days serves whatever she was asked for.
    """
    days = _days(request)
    return [each for each in files if _touches(each, days)]


def release_file(reader: Reader, request_id: uuid.UUID, file_id: uuid.UUID, *, now: datetime) -> FileOut | Refusal:
    """Give a file's bytes to the reader, if everything still permits it; never a byte without its event."""
    found = _own_file(reader, request_id, file_id)
    if isinstance(found, Refusal):
        return found
    request, file = found
    with transaction.atomic(durable=True):
        refusal = _check(reader, request, now) or _whole_file(request, file)
        ref = _write(reader, request, "file", [file], refusal, now)
    if refusal:
        return Refusal(refusal.codes[0], findings=_findings(refusal))
    data = vault.open_file(file.file, under=ref)
    name = f"{str(file.id)[:8]}.{ENDINGS.get(file.media_type, 'bin')}"
    return FileOut(name, file.media_type, bytes(file.sha256).hex(), data)


def readable_file(
    reader: Reader, request_id: uuid.UUID, file_id: uuid.UUID, *, now: datetime
) -> tuple[DataRequest, ReceivedFile] | Refusal:
    """Give a file that may be read at this moment, unopened: only a refusal leaves an event here."""
    found = _own_file(reader, request_id, file_id)
    if isinstance(found, Refusal):
        return found
    request, file = found
    with transaction.atomic(durable=True):
        refusal = _check(reader, request, now) or _whole_file(request, file)
        if refusal:
            _write(reader, request, "link", [file], refusal, now)
    return Refusal(refusal.codes[0], findings=_findings(refusal)) if refusal else found


def _own_file(reader: Reader, request_id: uuid.UUID, file_id: uuid.UUID) -> tuple[DataRequest, ReceivedFile] | Refusal:
    request = own_request(reader, request_id)
    if request is None:
        return Refusal("not_found")
    file = files_of(request).filter(id=file_id).first()
    if file is None:
        foreign(reader, "file", file_id)
        return Refusal("not_found")
    return request, file


def release_readings(reader: Reader, request_id: uuid.UUID, *, now: datetime) -> dict[str, Any] | Refusal:
    """Give the readings that answer a request, cut to what was asked and consented, each with where it came from."""
    request = own_request(reader, request_id)
    if request is None:
        return Refusal("not_found")
    series = _series(request)
    with transaction.atomic(durable=True):
        refusal = _check(reader, request, now)
        if refusal is None and not series and request_state.may_bring(request, NUMBERS, files_of(request)):
            return Refusal("data.not_ready")
        ref = _write(
            reader, request, "readings", list({one.file.id: one.file for one in series}.values()), refusal, now
        )
    if refusal:
        return Refusal(refusal.codes[0], findings=_findings(refusal))
    opened = vault.open_all([one.values for one in series], under=ref) if series else []
    days = _days(request)
    kinds = reading_together.together(series, opened)
    shown = [_shown(request, one, days) for one in kinds]
    return {
        **_head(request),
        "series": [each for each in shown if each["readings"]],
        "reconciliation": _reconciled(request, kinds, days),
    }


def release_bills(reader: Reader, request_id: uuid.UUID, *, now: datetime) -> dict[str, Any] | Refusal:
    """Give what the bills of a request came to, cut like readings; one that could not be read is said, not guessed."""
    request = own_request(reader, request_id)
    if request is None:
        return Refusal("not_found")
    rows = files_of(request).filter(data_type=importing.BILL)
    files = inside(
        request, rows.select_related("cut__original", "consent", "message", "account", "coverage", "brought__answer")
    )
    series = _series(request, billed=True)
    with transaction.atomic(durable=True):
        refusal = _check(reader, request, now)
        if refusal is None and not files and request_state.may_bring(request, BILLS, []):
            return Refusal("data.not_ready")
        ref = _write(reader, request, "bills", files, refusal, now)
    if refusal:
        return Refusal(refusal.codes[0], findings=_findings(refusal))
    opened = vault.open_all([one.values for one in series], under=ref) if series else []
    sources = [{**_came(each), **_importer(next((s for s in series if s.file_id == each.id), None))} for each in files]
    kinds, days = reading_together.together(series, opened), _days(request)
    id_of = partial(account_id, request.organisation_id)
    found = bills.shown(kinds, files, days, days_of, id_of)
    outside = left_out.bills(bills.outside(kinds, files, days), files, found, days, days_of, id_of)
    return {**_head(request), "bills": found, "sources": sources, "left_out": outside}


def _head(request: DataRequest) -> dict[str, Any]:
    return {
        "id": str(request.id),
        "consent": str(request.consent_id),
        "channel": channel_of(request),
        "from": request.range_from,
        "to": request.range_to,
    }


def _series(request: DataRequest, *, billed: bool = False) -> list[ReadingSeries]:
    if request.range_from is None or request.range_to is None:
        return []
    rows = ReadingSeries.objects.filter(file__in=files_of(request), data_type__in=request.data_types)
    rows = rows.filter(role=importing.BILLED) if billed else rows.exclude(role=importing.BILLED)
    overlap = rows.filter(first__lt=request.range_to, last__gt=request.range_from)
    rows = overlap.select_related(
        "file__cut__original",
        "file__consent",
        "file__message",
        "file__coverage",
        "file__brought__answer",
        "account",
        "place",
    )
    days = _days(request)  # what lies beside them is no source of anything that is given, and stays shut
    return [each for each in rows.order_by("first", "role") if _touches(each.file, days)]


def _check(reader: Reader, request: DataRequest, now: datetime) -> _No | None:
    by_program = isinstance(reader, Application)
    code = bars.code_for(
        organisation=request.organisation_id,
        application=reader.id if by_program else None,
        person=None if by_program else reader.id,
    )
    if code is not None:  # whoever began before the switch was pressed, or came by a way that asked nobody
        return _No((code,))
    if not may_read(reader, request.data_types):
        return _No(("key.scope",))
    channel = channel_of(request)
    if channel is None:
        return _No(("state.conflict",))
    decided = grants.decide_again(request, channel=channel, step="release", now=now)
    return None if decided.outcome == "route" else _No(decided.codes, decided)


def _touches(file: ReceivedFile, days: Sequence[Days]) -> bool:
    said = list(days_of(file))
    if not said:
        return file.share_id is not None
    return any(start < last and first < end for first, last in said for start, end in days)


def _whole_file(request: DataRequest, file: ReceivedFile) -> _No | None:
    """A file cannot be cut, so all of it must lie inside what was asked; her own push says nothing of days."""
    if file.covers_from is None or file.covers_to is None:
        return None if file.share_id is not None else _No(("scope.range",))
    own, days = (file.covers_from, file.covers_to), _days(request)
    fits = bill_is_inside(own, days) if file.data_type == importing.BILL else lies_in(own, days)
    return None if fits else _No(("scope.range",))


def _write(
    reader: Reader,
    request: DataRequest,
    what: str,
    files: Sequence[ReceivedFile],
    refusal: _No | None,
    now: datetime,
) -> EventRef:
    """Write the event of a read or of its refusal, and the rows that go with it."""
    body: dict[str, object] = {
        "request": request.id,
        "application": reader.id if isinstance(reader, Application) else None,
        "organisation": request.organisation_id,
        "consent": request.consent_id,
        "what": what,
        "data_types": request.data_types,
        "from": request.range_from,
        "to": request.range_to,
        "channel": channel_of(request),
        "files": [bytes(each.sha256).hex() for each in files][:100],
        "codes": list(refusal.codes) if refusal else [],
    }
    ref = log.append(
        "data.read_refused" if refusal else "data.read",
        actor=actor_of(reader),
        subject=request.customer_id,
        purpose=records.known_purpose({"purpose": request.purpose}),
        obj="data",
        res="denied" if refusal else "ok",
        cnt=0 if refusal else len(files),
        body=body,
    )
    if refusal is None:
        for each in files:
            Release.objects.create(
                request=request,
                consent=_consent(request),
                application=reader if isinstance(reader, Application) else None,
                file=each,
                what=what,
                at=now,
                audit_event_id=ref.id,
            )
    elif refusal.decision is not None:
        records.save_decision(request, refusal.decision, request.consent, ref=ref, now=now)
    return ref


def _days(request: DataRequest) -> list[Days]:
    """Give the days that both the ask and the consent, as it is now, cover."""
    grant = read_consent(grants.by_ids(_consent(request).id, request.accounts).as_dict())
    if grant is None or request.range_from is None or request.range_to is None:
        return []
    pieces = [(max(a, request.range_from), min(b, request.range_to)) for a, b in allowed_days(grant)]
    return [(a, b) for a, b in pieces if a < b]


def _consent(request: DataRequest) -> Consent:
    if request.consent_id is None:
        raise LookupError("nothing is released without a consent")
    return Consent.objects.get(id=request.consent_id)


def _shown(request: DataRequest, kind: Together, days: Sequence[Days]) -> dict[str, Any]:
    """Give one value for each moment, though several files may say it; a source is named by its place in `sources`."""
    one = kind.series[0]
    sources = [_provenance(each) for each in kind.series]
    readings = [_value(each, days) for each in kind.values if is_inside(each.said, days)]
    holes = spans.gaps_of_days(readings, days, one.zone)
    return {
        "data_type": one.data_type,
        "role": one.role,
        "unit": one.unit,
        "resolution": one.resolution,
        "zone": one.zone,
        "account_id": account_id(request.organisation_id, one.account),
        "account_ending": one.account.last_four,
        "readings": readings,
        "gaps": holes[:MAX_GAPS],
        "gaps_count": len(holes),
        "provenance": sources[0],
        "sources": sources,
    }


def _reconciled(request: DataRequest, kinds: Sequence[Together], days: Sequence[Days]) -> list[dict[str, Any]]:
    """Give for each period inside these days what is stated, and what its finer numbers come to."""
    found = []
    for account in dict.fromkeys(kind.series[0].account_id for kind in kinds):
        own = [kind for kind in kinds if kind.series[0].account_id == account]
        for each in reading_together.reconciled(own, own):
            end = each.last + timedelta(days=1)
            if not any(start <= each.first and end <= stop for start, stop in days):
                continue
            found.append(
                {
                    "account_id": account_id(request.organisation_id, own[0].series[0].account),
                    "account_ending": own[0].series[0].account.last_four,
                    "from": each.first,
                    "to": end,
                    "stated_kwh": str(each.stated),
                    "counted_kwh": str(each.counted),
                    "role": each.role,
                    "resolution": each.resolution,
                    "missing_days": each.missing,
                    "agrees": each.agrees,
                }
            )
    return found


def _value(value: Value[int], days: Sequence[Days]) -> dict[str, Any]:
    """Give a value as it was first said, or as a person settled it; what other files say stands beside it.

    A revision may be of a longer stretch than its value: one that reaches over these days is not given.
    """
    shown = {**value.said, "quality": value.quality, "source": value.source}
    if value.also:
        shown["also"] = value.also
    if others := [{**said, "source": source} for said, source in value.revisions if is_inside(said, days)]:
        shown["revisions"] = others
    if value.settled:
        shown["settled"] = settled_words(value.settled)
    return shown


def _provenance(one: ReadingSeries) -> dict[str, Any]:
    return {**_came(one.file), **_importer(one)}


def _came(file: ReceivedFile) -> dict[str, Any]:
    return {
        "file": str(file.id),
        "file_sha256": bytes(file.sha256).hex(),
        "channel": file.channel,
        "came_by": file.came_by.value,
        "consent": file.consent.number,
        "cut_from_sha256": _cut_from(file),
        "confirmed_at": _confirmed_at(file),
    }


def _importer(one: ReadingSeries | None) -> dict[str, Any]:
    """Name what read a file, and in which version; nothing where nothing could be read."""
    importer, version = importing.importer_of(one) if one else (None, None)
    return {"importer": importer, "importer_version": version}


def _confirmed_at(file: ReceivedFile) -> datetime | None:
    """Say when the customer confirmed a file that the recipient brought; nothing where it came another way."""
    return file.brought.answer.at if file.came_by is CameBy.BROUGHT else None


def _cut_from(file: ReceivedFile) -> str | None:
    """Name the file as it came, where we cut this one out of it; that one stays sealed."""
    cut = getattr(file, "cut", None)
    return bytes(cut.original.sha256).hex() if cut is not None else None


def _findings(refusal: _No) -> tuple[Any, ...]:
    if refusal.decision is None:
        return ()
    return (*refusal.decision.findings, *(f for each in refusal.decision.accounts for f in each.findings))
