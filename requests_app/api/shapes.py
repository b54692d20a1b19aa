"""Small JSON Schemas, and the shelf of those that have a name (rules).

A package that adds operations puts its own shapes on the shelf by `named`, and points at them by the answer.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from broker.terms import CHANNELS, DATA_TYPES, PURPOSES

Shape = dict[str, Any]
SHELF: dict[str, Shape] = {}

UUID: Shape = {"type": "string", "format": "uuid"}
DAY: Shape = {"type": "string", "format": "date"}
MOMENT: Shape = {"type": "string", "format": "date-time"}
# Never a number of JSON: readers make floating point of it, and 0.1 + 0.2 is then no sum of a meter.
DECIMAL: Shape = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["49.600"]}
TEXT: Shape = {"type": "string"}
WHOLE: Shape = {"type": "integer", "minimum": 0}
YES_NO: Shape = {"type": "boolean"}
SHA256: Shape = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
ENDING: Shape = {"type": "string", "description": "The last four digits of the account number."}
ACCOUNT_ID: Shape = {
    "type": "string",
    "pattern": "^[0-9a-f]{16}$",
    "description": "The same account has the same id for your organisation, always; two accounts never share one.",
}
LINK: Shape = {"type": "string", "format": "uri-reference"}


def said(shape: Mapping[str, Any], text: str) -> Shape:
    """Give a shape with words for it."""
    return {**shape, "description": text}


def or_null(shape: Mapping[str, Any]) -> Shape:
    """Give a shape that may be null instead."""
    if isinstance(shape.get("type"), str) and "enum" not in shape:
        return {**shape, "type": [shape["type"], "null"]}
    words = {"description": shape["description"]} if "description" in shape else {}
    bare = {key: value for key, value in shape.items() if key != "description"}
    return {"anyOf": [bare, {"type": "null"}], **words}


def one_of(names: Iterable[str]) -> Shape:
    """Give a shape that is one of these texts."""
    return {"type": "string", "enum": list(names)}


def list_of(shape: Mapping[str, Any], **limits: Any) -> Shape:
    """Give a list."""
    return {"type": "array", "items": dict(shape), **limits}


def thing(needed: Mapping[str, Any], may: Mapping[str, Any] | None = None, **more: Any) -> Shape:
    """Give an object with these members, and no others."""
    members = {**needed, **(may or {})}
    return {
        "type": "object",
        "properties": members,
        "required": list(needed),
        "additionalProperties": False,
        **more,
    }


def named(name: str, shape: Mapping[str, Any]) -> Shape:
    """Put a shape on the shelf under a name that no other has, and point at it."""
    if SHELF.setdefault(name, dict(shape)) != shape:
        raise ValueError(f"two shapes are called {name}")
    return {"$ref": f"#/components/schemas/{name}"}


DATA_TYPE = named("DataType", said(one_of(DATA_TYPES), "A kind of data, in the order used everywhere."))
CHANNEL = named("Channel", said(one_of(CHANNELS), "A permitted way by which data comes."))
PURPOSE = named("Purpose", said(one_of(PURPOSES), "What the data is for; it must be that of the consent."))
ASSURANCE = named(
    "Assurance", said(one_of(["L1", "L2", "L3"]), "How sure it is who signed: e-mail, account, utility or identity.")
)
NEAREST = named(
    "NearestPermitted",
    thing(
        {"data_type": DATA_TYPE, "channel": CHANNEL, "from": DAY, "to": DAY},
        description="What would be permitted instead: this kind of data, by this way, for these days; `to` exclusive.",
    ),
)
RULE = named(
    "Rule",
    thing(
        {
            "rule": {"type": "integer", "minimum": 1, "maximum": 17},
            "name": TEXT,
            "input": {"type": "object", "description": "What the rule looked at; never an account number."},
            "result": one_of(["pass", "fail", "not run"]),
            "codes": list_of(TEXT),
        },
        {"account": or_null(said(WHOLE, "The place of the account among those asked for, in ascending order."))},
        description="One of the 17 rules, what it looked at and what came of it.",
    ),
)
ALTERNATIVE = named(
    "Alternative",
    thing(
        {
            "channel": CHANNEL,
            "because": said(
                one_of(["refused", "later", "named_other", "by_preference"]),
                "Rules refuse it; later in the order; another was named; used where she prefers it or it is named.",
            ),
            "codes": said(list_of(TEXT), "What refuses it; empty otherwise."),
            "rules": said(list_of(RULE), "What rules 15 to 17 looked at."),
        },
        description="Another way of the utility, and why it was not taken.",
    ),
)
