"""From facts to the exact bytes that the customer is shown: HTML here, PDF in the sandbox."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from broker import sandbox
from broker.terms import DATA_TYPES
from consents.loa.letter import DATA_TYPE_WORDS, TEMPLATE_VERSION, LetterFacts, consent_record, through

TEXT_VERSION = TEMPLATE_VERSION
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
    context: dict[str, Any] = {
        "facts": facts,
        "rehearsal": rehearsal,
        "css": mark_safe(render_to_string("consents/loa/letter.css")),  # noqa: S308 - our own file, no values in it
        "made_at": _stamp(facts),
        "same_party": facts.operator.name == facts.recipient.name,
        "account_numbers": ", ".join(account.number for account in facts.accounts),
        "data_types": [(kind in facts.data_types, *DATA_TYPE_WORDS[kind]) for kind in DATA_TYPES],
        "history_from": in_words(facts.history_from),
        "history_through": in_words(through(facts.history_to)),
        "forward_through": in_words(through(facts.forward_until)) if facts.forward_until else None,
        "starts": in_words(facts.starts),
        "ends_through": in_words(through(facts.ends)),
    }
    return render_to_string("consents/letter.html", context)


def in_words(day: date) -> str:
    """Write a date as American readers say it, in no locale but the letter's."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def _stamp(facts: LetterFacts) -> str:
    return facts.made_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
