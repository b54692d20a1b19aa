"""An event in one sentence, opened as far as the redaction level lets it (rules)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broker.audit.words import ACTS
from broker.console.packs.lifecycle import Redaction
from broker.reasons import REASONS
from broker.terms import CHANNELS, DATA_TYPES, PURPOSES

RESULTS = {"ok": "", "denied": " It was refused.", "error": " It failed."}
KINDS = {
    "s": "staff",
    "c": "the customer",
    "a": "an application",
    "v": "our service",
    "x": "an unknown person",
    "o": "an approver from outside",
}
ROLES = {
    "staff": "our records team",
    "officer": "our compliance officer",
    "approver": "our approver",
    "operator": "our operator",
}
# What a body may say although the level is "masked": values of closed lists, our own numbers, days. All else is masked.
_NUMBER = re.compile(r"[A-Z]{1,4}-[0-9][0-9A-Z-]{0,20}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OUTCOMES = frozenset({"route", "refusal"})
_OPEN_KEYS: dict[str, Any] = {
    "number": _NUMBER.fullmatch,
    "request": _NUMBER.fullmatch,
    "letter": _NUMBER.fullmatch,
    "until": _DAY.fullmatch,
    "from": _DAY.fullmatch,
    "to": _DAY.fullmatch,
    "outcome": _OUTCOMES.__contains__,
    "channel": frozenset(CHANNELS).__contains__,
    "purpose": frozenset(PURPOSES).__contains__,
    "codes": frozenset(REASONS).__contains__,
    "data_types": frozenset(DATA_TYPES).__contains__,
}
MASK = "••••"
_COUNTED = ("account.", "data.", "file.", "letter.", "mail.", "parties.")


@dataclass(frozen=True)
class Line:
    """One event as the report and the records state it."""

    index: int | None
    place: str
    log: str
    at: datetime
    act: str
    who: str
    meaning: str
    sentence: str
    details: tuple[tuple[str, str], ...]
    opened: bool

    def as_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {
            "index": self.index,
            "log": self.log,
            "at": self.at.isoformat(),
            "act": self.act,
            "who": self.who,
            "sentence": self.sentence,
            "details": dict(self.details),
            "opened": self.opened,
        }


@dataclass(frozen=True)
class Heading:
    """What an event's header says, with the actor put in words.

    `index` is its place in the log of this name, None where nothing proves it; `earlier` the number of a log that a
    declared loss closed, None for the current one.
    """

    index: int | None
    log: str
    earlier: int | None
    at: datetime
    act: str
    res: str
    who: str
    purpose: str | None
    cnt: int

    @property
    def place(self) -> str:
        """Its place as the report writes it."""
        at = "no place" if self.index is None else str(self.index)
        return at if self.earlier is None else f"log {self.earlier}: {at}"


def line(head: Heading, body: Mapping[str, Any] | None, level: Redaction) -> Line:
    """Put an event in words; `body` is None where it stays closed."""
    meaning = ACTS[head.act].meaning
    why = f", for: {head.purpose.replace('_', ' ')}" if head.purpose else ""
    # The first part of an act on several people counts its parts, not records.
    count = f" ({head.cnt} records)" if head.cnt > 1 and head.act.startswith(_COUNTED) else ""
    sentence = f"{meaning}{count}, by {head.who}{why}.{RESULTS[head.res]}"
    shown = () if body is None else tuple(_details(body, level))
    return Line(
        head.index, head.place, head.log, head.at, head.act, head.who, meaning, sentence, shown, body is not None
    )


def _details(body: Mapping[str, Any], level: Redaction) -> list[tuple[str, str]]:
    if level is Redaction.OPEN:
        given = [(name, value) for name, value in sorted(body.items()) if value not in (None, "", [], {})]
        return [(name, _RULES if name == "rules" else _text(value)) for name, value in given]
    shown = [(name, _text(value)) for name, value in sorted(body.items()) if _is_open(name, value)]
    masked = sum(value not in (None, "", [], {}) for value in body.values()) - len(shown)
    return [*shown, ("masked values", f"{masked} {MASK}")] if masked else shown


def _is_open(name: str, value: Any) -> bool:
    allowed = _OPEN_KEYS.get(name)
    if allowed is None or value in (None, "", []):
        return False
    values = value if isinstance(value, list) else [value]
    return all(isinstance(each, str) and allowed(each) for each in values)


_RULES = "see records/requests.json"


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_text(each)}" for name, each in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return "yes" if value is True else "no" if value is False else str(value)
