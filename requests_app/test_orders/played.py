"""The played customer of a rehearsal and the played clerk (actions): what they do, they do by the acts of real ones.

Each order is an event of its own before anything is played, so that the log tells a play from a person.
"""

import re
import secrets
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from broker import vault
from broker.audit import log
from broker.notices.models import Notice
from broker.parties import links
from broker.parties.models import Application, EmailLink
from broker.terms import SERVICE, Actor, Refusal
from consents import actions, drafts
from consents.asking import ending, prefill, taking
from consents.asking.lifecycle import State
from consents.asking.models import AskTaken, ConsentAsk
from consents.ceremony.disclosure import disclosure
from consents.ceremony.pages import keep_served, open_served
from consents.identity.levels import confirm_by_utility
from consents.joint import review
from consents.rules import Answers
from requests_app.test_orders import farm
from requests_app.test_orders.only import demand_rehearsal

NAME, ADDRESS = "Paula Played", "3 Rehearsal Road, Example, MO 00000"
CLERK = SERVICE("rehearsal")
PAGE = "<!DOCTYPE html><title>Rehearsal</title><p>No page was shown: a played customer signed, by order of a test key."
YEAR = timedelta(days=365)
BUSY = timedelta(seconds=60)  # a played signature takes a second or two


def grant(ask: ConsentAsk, application: Application, *, now: datetime) -> Refusal | None:
    """Have a played customer sign exactly what is asked: mail, code, draft, letter and signature are the real ones.

    She has a mailbox and an account of her own. The letter is sealed by the worker, as any other.
    """
    _ordered(ask, application, "grant")
    if _is_over(ask, now):
        return Refusal("asking.over")
    email = f"paula.{secrets.token_hex(6)}@member.example"
    share = EmailLink.Purpose.SHARE
    link = links.begin(email, share, organisation=ask.organisation, language=ask.language, now=now)
    assert link is not None, "a fresh mailbox has had no mails"
    if not _takes(ask, link, now):
        return Refusal("state.conflict")
    links.opened(link)
    if not links.check_code(link, _code(link), now=now, opened_here=True).ok:
        raise RuntimeError("the mailed code was not taken")
    draft = drafts.begin(link, now=now)
    answers, bills = farm.handed_over(_answers(ask, now), ask, draft, now=now)
    for step in ("account", "data", "purpose", "terms"):
        drafts.save(draft, step, answers, now=now)
    keep_served(draft, "check", ask.language, PAGE, now=now)
    sha256, numbered = drafts.present(draft, answers, now=now)
    letter = drafts.presented_letter(draft)
    opened = drafts.note_opened(draft, numbered, "word", locale=ask.language, now=now)
    pages = tuple(open_served(draft))
    signature = actions.Signature(typed_name=NAME, letter_sha256=sha256, pages=pages, bills=bills)
    signed = actions.sign(draft, opened, email, letter, signature, now=now)
    if isinstance(signed, actions.NotSigned):
        raise RuntimeError(f"the played customer could not sign: {signed.code}")
    if bills:  # more than a few accounts from one mailbox are looked at by a person of ours: a played one as well
        review.release(signed, actor=CLERK, now=now)
    ask.refresh_from_db()
    return None


def _takes(ask: ConsentAsk, link: EmailLink, now: datetime) -> bool:
    """Let one played customer at a time take what is asked: two orders at one moment are one signature."""
    with transaction.atomic():
        ConsentAsk.objects.select_for_update().get(id=ask.id)
        if AskTaken.objects.filter(ask=ask, taken_at__gt=now - BUSY).exists():
            return False
        taking.take(ask, link, now=now)
    return True


def decline(ask: ConsentAsk, application: Application, *, now: datetime) -> Refusal | None:
    """Have the played customer say no."""
    _ordered(ask, application, "decline")
    return None if ending.decline(ask, now=now) else Refusal("asking.over")


def expire(ask: ConsentAsk, application: Application, *, now: datetime) -> Refusal | None:
    """Let the thirty days of this ask be over now; no other clock moves."""
    _ordered(ask, application, "expire")
    with transaction.atomic():
        over = ending.end(ask, State.EXPIRED, act="ask.expired", actor=ending.CLOCK, now=now)
    return None if over else Refusal("asking.over")


def confirm(ask: ConsentAsk, application: Application, *, now: datetime) -> Refusal | None:
    """Have the played clerk of the co-op confirm who signed, so that data may be released; again it changes nothing."""
    _ordered(ask, application, "confirm")
    if ask.consent is None or ask.consent.ended_at is not None:
        return Refusal("state.conflict")
    confirm_by_utility(ask.consent, how="clerk_button", actor=CLERK, now=now)
    return None


def revoke(ask: ConsentAsk, application: Application, *, now: datetime) -> Refusal | None:
    """Have the played customer stop sharing."""
    _ordered(ask, application, "revoke")
    if ask.consent is None:
        return Refusal("state.conflict")
    hers = Actor("c", ask.consent.customer_id)
    return None if actions.revoke(ask.consent, actor=hers, how="dashboard", now=now) else Refusal("state.conflict")


def _ordered(ask: ConsentAsk, application: Application, order: str) -> None:
    demand_rehearsal()
    body = {"order": order, "ask": str(ask.id)}
    actor = Actor("a", application.id, role="application")
    log.append("rehearsal.ordered", actor=actor, subject=ask.id, obj="contact", body=body)


def _is_over(ask: ConsentAsk, now: datetime) -> bool:
    return ask.state != State.PENDING or ask.expires_at <= now


def _code(link: EmailLink) -> str:
    """Read the code in the mail that was written to her, as she does."""
    notice = Notice.objects.get(key=f"link:{link.id}")
    body = {"notice": str(notice.id), "why": "rehearsal"}
    event = log.append_read(
        "mail.read", actor=CLERK, subject=notice.subject, purpose="operations", obj="mail", body=body, cnt=1
    )
    found = re.search(r"(?m)^\D*\b(\d{6})\b\D*$", vault.open(notice.content, under=event).replace("\\n", "\n"))
    if found is None:
        raise RuntimeError("the mail holds no code")
    return found[1]


def _answers(ask: ConsentAsk, now: datetime) -> Answers:
    today = actions.central_today(now)
    shown = disclosure(ask.language)
    proposed = prefill.data(ask, Answers()) | prefill.purpose(ask, Answers(), today=today)
    return Answers(
        account_number=f"{secrets.randbelow(9_000) + 1_000}{ask.account_ending or f'{secrets.randbelow(10_000):04d}'}",
        name_as_billed=NAME,
        service_address=ADDRESS,
        role="customer",
        helped=False,
        data_types=tuple(proposed["data_types"]),
        **_days(ask, today),
        purpose=ask.purpose,
        ends=ask.ends,
        forward=bool(proposed["forward"]),
        forward_to=ask.forward if proposed["forward_through"] else None,
        nectar=False,
        language=ask.language,
        terms={"version": shown.version, "locale": shown.locale, "sha256": shown.sha256, "at": now.isoformat()},
    )


def _days(ask: ConsentAsk, today: date) -> dict[str, Any]:
    """Give the past days that she shares: those asked for, else the last year, as the form wants some."""
    if ask.history_from is not None and ask.history_to is not None:
        return {"history_from": ask.history_from, "history_to": ask.history_to}
    return {"history_from": today - YEAR, "history_to": today}
