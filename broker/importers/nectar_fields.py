"""Fields of Nectar's JSON in each documented spelling; what has another shape is refused (rules)."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from broker.importers.readings import layout_unknown, unreadable

_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,9})?")
_SPELLINGS = {
    "usage": ("usage", "rawUsage", "standardUsage"),
    "units": ("usageUnits", "rawUsageUnits"),
    "start": ("startDate", "start_date"),
    "end": ("endDate", "end_date"),
}
_IMPLIED = ("isImplied", "impliedUsage", "isImpliedMetering")


def newest_by_id(given: Any) -> list[Mapping[str, Any]]:
    """Give each row once, in the order in which rows came: of two with one id the one that changed last."""
    if not isinstance(given, list) or not all(
        isinstance(row, dict) and isinstance(row.get("id"), str) and row["id"] for row in given
    ):
        raise unreadable()
    newest: dict[str, Mapping[str, Any]] = {}
    for row in given:
        before = newest.get(row["id"])
        if before is None or str(row.get("updated") or "") >= str(before.get("updated") or ""):
            newest[row["id"]] = row
    return list(newest.values())


def field(entry: Mapping[str, Any], name: str) -> Any:
    """Give a field by whichever of its documented names it has; two that say otherwise are refused."""
    found = [entry[key] for key in _SPELLINGS[name] if entry.get(key) is not None]
    if name in ("usage", "units") and len({str(each) for each in found[:2]}) > 1:
        # `standardUsage` may be in another unit; the other two are one number under two names.
        raise layout_unknown()
    return found[0] if found else None


def said(row: Mapping[str, Any], name: str) -> Any:
    """Give a value, or nothing where it is absent, null or an empty text."""
    value = row.get(name)
    return None if value == "" else value


def word(row: Mapping[str, Any], name: str) -> str:
    """Give a word of a list in capitals; nothing where it is absent."""
    value = said(row, name)
    if value is not None and not isinstance(value, str):
        raise layout_unknown()
    return (value or "").strip().upper()


def rows(row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Give a list of objects; none where it is absent."""
    value = row.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise layout_unknown()
    return value


def number(value: Any) -> Decimal:
    """Read a decimal that comes as a string or as a JSON number; never through binary floating point."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise unreadable()
    text = str(value)
    if not _NUMBER.fullmatch(text):
        raise unreadable()
    return Decimal(text)


def period(entry: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give a period's instants; the stated last day is taken to belong to it: a scope check then errs to "too long"."""
    try:
        first, last = date.fromisoformat(str(field(entry, "start"))), date.fromisoformat(str(field(entry, "end")))
    except ValueError:
        raise unreadable() from None
    if last < first:
        raise unreadable()
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


def quality(row: Mapping[str, Any], *, flagged: bool) -> str:
    """Give how good a value is: flagged by Nectar, estimated by the utility, implied from another, or as stated."""
    if flagged:
        return "flagged"
    if row.get("isEstimated") is True:
        return "estimated"
    return "implied" if any(row.get(name) is True for name in _IMPLIED) else "as_stated"


def document_of(entry: Mapping[str, Any]) -> str:
    """Give the id of the document that an entry was read from; nothing where it does not say."""
    document = entry.get("document")
    return str(document.get("id") or "") if isinstance(document, dict) else str(document or "")


def accounts_of(entry: Mapping[str, Any]) -> list[str]:
    """Give the account numbers that an entry names."""
    return [
        str(each["value"])
        for each in rows(entry, "identifiers")
        if each.get("value") and "account" in f"{each.get('name')} {each.get('rawName')}".lower()
    ]
