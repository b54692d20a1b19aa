"""A letter to print, sign and post (action): made anew each time, with a code of its own."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from broker import sandbox
from broker.audit import log
from broker.limits.counting import HOUR, Limit, take
from broker.notices import context as site_context
from broker.parties.models import Organisation
from broker.parties.purposes import approved
from broker.terms import DATA_TYPES, UNKNOWN, Actor
from consents.loa import words
from consents.loa.letter import new_verification_code
from consents.paper.models import PaperLetter
from consents.rules import Answers, through

VERSION = "paper 1.0.0"
MOST_IN_AN_HOUR = 200  # of the whole site: a letter costs a rendering, and anybody may ask for one
FROM_ONE_ADDRESS = Limit("paper", 10, HOUR)  # so that nobody uses up what the whole site may make
WALL, CPU = 30.0, 20


@dataclass(frozen=True, repr=False)
class Printed:
    """A letter to print."""

    code: str
    pdf: bytes


def make(
    organisation: Organisation,
    *,
    answers: Answers | None,
    language: str,
    actor: Actor | None,
    now: datetime,
    address: str = "",
) -> Printed | None:
    """Make a letter for this recipient; None while this address, or the site, has made too many within an hour.

    `answers` prefills it from a draft; without them everything but the recipient is left for her pen. `address` is
    where the request came from (`address_of`), empty where nobody asked through a page. Raises `sandbox.SandboxError`.
    """
    if address and not take(FROM_ONE_ADDRESS, address, now=now):
        return None
    if PaperLetter.objects.filter(made_at__gt=now - timedelta(hours=1)).count() >= MOST_IN_AN_HOUR:
        return None
    language, code = language if language in words.LANGUAGES else "en", new_verification_code()
    pdf = _render(organisation, answers or Answers(), code, language, now=now)
    with transaction.atomic():
        ref = log.append(
            "paper.made",
            actor=actor or UNKNOWN,
            subject=actor.id if actor else None,
            obj="letter",
            body={"organisation": organisation.id, "prefilled": answers is not None, "version": VERSION},
        )
        PaperLetter.objects.create(
            id=uuid.uuid4(),
            code=code,
            organisation=organisation,
            language=language,
            version=VERSION,
            prefilled=answers is not None,
            sha256=hashlib.sha256(pdf).digest(),
            made_at=now,
            audit_event_id=ref.id,
        )
    return Printed(code, pdf)


def _render(organisation: Organisation, answers: Answers, code: str, language: str, *, now: datetime) -> bytes:
    titles = words.DATA_TYPES_ES if language == "es" else words.DATA_TYPES
    purposes = approved(organisation)

    def day(exclusive: object) -> str:
        return "" if exclusive is None else words.in_words(through(exclusive), language)  # type: ignore[arg-type]

    context = {
        **site_context.facts(),
        "css": mark_safe(render_to_string("paper/letter.css")),  # noqa: S308 - our own file, no values in it
        "language": language,
        "organisation": organisation,
        "answers": answers,
        "code": code,
        "version": VERSION,
        "kinds": [(*titles[kind], kind in answers.data_types) for kind in DATA_TYPES],
        "purposes": [(words.purpose(text, language), key == answers.purpose) for key, text in purposes.items()],
        "history_from": words.in_words(answers.history_from, language) if answers.history_from else "",
        "history_through": day(answers.history_to),
        "last_day": day(answers.ends),
        "made_at": now,
    }
    with translation.override(language):
        html = render_to_string("paper/letter.html", context)
    return sandbox.unpack(sandbox.call("consents.paper.paper_pdf:letter", {"html": html}, wall=WALL, cpu=CPU)["pdf"])
