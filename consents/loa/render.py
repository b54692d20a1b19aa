"""From facts to the exact bytes that the customer is shown: HTML here, PDF in the sandbox."""

import hashlib
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from broker import sandbox
from consents.loa import words
from consents.loa.letter import TEMPLATE_VERSION, LetterFacts, through
from consents.loa.qr import picture
from consents.loa.record import consent_record
from consents.loa.words import DATA_TYPES, DATA_TYPES_ES, in_words

TEXT_VERSION = TEMPLATE_VERSION
TEMPLATES = {"en": "consents/letter.html", "es": "consents/letter.es.html"}
WALL, CPU = 30.0, 20
UNPRINTABLE = "letter.unprintable"  # the code of the sandbox's no to a name that the typefaces cannot show


@dataclass(frozen=True)
class Presented:
    """A letter as shown before signing; its bytes never change again."""

    pdf: bytes
    sha256: bytes
    template_version: str


def render_letter(facts: LetterFacts, *, rehearsal: bool) -> Presented:
    """Make the letter to be shown and signed; `sandbox.Refused` when a name cannot be printed."""
    answer = sandbox.call(
        "consents.loa.pdf:letter",
        {
            "html": letter_html(facts, rehearsal=rehearsal),
            "texts": list(facts.texts()),
            "record": sandbox.pack(consent_record(facts)),
            "made_at": _stamp(facts),
        },
        wall=WALL,
        cpu=CPU,
    )
    pdf = sandbox.unpack(answer["pdf"])
    return Presented(pdf, hashlib.sha256(pdf).digest(), facts.template_version)


def letter_html(facts: LetterFacts, *, rehearsal: bool) -> str:
    """Write the letter as HTML; every value of the facts is escaped."""
    language = facts.language
    names = DATA_TYPES_ES if language == "es" else DATA_TYPES
    context: dict[str, Any] = {
        "facts": facts,
        "rehearsal": rehearsal,
        "css": mark_safe(render_to_string("consents/loa/letter.css")),  # noqa: S308 - our own file, no values in it
        "made_at": _stamp(facts),
        "qr": picture(facts.check_url),
        "same_party": facts.operator.name == facts.recipient.name,
        "schedule": len(facts.accounts) if len(facts.accounts) > 1 else 0,
        "account_numbers": ", ".join(account.number for account in facts.accounts),
        "data_types": [(kind in facts.data_types, *names[kind], DATA_TYPES[kind][0]) for kind in DATA_TYPES],
        "purpose": words.purpose(facts.purpose, language),
        "history_from": in_words(facts.history_from, language),
        "history_through": in_words(through(facts.history_to), language),
        "forward_through": in_words(through(facts.forward_until), language) if facts.forward_until else None,
        "starts": in_words(facts.starts, language),
        "ends_through": in_words(through(facts.ends), language),
    }
    return render_to_string(TEMPLATES[language], context)


def _stamp(facts: LetterFacts) -> str:
    return facts.made_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
