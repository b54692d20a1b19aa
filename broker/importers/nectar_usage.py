"""Documents and usage that Nectar read from bills, in the documented JSON; either spelling of a field."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from broker.importers.readings import MAX_HOME_KW, covers, reading, series, unreadable

_ENERGY = {"wh": Decimal("0.001"), "kwh": Decimal(1), "mwh": Decimal(1000), "gwh": Decimal(1_000_000)}
_POWER = {"w": Decimal("0.001"), "kw": Decimal(1), "mw": Decimal(1000)}
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,9})?")
_SPELLINGS = {
    "usage": ("usage", "rawUsage", "standardUsage"),
    "units": ("usageUnits", "rawUsageUnits"),
    "start": ("startDate", "start_date"),
    "end": ("endDate", "end_date"),
}


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Read `{"usage": [...], "documents": [...], "zone": name}`; gives series, bills, and the accounts named."""
    zone = ZoneInfo(payload["zone"])
    entries = _newest_by_id(payload.get("usage", []))
    documents = _newest_by_id(payload.get("documents", []))
    energy = [one for number, each in enumerate(entries, start=1) if (one := _energy(each, number, zone))]
    power = [one for each in documents for one in _demands(each, zone)]
    found: list[dict[str, Any]] = []
    for role in ("delivered", "received"):
        readings = [each for each in energy if each["role"] == role]
        if readings:
            found.append(series(role, "kWh", resolution="P1M", data_type="usage_monthly", readings=readings))
    if power:
        found.append(series("demand", "kW", resolution="P1M", data_type="usage_monthly", readings=power))
    return {
        "layout": "nectar.v2",
        "zone": payload["zone"],
        "accounts": sorted({name for each in entries for name in _accounts(each)}),
        "covers": covers(energy),
        "bills": [_bill(each) for each in documents],
        "series": found,
    }


def _newest_by_id(rows: Any) -> list[Mapping[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        raise unreadable()
    newest: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        before = newest.get(row["id"])
        if before is None or str(row.get("updated") or "") >= str(before.get("updated") or ""):
            newest[row["id"]] = row
    return list(newest.values())


def _energy(entry: Mapping[str, Any], number: int, zone: ZoneInfo) -> dict[str, Any] | None:
    """Give an entry's one reading: the total. Its time-of-use parts are a breakdown and are never added."""
    if entry.get("exclusion") is True:
        return None  # Nectar subtracts it from its own totals; it is not something that was measured here
    factor = _ENERGY.get(str(_field(entry, "units")).lower())
    if factor is None:
        raise unreadable()
    value = _number(_field(entry, "usage")) * factor
    start, end = _period(entry, zone)
    hours = Decimal((end - start).total_seconds()) / 3600
    if abs(value) > MAX_HOME_KW * hours:
        raise unreadable()
    goes_out = str(entry.get("netMeteringType") or "").upper() == "EXPORT"
    if value < 0 and not goes_out:
        raise unreadable()
    return reading(
        role="received" if goes_out else "delivered",
        unit="kWh",
        start=start.isoformat(),
        end=end.isoformat(),
        # As in the portal's files: what goes back to the grid is negative.
        value=-abs(value) if goes_out else value,
        quality="estimated" if entry.get("isEstimated") is True else "as_stated",
        row=number,
    )


def _demands(document: Mapping[str, Any], zone: ZoneInfo) -> list[dict[str, Any]]:
    found = []
    for number, each in enumerate(document.get("demandMeters") or [], start=1):
        factor = _POWER.get(str(each.get("demandUsageUnits")).lower())
        if factor is None:
            continue  # kVA is another quantity
        start, end = _period(each, zone)
        found.append(
            reading(
                role="demand",
                unit="kW",
                start=start.isoformat(),
                end=end.isoformat(),
                value=_number(each.get("demandUsage")) * factor,
                quality="estimated" if each.get("isEstimated") is True else "as_stated",
                row=number,
            )
        )
    return found


def _period(entry: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give a period's instants; the stated last day is taken to belong to it: a scope check then errs to "too long"."""
    try:
        first, last = date.fromisoformat(str(_field(entry, "start"))), date.fromisoformat(str(_field(entry, "end")))
    except ValueError:
        raise unreadable() from None
    if last < first:
        raise unreadable()
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


def _bill(document: Mapping[str, Any]) -> dict[str, Any]:
    charges = document.get("totalCharges")
    return {
        "id": document["id"],
        "bill_date": document.get("billDate"),
        "due_date": document.get("dueDate"),
        "total": None if charges is None else str(_number(charges)),
        "currency": document.get("chargesUnits"),
        "utility": document.get("utilityCompany"),
        "replaces": document.get("revisedDocumentId") or document.get("revisedDocument"),
    }


def _accounts(entry: Mapping[str, Any]) -> list[str]:
    named = [each for each in entry.get("identifiers") or [] if isinstance(each, dict)]
    return [
        str(each["value"])
        for each in named
        if each.get("value") and "account" in f"{each.get('name')} {each.get('rawName')}".lower()
    ]


def _field(entry: Mapping[str, Any], name: str) -> Any:
    return next((entry[key] for key in _SPELLINGS[name] if entry.get(key) is not None), None)


def _number(value: Any) -> Decimal:
    """Read a decimal that comes as a string or as a JSON number."""
    text = str(value)
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        raise unreadable()
    try:
        return Decimal(text)
    except InvalidOperation:
        raise unreadable() from None
