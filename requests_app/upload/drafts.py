"""Files looked at before anything is saved: kept sealed as a draft for an hour (actions).

What may not be kept under her permission is not kept in a draft either: of such a file there is its name, sealed, and
the reason, and no byte of it.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from broker import jobs, vault
from broker.audit import log
from broker.inlets import refusing
from broker.limits.counting import HOUR, Limit, take
from broker.parties.models import Customer
from broker.terms import Actor, EventRef, Refusal
from consents.models import Consent
from requests_app import share
from requests_app.completeness import covering
from requests_app.completeness.matrix import joined
from requests_app.share import Push
from requests_app.upload.facts import Days, Facts, of_push
from requests_app.upload.models import DraftFile, ShareDraft

LASTS = timedelta(hours=1)
# Of a customer, over all her permissions: each draft may hold 25 MB for an hour, and each file is read in a process of
# its own. Years of bills, month by month, are far below that.
DRAFTS, LOOKS = Limit("share-drafts", 20, HOUR), Limit("share-looks", 300, HOUR)
MOST_FILES = 60
ENDS = "share_draft.end"
TWICE, TOO_MANY = "file.twice", "file.too_many"
UNFINISHED = "file.unfinished"  # saving goes on, or was cut off before this file
TRIES = 10


@dataclass(frozen=True, repr=False)
class Given:
    """A file as it was handed over."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, repr=False)
class Looked:
    """A file that was looked into: what was read, and why it is not taken, if it is not."""

    facts: Facts
    code: str
    data: bytes = field(repr=False)  # as it would be kept


class IsOver(Exception):
    """The draft ended while files for it were looked into; nothing of them is kept."""


def allows(consent: Consent, *, files: int, fresh: bool, now: datetime) -> bool:
    """Count so many files against what a customer may have looked at in an hour, and a draft where a fresh one begins.

    False where she had enough; then nothing is to be looked into.
    """
    her = str(consent.customer_id)
    return (not fresh or take(DRAFTS, her, now=now)) and take(LOOKS, her, now=now, times=files)


def begin(consent: Consent, *, now: datetime) -> ShareDraft:
    """Make an empty draft, which ends by itself after an hour."""
    with transaction.atomic():
        draft = ShareDraft.objects.create(consent=consent, created_at=now, expires_at=now + LASTS)
        jobs.enqueue(ENDS, draft.id, due_at=draft.expires_at, key=f"{ENDS}:{draft.id}")
    return draft


def is_open(draft: ShareDraft, *, now: datetime) -> bool:
    """Say whether files can still be added to it or saved."""
    return draft.ended_at is None and now < draft.expires_at


def of(customer: Customer, draft_id: uuid.UUID) -> ShareDraft | None:
    """Give a draft of hers; another's is logged as such, and is nothing."""
    found = ShareDraft.objects.select_related("consent__recipient").filter(id=draft_id, consent__customer=customer)
    draft = found.first()
    if draft is None:
        body = {"kind": "share_draft", "id": draft_id}
        log.append("auth.foreign", actor=Actor("c", customer.id), subject=None, body=body, res="denied")
    return draft


def add(draft: ShareDraft, given: Sequence[Given], *, actor: Actor, now: datetime) -> list[tuple[DraftFile, Facts]]:
    """Look into files and keep those that may be saved, sealed under the draft's own key; give what each is.

    One bad file loses none of the others. The look happens before anything is written. Raises `IsOver`.
    """
    looked = _look(draft, given, actor, now)
    sealed = [None if each.code else vault.seal_file(each.data, subject=draft.id, name="file") for each in looked]
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                if not _is_open_still(draft):
                    break
                rows = _write(draft, looked, sealed, actor)
            return [(row, each.facts) for row, each in zip(rows, looked, strict=True)]
        except log.LogUnavailable:
            _take_back(sealed)
            raise
        except IntegrityError:
            # Another window of hers was faster with the next number, or with this very file.
            looked = [_again(draft, each) for each in looked]
            sealed = [None if each.code else file for each, file in zip(looked, sealed, strict=True)]
    else:
        raise IntegrityError("no place in a draft")
    _take_back(sealed)
    raise IsOver


def _take_back(sealed: Sequence[uuid.UUID | None]) -> None:
    for file in sealed:
        if file is not None:
            vault.delete_bytes(file, for_a_time=True)


