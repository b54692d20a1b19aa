"""Reading and saving a draft, and freezing the letter that is shown (actions)."""

import json
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from broker import publishing, vault
from broker.audit import log
from broker.db import installation
from broker.parties.links import person
from broker.parties.models import EmailLink
from broker.terms import EventRef
from consents import renewal, renewal_answers
from consents.asking.taking import asked_by
from consents.ceremony.ending import end_later
from consents.ceremony.stated import masked
from consents.loa.facts import letter_facts
from consents.loa.letter import TEMPLATE_VERSION, new_verification_code
from consents.loa.render import render_letter
from consents.models import Draft, LetterOfAuthorization
from consents.rules import WORD_LENGTH, WORD_LETTERS, Answers

DRAFT_DAYS = 7


class DraftOver(Exception):
    """The draft was signed, declined or is older than seven days."""


class LetterChanged(Exception):
    """The letter is not the one that was shown."""


def begin(link: EmailLink, *, now: datetime) -> Draft:
    """Give the draft of this link, or the open one that the same mailbox began for the same recipient, or a new one.

    A lost connection or another device loses nothing: a fresh link goes on where the last one stopped.
    """
    found = Draft.objects.filter(link=link).first() or _resumed(link, now)
    if found:
        return found
    assert link.organisation
    draft_id, answers = uuid.uuid4(), renewal_answers.first_answers(link, now=now)
    with transaction.atomic():
        log.append("draft.saved", actor=person(link), subject=draft_id, body={"step": "begin"})
        draft = Draft.objects.create(
            id=draft_id,
            link=link,
            organisation=link.organisation,
            form=_sealed(draft_id, answers),
            created_at=now,
            expires_at=now + timedelta(days=DRAFT_DAYS),
        )
        end_later(draft)
    return draft


def read(draft: Draft) -> Answers:
    """Open the answers for the person who gave them; the opening is an event."""
    return _read(draft, _read_event(draft, "fields"))


def save(draft: Draft, step: str, answers: Answers, *, now: datetime, told: Mapping[str, Any] | None = None) -> None:
    """Keep the answers of a step; a letter that was frozen before is no longer the one to sign.

    `told` is what the entry says beside the step: counts and codes.
    """
    with transaction.atomic():
        log.append("draft.saved", actor=person(draft.link), subject=draft.id, body={"step": step, **(told or {})})
        kept = _unchanged(draft, now).update(
            form=_sealed(draft.id, answers),
            version=F("version") + 1,
            presented_sha256=None,
            presented_file=None,
        )
        if not kept:
            raise DraftOver
    draft.refresh_from_db()


def note_opened(draft: Draft, answers: Answers, method: str, *, locale: str, now: datetime) -> Answers:
    """Keep that the frozen letter was opened, how that was shown, and in which language the page asked.

    The letter stays the one to sign.
    """
    sha256 = bytes(draft.presented_sha256 or b"").hex()
    shown = {"sha256": sha256, "method": method, "locale": locale, "at": now.isoformat()}
    opened = answers.with_changes(opened=shown)
    with transaction.atomic():
        body = {"step": "read", "method": method, "sha256": sha256}
        log.append("letter.shown", actor=person(draft.link), subject=draft.id, body=body)
        kept = _unchanged(draft, now).update(form=_sealed(draft.id, opened), version=F("version") + 1)
        if not kept:
            raise LetterChanged
    draft.refresh_from_db()
    return opened


