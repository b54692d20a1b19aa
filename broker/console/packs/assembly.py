"""Putting a pack together: what may be opened is opened once, under the export's own events (docs/pack-format.md)."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from django.conf import settings

from broker import vault
from broker.audit import canonical, container, packing
from broker.audit.container import TooLarge
from broker.audit.encoding import b64
from broker.audit.opening import event_keys
from broker.audit.packing import Covered, Held, Log
from broker.console.packs import earlier, gag, records, report, selection, signing, templates
from broker.console.packs.earlier import Part
from broker.console.packs.lifecycle import Redaction, Scope
from broker.console.packs.models import EvidencePack
from broker.console.packs.selection import About
from broker.console.packs.sentences import Heading, Line, line
from consents.models import Consent, LetterFile
from requests_app.release import ENDINGS

if TYPE_CHECKING:
    from broker.console.packs.build import Under

LARGEST = 25 * 1024 * 1024  # of the documents in one pack
MOST_EVENTS = 8_000  # about 2.8 kB each with its proof: what one sealed file and one run of a job hold


@dataclass(frozen=True, repr=False)
class Made:
    """A finished pack and the number of events in it."""

    data: bytes = field(repr=False)
    events: int


@dataclass
class _Opened:
    """What was opened of the logs, by event id: K_e and bodies."""

    keys: dict[int, bytes] = field(default_factory=dict, repr=False)
    bodies: dict[int, object] = field(default_factory=dict, repr=False)


def make(pack: EvidencePack, under: "Under", covered: Covered, *, made_at: datetime) -> Made:
    """Collect, open as far as the level says, and write the container.

    Raises `vault.NotPermitted` or `opening.NotPermitted` where an event opens nothing any more, `TooLarge`.
    """
    whole, level = selection.about(pack), Redaction(pack.redaction)
    stated = whole.of(under.customers)  # beyond headers only who sees an entry of this very export
    documents = list(_documents(pack, stated))
    signed = signing.signings(stated) if pack.letters else []
    size = sum(vault.file_facts(each.file).size for each in documents) + sum(each.size for each in signed)
    if size > LARGEST:
        raise TooLarge("more documents than one pack holds")
    logs = packing.logs(covered)
    found = gag.left_out(pack, selection.events(pack, whole, logs), made_at)
    if len(found) > MOST_EVENTS:
        raise TooLarge("more events than one pack holds")  # before anything was opened
    opened = _open(pack, found, under)
    own = packing.placed([under.parent, *under.customers.values(), under.pack], covered.size)
    found = packing.in_order([*selection.narrow(pack, whole, found, opened.bodies), *own, *packing.openings(logs)])
    purpose, recipient = vault.open_all([pack.purpose, pack.recipient], under=under.pack)
    lines = _lines(found, opened, level, logs)
    files = packing.files(logs, found, opened.keys if level is Redaction.OPEN else {}, now=made_at)
    files |= _open_documents(documents, under) | signing.files(signed, under)
    files |= _records(stated, lines, level) | records.profiles(whole)
    files |= templates.files(stated.consents) if pack.letters else {}
    parts = earlier.parts(logs, found)
    facts = report.Facts(
        pack, whole, covered, purpose, recipient, made_at, tuple(lines), _withheld(pack), stated, parts
    )
    files |= report.files(facts, anchored=sorted(name for name in files if name.startswith("anchors/")))
    return Made(_container(pack, covered, parts, files, made_at), len(found))


def _open(pack: EvidencePack, found: list[Held], under: "Under") -> _Opened:
    """Open the customers' events, and of a period also those of operations; nothing at the level of headers."""
    opened = _Opened()
    if pack.redaction == Redaction.HEADERS:
        return opened
    subjects: list[tuple[uuid.UUID | None, object]] = list(under.customers.items())
    if pack.scope == Scope.PERIOD:
        subjects.append((None, under.parent))
    for subject, event in subjects:
        living = packing.living_kids(subject)
        theirs = [each for each in found if each.kid in living]
        opened.keys |= event_keys(subject, [each.id for each in theirs], under=event)  # type: ignore[arg-type]
    opened.bodies |= packing.bodies(found, opened.keys)
    return opened


