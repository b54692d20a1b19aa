"""A recipient's person brings files: each is matched, and held or refused (actions)."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.importers.readings import VERSION
from broker.inlets import refusing
from broker.limits.counting import HOUR, Limit, take
from broker.parties.models import Organisation, User
from broker.terms import Refusal
from consents.models import Consent
from requests_app import grants, share
from requests_app.brought import asking, ending, matching, rules
from requests_app.brought.models import BroughtFile, Drop
from requests_app.completeness import covering
from requests_app.completeness.matrix import joined
from requests_app.readers import actor_of
from requests_app.recipients.guard import house_of
from requests_app.release import ENDINGS
from requests_app.share import Push
from requests_app.upload.facts import Days, of_push

DROPS, LOOKS = Limit("brought-drops", 20, HOUR), Limit("brought-looks", 300, HOUR)
State = BroughtFile.State


@dataclass(frozen=True, repr=False)
class Given:
    """A file as it was brought."""

    name: str
    data: bytes = field(repr=False)


def allows(house: Organisation, *, files: int, fresh: bool, now: datetime) -> bool:
    """Count so many files against what an organisation may bring in an hour, and a drop where a fresh one begins."""
    its = str(house.id)
    return (not fresh or take(DROPS, its, now=now)) and take(LOOKS, its, now=now, times=files)


def begin(user: User, *, now: datetime) -> Drop:
    """Begin a drop; what waits of it ends by itself."""
    drop = uuid.uuid4()
    with transaction.atomic():
        facts = {"drop": drop, "organisation": house_of(user).id, "until": now + rules.WAITS}
        ref = log.append("brought.begun", actor=actor_of(user), subject=None, obj="share", body=facts)
        made = Drop.objects.create(
            id=drop,
            organisation=house_of(user),
            by=user,
            begun_at=now,
            expires_at=now + rules.WAITS,
            audit_event_id=ref.id,
        )
        jobs.enqueue(ending.ENDS, made.id, due_at=made.expires_at, key=f"{ending.ENDS}:{made.id}")
    return made


def of(user: User, drop_id: uuid.UUID) -> Drop | None:
    """Give a drop of the person's own organisation; another's is logged as such, and is nothing."""
    drop = Drop.objects.filter(id=drop_id, organisation=house_of(user)).first()
    if drop is None:
        body = {"kind": "drop", "id": drop_id}
        log.append("auth.foreign", actor=actor_of(user), subject=None, body=body, res="denied")
    return drop


def is_open(drop: Drop, *, now: datetime) -> bool:
    """Say whether files can still be added."""
    return now < drop.begun_at + rules.OPEN_FOR


def add(drop: Drop, given: Sequence[Given], user: User) -> list[BroughtFile]:
    """Look into each file and hold or refuse it; one bad file loses none of the others."""
    return [_add(drop, each, user) for each in given]


def _add(drop: Drop, given: Given, user: User) -> BroughtFile:
    # Many files take minutes, and a permission may run out between two of them.
    now = timezone.now()
    if drop.files.count() >= rules.MOST_FILES:
        return _refuse(drop, Refusal(rules.TOO_MANY_FILES), user, None, now)
    found = matching.match(drop.organisation, given.name, given.data, now=now)
    if isinstance(found, Refusal):
        refusing.count(found, actor_of(user))
        return _refuse(drop, found, user, None, now)
    push = replace(found, name=f"file.{ENDINGS[found.media_type]}")
    try:
        with transaction.atomic():
            held = _hold(drop, push, user)
    except IntegrityError:  # the same file, dropped in another window at this moment
        held = Refusal(rules.TWICE)
    return _refuse(drop, held, user, push.consent, now) if isinstance(held, Refusal) else held


def _hold(drop: Drop, push: Push, user: User) -> BroughtFile | Refusal:
    # As a stop locks it, so that of the two one comes first and the other sees it.
    consent = Consent.objects.select_for_update(no_key=True).get(id=push.consent.id)
    now = timezone.now()  # it comes now, not when its look began: a mail that went out meanwhile did not tell of it
    if (code := grants.not_in_force(consent, now) or _against(drop, push)) is not None:
        return Refusal(code)
    customer, file_id = consent.customer_id, uuid.uuid4()
    facts = of_push(push, known=False, days=_days(push))
    sealed = vault.seal_file(push.data, subject=customer, name="file", alone=True)
    text = json.dumps(facts.as_dict()).encode()
    preview = vault.seal_file(text, subject=customer, name="preview", alone=True)
    number = _next(drop)
    body = {
        "drop": drop.id,
        "file": file_id,
        "number": number,
        "organisation": drop.organisation_id,
        "consent": consent.id,
        "data_types": [push.data_type],
        "from": push.days[0] if push.days else None,
        "to": push.days[1] if push.days else None,
        "sha256": push.sha256.hex(),
        "bytes": len(push.data),
        "importer": f"{push.found.importer}@{VERSION}",
        "until": drop.expires_at,
    }
    ref = log.append("brought.waits", actor=actor_of(user), subject=customer, obj="share", body=body)
    held = BroughtFile.objects.create(
        id=file_id,
        drop=drop,
        number=number,
        state=State.WAITING,
        consent=consent,
        account=push.account,
        data_type=push.data_type,
        media_type=push.media_type,
        sha256=push.sha256,
        file=sealed,
        preview=preview,
        at=now,
        audit_event_id=ref.id,
    )
    asking.due(held.id, customer, now=now)
    return held


def _against(drop: Drop, push: Push) -> str | None:
    """Say what stands against holding a file that is well otherwise: it is there already, or too many wait."""
    rows = BroughtFile.objects.filter(consent=push.consent, sha256=push.sha256)
    if rows.filter(state__in=rules.OPEN).exists():
        return rules.TWICE
    if share.known_as(push.consent, push.sha256) is not None:
        return rules.ALREADY
    # Of hers and from them, under whichever of her permissions: a new one is no reason to ask her again.
    theirs = BroughtFile.objects.filter(
        consent__customer=push.consent.customer_id, drop__organisation=drop.organisation_id
    )
    if theirs.filter(state=State.DECLINED, sha256=push.sha256).exists():
        return rules.SAID_NO
    waiting = theirs.filter(state=State.WAITING)
    return rules.TOO_MANY if waiting.count() >= rules.MOST_WAITING else None


def _refuse(drop: Drop, refusal: Refusal, user: User, consent: Consent | None, now: datetime) -> BroughtFile:
    """Write down that a file was refused, by its number alone; hers is the entry where it is one of hers."""
    with transaction.atomic():
        number = _next(drop)
        body: dict[str, object] = {"drop": drop.id, "number": number, "codes": [refusal.code]}
        body |= {"organisation": drop.organisation_id} | ({"consent": consent.id} if consent else {})
        subject = consent.customer_id if consent else None
        ref = log.append("brought.refused", actor=actor_of(user), subject=subject, obj="share", body=body, res="denied")
        return BroughtFile.objects.create(
            drop=drop,
            number=number,
            state=State.REFUSED,
            code=refusal.code,
            at=now,
            settled_at=now,
            audit_event_id=ref.id,
        )


def _next(drop: Drop) -> int:
    """Give the next number of a drop, under its lock; the permission's was taken before, wherever both are."""
    Drop.objects.select_for_update(no_key=True).get(id=drop.id)
    return drop.files.count() + 1


def _days(push: Push) -> list[Days]:
    found = push.found
    return covering.days_of(found.series) if found.series else joined(found.said_days)
