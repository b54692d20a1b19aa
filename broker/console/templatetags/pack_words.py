"""Words in the report of an evidence pack, for a reader who was never here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings

from broker.notices.templatetags.notices import data_type

register = template.Library()


@register.filter
def second(value: datetime) -> str:
    """Write an instant to the second in the co-op's local time, with the zone's name."""
    return f"{value.astimezone(ZoneInfo(settings.DISPLAY_ZONE)):%Y-%m-%d %H:%M:%S %Z}"


@register.filter
def rules(found: Sequence[Mapping[str, Any]]) -> str:
    """Say in a sentence how the rules of a decision ended: which said no, and which were not reached."""
    failed = [each for each in found if each["result"] == "fail"]
    rest = [each["rule"] for each in found if each["result"] not in ("pass", "fail")]
    if not failed and not rest:
        return f"All {len(found)} rules passed."
    said = [f"rule {each['rule']} ({each['name']}) said no" for each in failed]
    if rest:
        said.append(f"not asked any more: {_numbers(rest)}")
    text = "; ".join([*said, "the others passed"] if any(e["result"] == "pass" for e in found) else said)
    return text[:1].upper() + text[1:] + "."


@register.filter
def what(details: Iterable[tuple[str, str]]) -> str:
    """Name which data an entry is about, of which days, and why it was opened; empty where it does not say."""
    said = dict(details)
    parts = [", ".join(data_type(each) for each in said["data_types"].split(", "))] if "data_types" in said else []
    if "from" in said and "to" in said:
        parts.append(f"{said['from']} to before {said['to']}")
    if "fields" in said:
        parts.append(said["fields"].replace("_", " "))
    if "why" in said:
        parts.append(said["why"])
    return "; ".join(parts)


def _numbers(found: Sequence[int]) -> str:
    """Write whole numbers, which stand one after the other, as a range."""
    if len(found) > 1 and list(found) == list(range(found[0], found[-1] + 1)):
        return f"{found[0]} to {found[-1]}"
    return ", ".join(map(str, found))