def _lines(found: list[Held], opened: _Opened, level: Redaction, logs: list[Log]) -> list[Line]:
    names, current = records.Names(), logs[-1].origin
    out = []
    for each in found:
        head = each.head
        older = None if each.origin == current else each.origin
        heading = Heading(
            each.seq, head.log, older, each.at, head.act, head.res, names.of(each), head.purpose, head.cnt
        )
        out.append(line(heading, opened.bodies.get(each.id), level))  # type: ignore[arg-type]
    return out


@dataclass(frozen=True)
class _Document:
    """A sealed file and its name in the pack."""

    path: str
    file: uuid.UUID
    customer: uuid.UUID


def _documents(pack: EvidencePack, whole: About) -> Iterable[_Document]:
    if pack.letters:
        for consent in whole.consents:
            yield from _letter_documents(consent)
    if pack.mails:
        for mail in whole.mails():
            if mail.manual and mail.manual.request.customer_id:
                path = f"mails/{mail.at:%Y%m%dT%H%M%S}-{mail.direction}-{mail.id.hex[:8]}.eml"
                yield _Document(path, mail.raw, mail.manual.request.customer_id)
    if pack.files:
        for row in whole.files():
            path = f"files/{row.id.hex}.{ENDINGS.get(row.media_type, 'bin')}"
            yield _Document(path, row.file, row.consent.customer_id)


def _letter_documents(consent: Consent) -> Iterable[_Document]:
    """Give each copy of a letter; the archive's, of which there is one more each year, are numbered from the second."""
    archived = 0
    for each in consent.letter.files.order_by("made_at", "bytes") if hasattr(consent, "letter") else ():
        archived += each.kind == LetterFile.Kind.ARCHIVED
        number = f"-{archived}" if each.kind == LetterFile.Kind.ARCHIVED and archived > 1 else ""
        path = f"letter/{consent.letter.number}-{each.kind}{number}.pdf"
        yield _Document(path, each.file, consent.customer_id)


def _open_documents(documents: list[_Document], under: "Under") -> dict[str, bytes]:
    """Open each customer's documents under her own entry of the export, which can do so once."""
    out: dict[str, bytes] = {}
    for customer, event in under.customers.items():
        hers = [each for each in documents if each.customer == customer]
        if hers:
            opened = vault.open_files([each.file for each in hers], under=event)
            out |= {each.path: data for each, data in zip(hers, opened, strict=True)}
    return out


def _records(stated: About, lines: list[Line], level: Redaction) -> dict[str, bytes]:
    access = [line.as_json() for line in lines if line.act in records.ACCESS]
    out = {
        "records/events.json": records.as_bytes([each.as_json() for each in lines]),
        "records/access.json": records.as_bytes(access),
    }
    if level is Redaction.HEADERS:
        return out  # what our tables say of permissions, requests and documents is more than headers
    return out | {
        "records/consents.json": records.as_bytes(records.consents(stated)),
        "records/requests.json": records.as_bytes(records.requests(stated)),
        "records/documents.json": records.as_bytes({**records.documents(stated), "signings": signing.listed(stated)}),
    }


def _withheld(pack: EvidencePack) -> tuple[str, ...]:
    names = {
        "letters": "the signed letters and how they were signed",
        "mails": "the mails",
        "files": "the files that came back",
    }
    return tuple(text for name, text in names.items() if not getattr(pack, name))


def _container(
    pack: EvidencePack, covered: Covered, parts: tuple[Part, ...], files: dict[str, bytes], made_at: datetime
) -> bytes:
    older: dict[str, canonical.Json] = {"earlier": [each.listed() for each in parts]} if parts else {}
    manifest = canonical.dumps(
        {
            **older,
            "format": "evidence-pack/v1",
            "number": pack.number,
            "origin": settings.LOG_ORIGIN,
            "size": covered.size,
            "root": b64(covered.root),
            "made_at": made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "scope": _scope(pack),
            "redaction": pack.redaction,
            "contents": [name for name in ("letters", "mails", "files") if getattr(pack, name)],
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        }
    )
    note = packing.note_of_manifest(hashlib.sha256(manifest).hexdigest())
    stream = BytesIO()
    container.write(stream, {**files, "manifest.json": manifest, "manifest.note": note})
    return stream.getvalue()


def _scope(pack: EvidencePack) -> dict[str, canonical.Json]:
    if pack.scope == Scope.PERIOD:
        return {"kind": pack.scope, "from": str(pack.period_from), "to_exclusive": str(pack.period_to)}
    return {"kind": pack.scope, "id": str(pack.scope_id)}
