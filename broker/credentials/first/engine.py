"""Runs the rules over every reading of a text, in order; the first hit decides."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from broker.credentials.first.finding import Finding, Hit
from broker.credentials.first.labelled import label_hits
from broker.credentials.first.normalise import Reading, readings
from broker.credentials.first.outbound import handover_hits, request_hits
from broker.credentials.first.pairs import entry_sentences, mail_pairs, user_pairs
from broker.credentials.first.structured import (
    address_hits,
    code_hits,
    key_kind,
    pair_hits,
    table_hits,
    token_hits,
    value_fits,
)
from broker.credentials.first.words import canonical_labels

Rule = Callable[[Reading], Iterator[Hit]]
# Structure first: it is certain. Language after it.
STRUCTURE: tuple[Rule, ...] = (address_hits, token_hits, pair_hits, table_hits)
LANGUAGE: tuple[Rule, ...] = (
    label_hits,
    code_hits,
    mail_pairs,
    user_pairs,
    entry_sentences,
    request_hits,
    handover_hits,
)
MAX_JSON = 2 * 1024 * 1024
MAX_LEAVES = 5000


def scan(text: str, inlet: str) -> Finding | None:  # noqa: ARG001 - every inlet has the same rules so far
    """Say whether the text shares or asks for what would let another person sign in as the customer."""
    if not text or text.isspace():
        return None
    document = _json(text)
    if document is not None:
        return _in_document(text, document[0])
    return _in_text(text)


def _in_text(text: str) -> Finding | None:
    for reading in readings(text):
        for rules in (STRUCTURE, LANGUAGE):
            hit = _first(reading, rules)
            if hit is not None:
                return _finding(reading, hit)
        meant = _with_meant_labels(reading)
        hit = _first(meant, (label_hits, entry_sentences, table_hits, pair_hits)) if meant is not None else None
        if meant is not None and hit is not None:
            return _finding(meant, hit)
    return None


def _first(reading: Reading, rules: tuple[Rule, ...]) -> Hit | None:
    for rule in rules:
        for hit in rule(reading):
            return hit
    return None


def _finding(reading: Reading, hit: Hit) -> Finding:
    start, end = reading.place(hit.start, hit.end)
    return Finding(hit.rule, start, end, hit.kind)


def _with_meant_labels(reading: Reading) -> Reading | None:
    """Give the reading with misspelled and disguised labels put right."""
    places = canonical_labels(reading.low)
    if not places:
        return None
    out: list[str] = []
    index: list[int] = []
    at = 0
    for start, end, word in places:
        out += [reading.plain[at:start], word]
        index.extend(range(at, start))
        index.extend(min(start + place, end - 1) for place in range(len(word)))
        at = end
    out.append(reading.plain[at:])
    index.extend(range(at, len(reading.plain)))
    return reading.changed("".join(out), index, "meant")


# --- documents --------------------------------------------------------------------------------------------------------


def _json(text: str) -> tuple[Any] | None:
    bare = text.strip()
    if bare[:1] not in "{[" or bare[-1:] not in "}]" or len(bare) > MAX_JSON:
        return None
    try:
        return (json.loads(bare),)
    except (ValueError, RecursionError):
        return None


def _in_document(text: str, document: Any) -> Finding | None:
    """Scan a JSON document leaf by leaf: a key says what its value is, and a value may be a text of its own."""
    for key, value in _leaves(document):
        kind = key_kind(key)
        if kind and value_fits(kind, value):
            return _located(text, value, "key.json", kind)
        if len(value) >= 8 and not value.isdigit():
            found = _in_text(value)
            if found is not None:
                return _located(text, value[found.start : found.end], found.rule, found.kind)
        if key and " " not in key and len(value) < 80:
            found = _in_text(f"{key}: {value}")
            if found is not None:
                return _located(text, value, found.rule, found.kind)
    return None


def _located(text: str, value: str, rule: str, kind: str) -> Finding:
    at = text.find(value)
    return Finding(rule, at, at + len(value), kind) if at >= 0 else Finding(rule, 0, len(text), kind)


def _leaves(document: Any) -> Iterator[tuple[str, str]]:
    """Give each value with its key; of `{"name": K, "value": V}` also K with V. Bounded, without recursion."""
    stack: list[tuple[str, Any]] = [("", document)]
    given = 0
    while stack and given < MAX_LEAVES:
        key, value = stack.pop()
        if isinstance(value, dict):
            name = next(
                (value[word] for word in ("name", "key", "field", "label", "id") if isinstance(value.get(word), str)),
                "",
            )
            if name and isinstance(value.get("value"), str | int):
                stack.append((name, value["value"]))
            stack.extend((str(inner), item) for inner, item in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((key, item) for item in reversed(value))
        elif value is not None and not isinstance(value, bool):
            given += 1
            yield key, str(value)
