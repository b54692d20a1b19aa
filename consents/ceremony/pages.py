"""Keeping each page as it was served (actions): for the draft first, for the consent once it is signed."""

import hashlib
import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from broker import vault
from broker.audit import log
from broker.parties.links import person
from broker.terms import EventRef
from consents.ceremony.models import PageSnapshot, ServedPage
from consents.models import Consent, Draft

MOST_PAGES = 200  # of one draft: far above any ceremony, far below what could fill a disk
_TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*(")')


class Page(NamedTuple):
    """A page as served."""

    step: str
    language: str
    at: datetime
    sha256: bytes
    html: str


def keep_served(draft: Draft, step: str, language: str, html: str, *, now: datetime) -> bytes:
    """Keep a page of a draft, sealed, and give its SHA-256; the same page is kept once.

    This is evidence like an entry of the log, so a GET may write it: nothing that anybody can see or do changes.
    """
    shown = _TOKEN.sub(r"\1\2", html)  # the token is the browser's secret and no word on the screen
    digest, page_id = hashlib.sha256(shown.encode()).digest(), uuid.uuid4()
    known = ServedPage.objects.filter(draft=draft)
    if known.filter(step=step, sha256=digest).exists() or known.count() >= MOST_PAGES:
        return digest
    place = vault.Place("ceremony_servedpage", "page", page_id)
    try:
        with transaction.atomic():
            ServedPage.objects.create(
                id=page_id,
                draft=draft,
                step=step,
                language=language,
                at=now,
                sha256=digest,
                page=vault.seal(shown, subject=draft.id, place=place),
            )
    except IntegrityError:
        pass  # served in two windows at once
    return digest


def open_served(draft: Draft) -> list[Page]:
    """Open the pages of a draft that is about to be signed, oldest first; the opening is an event."""
    rows = list(ServedPage.objects.filter(draft=draft).order_by("at"))
    if not rows:
        return []
    event = log.append_read(
        "draft.read",
        actor=person(draft.link),
        subject=draft.id,
        purpose="own_data",
        obj="draft",
        body={"part": "pages"},
        cnt=len(rows),
    )
    texts = vault.open_all([row.page for row in rows], under=event)
    return [
        Page(row.step, row.language, row.at, bytes(row.sha256), text) for row, text in zip(rows, texts, strict=True)
    ]


def keep_signed(consent: Consent, pages: Iterable[Page], *, ref: EventRef) -> None:
    """Keep the pages of a signing for as long as the consent's evidence, under the caller's event."""
    for each in pages:
        page_id = uuid.uuid4()
        place = vault.Place("ceremony_pagesnapshot", "page", page_id)
        PageSnapshot.objects.create(
            id=page_id,
            consent=consent,
            step=each.step,
            language=each.language,
            at=each.at,
            sha256=each.sha256,
            page=vault.seal(each.html, subject=consent.customer_id, place=place),
            audit_event_id=ref.id,
        )
