"""What a message can tell: the closed table of event types, and the body of a message (rules).

A message carries ids alone. It never says what something is now, for it may come late, twice and out of order: whoever
gets one asks the API. Specification: standardwebhooks.com (payload `type`, `timestamp`, `data`; the three headers).
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

MOST_BYTES = 20_000  # the specification's advice
PING = "webhook.ping"


@dataclass(frozen=True)
class EventType:
    """One type: what it tells, the names of its ids, and how it is treated.

    `endless`: it is sent until it arrives, for ever. `moot`: after the end of the consent it is not sent any more.
    `narrows`: it tells of less than before, so neither the stop switch nor a suspension keeps it back.
    """

    name: str
    tells: str
    ids: tuple[str, ...]
    endless: bool = False
    moot: bool = False
    narrows: bool = False


_ALL = (
    EventType("consent.granted", "A consent came into force.", ("consent",), moot=True),
    EventType(
        "consent.amended",
        "A newer consent (`by`) took the place of this one: a renewal or a correction. Ask again under the newer one.",
        ("consent", "by"),
    ),
    EventType(
        "consent.revoked",
        "A consent was stopped. Every read under it is refused from then on.",
        ("consent",),
        endless=True,
        narrows=True,
    ),
    EventType("consent.expired", "A consent reached its end.", ("consent",), narrows=True),
    EventType("consent.expiring", "A consent ends in 30, in 7 or in 1 day.", ("consent",), moot=True),
    EventType(
        "consent.suspended",
        "A consent is on hold. Reads are refused until it is in force again.",
        ("consent",),
        moot=True,
        narrows=True,
    ),
    EventType("consent.resumed", "A consent that was on hold is in force again.", ("consent",), moot=True),
    EventType(
        "consent_ask.granted", "The customer signed what your application asked for.", ("ask", "consent"), moot=True
    ),
    EventType("consent_ask.declined", "The customer said no to what your application asked for.", ("ask",)),
    EventType(
        "consent_ask.expired", "Nobody answered what your application asked for, and its time is over.", ("ask",)
    ),
    EventType("consent_ask.cancelled", "What your application asked for was taken back.", ("ask",)),
    EventType(
        "request.state_changed", "A request of your application moved on. Read its state.", ("request", "consent")
    ),
    EventType("data.ready", "Data that your application asked for can be read.", ("request", "consent"), moot=True),
    EventType(
        "data.revised",
        "A value that was read under this request is another one now, is settled, or is doubted by another source. "
        "Read it again.",
        ("request", "consent"),
        moot=True,
    ),
    EventType(
        "file.destroyed",
        "A file that could be read under this request was destroyed: nobody can read it here any more.",
        ("request", "consent", "file"),
        moot=True,
        narrows=True,
    ),
    EventType(
        "data.withdrawn",
        "Data under this consent can no longer be read. Delete what you need not keep, and say so.",
        ("consent",),
        endless=True,
        narrows=True,
    ),
    EventType(PING, "A test that somebody asked for. It is sent once.", ("endpoint",)),
)
TYPES: dict[str, EventType] = {each.name: each for each in _ALL}
CHOOSABLE: tuple[str, ...] = tuple(name for name in TYPES if name != PING)

_MESSAGES = uuid.uuid5(uuid.NAMESPACE_URL, "urn:utility-data-broker:webhook-message")


def message_id(event: int, type_: str, data: Mapping[str, str]) -> uuid.UUID:
    """Give the id of what one entry of the log tells: the same for every endpoint and every try."""
    return uuid.uuid5(_MESSAGES, f"{event}|{type_}|{json.dumps(data, sort_keys=True)}")


def wire_id(message: uuid.UUID) -> str:
    """Give the id as it stands in the header `webhook-id`."""
    return f"msg_{message.hex}"


def body(type_: str, at: datetime, data: Mapping[str, str]) -> bytes:
    """Give the bytes of a message, the same in every try; ValueError for what the table does not have."""
    kind = TYPES.get(type_)
    if kind is None or not set(data) <= set(kind.ids):
        raise ValueError(f"no such message: {type_}")
    for value in data.values():
        uuid.UUID(value)  # ids, and nothing that could say more
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    made = json.dumps({"type": type_, "timestamp": moment, "data": dict(data)}, separators=(",", ":")).encode()
    if len(made) >= MOST_BYTES:
        raise ValueError("a message over the size")
    return made


def table() -> str:
    """Give the types and an example of each body as Markdown, for docs/webhooks.md."""
    lines = ["| type | what happened | ids | sent | after the consent ended |", "|---|---|---|---|---|"]
    for each in _ALL:
        sent = "once" if each.name == PING else "until it arrives, for ever" if each.endless else "for three days"
        after = "not sent any more" if each.moot else "sent"
        lines.append(
            f"| `{each.name}` | {each.tells} | {', '.join(f'`{name}`' for name in each.ids)} | {sent} | {after} |"
        )
    at = datetime(2026, 7, 2, 14, 3, 11, 482000, tzinfo=UTC)
    examples = [body(each.name, at, {name: str(example_id(name)) for name in each.ids}).decode() for each in _ALL]
    return "\n".join([*lines, "", "```json", *examples, "```"]) + "\n"


def example_id(name: str) -> uuid.UUID:
    """Give an id for an example, the same whenever it is printed."""
    return uuid.uuid5(_MESSAGES, f"example {name}")