def present(draft: Draft, answers: Answers, *, now: datetime) -> tuple[str, Answers]:
    """Freeze the exact letter to be signed, once; give its SHA-256 (hex) and the answers with the letter's numbers."""
    if draft.presented_sha256 is not None and is_current(answers):
        return bytes(draft.presented_sha256).hex(), answers
    old = renewal.takes_the_place_of(draft.link, answers.account_number)
    letter_of_old = LetterOfAuthorization.objects.filter(consent=old).first() if old else None
    numbered = answers.with_changes(
        extra={
            **answers.extra,
            "supersedes": letter_of_old.number if letter_of_old else "",
            "letter": f"LOA-{now:%Y}-{secrets.randbelow(10**8):08d}",
            "code": new_verification_code(),
            "made_at": now.isoformat(),
            "word": "".join(secrets.choice(WORD_LETTERS) for _ in range(WORD_LENGTH)),
            "template": TEMPLATE_VERSION,
        },
        opened={},
    )
    mode = installation.mode()
    facts = letter_facts(
        numbered,
        organisation=draft.organisation,
        profile=publishing.working(settings.HOME_UTILITY),
        mailbox=mailbox(draft),
    )
    letter = render_letter(facts, rehearsal=mode == "rehearsal")
    with transaction.atomic():
        log.append("letter.prepared", actor=person(draft.link), subject=draft.id, body={"sha256": letter.sha256.hex()})
        file = vault.seal_file(letter.pdf, subject=draft.id, name="letter.pdf")
        kept = _unchanged(draft, now).update(
            form=_sealed(draft.id, numbered),
            version=F("version") + 1,
            presented_sha256=letter.sha256,
            presented_file=file,
        )
        if not kept:
            raise LetterChanged
    draft.refresh_from_db()
    return letter.sha256.hex(), numbered


def is_current(answers: Answers) -> bool:
    """Say whether a frozen letter was made from the words that are in force; an older one is not signed any more."""
    return answers.extra.get("template") == TEMPLATE_VERSION


def presented_letter(draft: Draft) -> bytes:
    """Open the frozen letter for the person who is about to sign it."""
    if draft.presented_file is None:
        raise LetterChanged
    event = _read_event(draft, "file")
    return vault.open_file(draft.presented_file, under=event)


def mailbox(draft: Draft) -> str:
    """Give the mailbox that the draft's link went to, masked: who signs sees whose signature it will be."""
    event = log.append_read(
        "draft.read",
        actor=person(draft.link),
        subject=draft.link_id,
        purpose="own_data",
        obj="link",
        body={"why": "shown, masked, before signing"},
        cnt=1,
    )
    return masked(vault.open(draft.link.email, under=event))


def live(draft_id: str | None) -> Draft | None:
    """Find a draft that can still be changed."""
    if draft_id is None:
        return None
    rows = Draft.objects.select_related("link", "organisation")
    return rows.filter(id=draft_id, ended_at=None, expires_at__gt=timezone.now()).first()


def _resumed(link: EmailLink, now: datetime) -> Draft | None:
    """Take the newest open draft of this mailbox and recipient over to a fresh link."""
    assert link.organisation_id
    mine = Draft.objects.select_related("link").filter(
        link__email_index=bytes(link.email_index),
        link__purpose=link.purpose,
        organisation_id=link.organisation_id,
        ended_at=None,
        expires_at__gt=now,
    )
    renewed, asked = renewal.renewed_by(link), asked_by(link)
    # A renewal goes on with a draft of the same renewal, what was asked for with one of the same ask, any other grant
    # with one that renews nothing and that nobody asked for.
    fits = (
        each
        for each in mine.order_by("-created_at")
        if renewal.renewed_by(each.link) == renewed and asked_by(each.link) == asked
    )
    draft = next(fits, None)
    if draft is None:
        return None
    with transaction.atomic():
        log.append("draft.saved", actor=person(link), subject=draft.id, body={"step": "resume"})
        kept = _unchanged(draft, now).update(link=link, version=F("version") + 1)
    draft.refresh_from_db()
    return draft if kept else None


def _unchanged(draft: Draft, now: datetime) -> QuerySet[Draft]:
    return Draft.objects.filter(id=draft.id, ended_at=None, expires_at__gt=now, version=draft.version)


def _read_event(draft: Draft, part: str) -> EventRef:
    return log.append_read(
        "draft.read",
        actor=person(draft.link),
        subject=draft.id,
        purpose="own_data",
        obj="letter" if part == "file" else "draft",
        body={"part": part},
        cnt=1,
    )


def _read(draft: Draft, event: EventRef) -> Answers:
    return Answers.from_json(json.loads(vault.open(draft.form, under=event)))


def _sealed(draft_id: uuid.UUID, answers: Answers) -> vault.Sealed:
    place = vault.Place("consents_draft", "form", draft_id)
    return vault.seal(json.dumps(answers.to_json(), ensure_ascii=False), subject=draft_id, place=place)