def opening(rows: Sequence[DraftFile], part: str, actor: Actor) -> EventRef:
    """Write down that files of one draft are opened, before they are; `rows` is not empty."""
    return log.append_read(
        "share.draft_read",
        actor=actor,
        subject=rows[0].draft_id,
        purpose="own_data",
        obj="share",
        body={"part": part},
        cnt=len(rows),
    )


def facts_of(rows: Sequence[DraftFile], *, actor: Actor, part: str = "preview") -> list[Facts]:
    """Open what was read in files of one draft, for her who handed them over; the opening is an event."""
    if not rows:
        return []
    ref = opening(rows, part, actor)
    return [Facts(**json.loads(text)) for text in vault.open_all([each.facts for each in rows], under=ref)]


def _look(draft: ShareDraft, given: Sequence[Given], actor: Actor, now: datetime) -> list[Looked]:
    kept = draft.files.filter(code="")
    room = share.MOST_BYTES - sum(kept.values_list("bytes", flat=True))
    places = MOST_FILES - draft.files.count()
    seen = {bytes(each) for each in kept.values_list("sha256", flat=True)}
    found: list[Looked] = []
    for number, each in enumerate(given):
        if number >= places:
            found.append(_refused(each, TOO_MANY))
            continue
        if len(each.data) > room:
            found.append(_refused(each, "request.too_large"))
            continue
        looked = _look_at(draft.consent, each, actor, now)
        if not looked.code:
            digest = hashlib.sha256(looked.data).digest()
            if digest in seen:
                looked = _refused(each, TWICE)
            else:
                seen.add(digest)
                room -= len(looked.data)
        found.append(looked)
    return found


def _look_at(consent: Consent, given: Given, actor: Actor, now: datetime) -> Looked:
    to_nectar = share.goes_to_nectar(consent, given.data)
    push = share.look(consent, None, given.name, given.data, to_nectar=to_nectar, now=now)
    if isinstance(push, Refusal):
        refusing.count(push, actor)
        return _refused(given, push.code, push.detail)
    known = share.known_as(consent, push.sha256) is not None
    return Looked(of_push(push, known=known, days=_days(push)), "", push.data)


def _days(push: Push) -> list[Days]:
    return covering.days_of(push.found.series) if push.found.series else joined(push.found.said_days)


def _refused(given: Given, code: str, why: str = "") -> Looked:
    return Looked(Facts(given.name, why=why), code, given.data)


def _again(draft: ShareDraft, looked: Looked) -> Looked:
    digest = hashlib.sha256(looked.data).digest()
    if looked.code or not draft.files.filter(code="", sha256=digest).exists():
        return looked
    return Looked(Facts(looked.facts.name), TWICE, looked.data)


def _is_open_still(draft: ShareDraft) -> bool:
    """Say so under the lock that the end of a draft takes: what is added to it after that would stay for good."""
    Consent.objects.select_for_update(no_key=True).get(id=draft.consent_id)
    return ShareDraft.objects.filter(id=draft.id, ended_at=None).exists()


def _write(
    draft: ShareDraft, looked: Sequence[Looked], sealed: Sequence[uuid.UUID | None], actor: Actor
) -> list[DraftFile]:
    log.append(
        "share.previewed",
        actor=actor,
        subject=draft.consent.customer_id,
        purpose="own_data",
        obj="share",
        cnt=len(looked),
        body={"consent": draft.consent_id, "draft": draft.id, "codes": sorted({each.code for each in looked} - {""})},
    )
    begins = draft.files.count()
    rows = [_row(draft, begins + n, each, file) for n, (each, file) in enumerate(zip(looked, sealed, strict=True), 1)]
    return DraftFile.objects.bulk_create(rows)


def _row(draft: ShareDraft, number: int, looked: Looked, file: uuid.UUID | None) -> DraftFile:
    row_id = uuid.uuid4()
    place = vault.Place("upload_draftfile", "facts", row_id)
    return DraftFile(
        id=row_id,
        draft=draft,
        number=number,
        code=looked.code,
        bytes=len(looked.data),
        sha256=hashlib.sha256(looked.data).digest(),
        file=file,
        facts=vault.seal(json.dumps(looked.facts.as_dict()), subject=draft.id, place=place),
    )
