"""Documents and usage that Nectar read from bills, in the documented JSON; either spelling of a field.

One entry is the total of one meter and period. Its time-of-use parts are never added; power is never energy; what is
superseded stays, and what supersedes it is a later edition of the same. A shape or a word that is not documented is
refused: a person looks. Source: reference of Nectar's API, sections 5.6, 5.7 and 16.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from broker.importers.nectar_fields import (
    accounts_of,
    document_of,
    field,
    newest_by_id,
    number,
    period,
    quality,
    rows,
    said,
    word,
)
from broker.importers.readings import (
    MAX_HOME_KW,
    covers,
    layout_unknown,
    reading,
    roles_unproven,
    series,
    unreadable,
)

_ENERGY = {"wh": Decimal("0.001"), "kwh": Decimal(1), "mwh": Decimal(1000), "gwh": Decimal(1_000_000)}
_POWER = {"w": Decimal("0.001"), "kw": Decimal(1), "mw": Decimal(1000), "gw": Decimal(1_000_000)}
_APPARENT = frozenset({"va", "kva", "mva", "var", "kvar", "mvar"})  # another quantity: neither energy nor power
# Another utility's goods on the same bill: left behind, and counted.
_OTHER_GOODS = frozenset(
    {"GAS", "WATER", "DISTRICT", "WASTE", "FUEL", "MISC", "REFRIGERANT", "TELECOM", "SEWER", "STEAM", "CHILLED_WATER",
     "HOT_WATER"}
)  # fmt: skip
_FLOWS = {"": "delivered", "IMPORT": "delivered", "EXPORT": "received", "NET": "net"}
_DEMANDS = {
    "": "demand", "PEAK": "demand", "UCAP": "demand_ucap", "TRANSMISSION": "demand_transmission",
    "CONTRACT": "demand_contract",
}  # fmt: skip
_TOLERANCE = Decimal("0.01")


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Read `{"usage": [...], "documents": [...], "zone": name}`; gives series, bills, and the accounts named."""
    zone = ZoneInfo(payload["zone"])
    documents = newest_by_id(payload.get("documents", []))
    entries, left = _electric(newest_by_id(payload.get("usage", [])))
    editions = _editions(documents)
    flagged = {each["id"] for each in documents if said(each, "flaggedStatus")}
    totals = _totals(entries)
    found: list[dict[str, Any]] = []
    energy: list[dict[str, Any]] = []
    for edition in sorted(set(editions.values()) | {1}):
        ours = [each for each in totals if editions.get(document_of(each), 1) == edition]
        papers = [each for each in documents if editions[each["id"]] == edition]
        read_here = [
            one
            for place, each in enumerate(ours, 1)
            for one in _readings(each, place, zone, document_of(each) in flagged)
        ]
        read_here += [one for each in papers for one in _demands(each, zone, left)]
        found += _in_series(read_here, edition)
        energy += [each for each in read_here if each["unit"] == "kWh"]
    return {
        "layout": "nectar.v2",
        "zone": payload["zone"],
        "accounts": sorted({name for each in entries for name in accounts_of(each)}),
        "covers": covers(energy),
        "bills": [_bill(each, totals, zone) for each in documents],
        "series": found,
        "left": dict(left),
    }


def _electric(entries: Iterable[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], Counter[str]]:
    """Give the entries about electricity, and how many were left behind, by why."""
    kept, left = [], Counter[str]()
    for each in entries:
        goods = word(each, "datasourceType")
        if goods in _OTHER_GOODS:
            left["other_goods"] += 1
        elif goods not in ("", "ELECTRICITY") or word(each, "electricityType") not in ("", "USAGE"):
            raise layout_unknown()
        elif each.get("exclusion") is True:
            left["excluded"] += 1  # Nectar subtracts it in its own totals: it was not delivered here
        elif each.get("exclusion") not in (None, False):
            raise layout_unknown()
        elif str(field(each, "units")).lower() in _APPARENT:
            left["apparent_power"] += 1
        else:
            kept.append(each)
    return kept, left


def _totals(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Give the entries that are totals; parts of a period alone, without its total, prove nothing."""
    totals, parts = [], set()
    for each in entries:
        rows(each, "timeOfUseBreakdown")  # a breakdown of the total, in whatever parts: never added
        if said(each, "timeOfUse"):
            parts.add(_place(each))
        else:
            totals.append(each)
    if parts - {_place(each) for each in totals}:
        raise roles_unproven()
    return totals


def _place(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return str(entry.get("meter")), str(field(entry, "start")), str(field(entry, "end"))


def _readings(entry: Mapping[str, Any], row: int, zone: ZoneInfo, flagged: bool) -> list[dict[str, Any]]:
    """Give an entry's total as a reading, with its role proven by the direction or by arithmetic."""
    unit = str(field(entry, "units")).lower()
    start, end = period(entry, zone)
    how = quality(entry, flagged=flagged)
    if unit in _POWER:
        return [_one("demand", "kW", number(field(entry, "usage")) * _POWER[unit], start, end, how, row, entry)]
    if unit not in _ENERGY:
        raise unreadable()
    value = number(field(entry, "usage")) * _ENERGY[unit]
    found = []
    for role, each in _by_flow(entry, value):
        if abs(each) > MAX_HOME_KW * Decimal((end - start).total_seconds()) / 3600:
            raise unreadable()
        found.append(_one(role, "kWh", each, start, end, how, row, entry))
    return found


def _by_flow(entry: Mapping[str, Any], value: Decimal) -> list[tuple[str, Decimal]]:
    flow = _FLOWS.get(word(entry, "netMeteringType"))
    if flow is None:
        raise layout_unknown()
    if flow == "received":
        return [(flow, -abs(value))]  # as in the portal's files: what goes back to the grid is negative
    came, went = said(entry, "netMeteringGridImportKwh"), said(entry, "netMeteringGeneratedKwh")
    if came:
        bought, sold = number(came), number(went) if went else Decimal(0)
        if abs(value - bought) > _TOLERANCE:
            # Only where the arithmetic says so are these the two directions of the net that stands as the total.
            if not went or abs(value - (bought - sold)) > _TOLERANCE:
                raise roles_unproven()
            return [("delivered", bought), ("received", -sold), ("net", value)]
    if value < 0 and flow != "net":
        raise unreadable()
    return [(flow, value)]


def _demands(document: Mapping[str, Any], zone: ZoneInfo, left: Counter[str]) -> list[dict[str, Any]]:
    found = []
    flagged = bool(said(document, "flaggedStatus"))
    for place, each in enumerate(rows(document, "demandMeters"), start=1):
        unit = str(each.get("demandUsageUnits")).lower()
        if unit in _APPARENT:
            left["apparent_power"] += 1
            continue
        role = _DEMANDS.get(word(each, "demandType"))
        if unit not in _POWER or role is None:
            raise layout_unknown()
        start, end = period(each, zone)
        value = number(each.get("demandUsage")) * _POWER[unit]
        found.append(_one(role, "kW", value, start, end, quality(each, flagged=flagged), place, each))
    return found


def _one(
    role: str, unit: str, value: Decimal, start: datetime, end: datetime, how: str, row: int, entry: Mapping[str, Any]
) -> dict[str, Any]:
    if unit == "kW" and value < 0:
        raise unreadable()
    made = reading(
        role=role, unit=unit, start=start.isoformat(), end=end.isoformat(), value=value, quality=how, row=row
    )
    return {**made, "meter": str(entry.get("meter") or "")}


def _in_series(found: Sequence[dict[str, Any]], edition: int) -> list[dict[str, Any]]:
    """Put readings of one edition in series; two of one kind at one time are two meters, and no single value."""
    by_role: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in found:
        by_role.setdefault((each["role"], each["unit"]), []).append(each)
    made = []
    for (role, unit), readings in sorted(by_role.items()):
        once = _once(readings)
        whole = series(role, unit, resolution="P1M", data_type="usage_monthly", readings=once)
        made.append({**whole, "edition": edition})
    return made


def _once(readings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    if len({each.pop("meter") for each in readings} - {""}) > 1:
        raise roles_unproven()
    ordered = sorted(readings, key=lambda each: (each["start"], each["end"]))
    kept: list[dict[str, Any]] = []
    for each in ordered:
        before = kept[-1] if kept else None
        # The last day of a bill is often the first one of the next: a day over another is no second value.
        if before is not None and (before["start"], before["end"]) == (each["start"], each["end"]):
            if Decimal(before["value"]) != Decimal(each["value"]):
                raise roles_unproven()
            continue
        kept.append(each)
    return kept


def _editions(documents: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Number the documents: 1 for a first word, one more for what supersedes it; a circle is refused."""
    newer = {each["id"]: _newer(each) for each in documents}
    editions = dict.fromkeys(newer, 1)
    for _ in documents:
        changed = False
        for old, new in newer.items():
            if new in editions and editions[new] <= editions[old]:
                editions[new], changed = editions[old] + 1, True
        if not changed:
            return editions
    if any(new in editions and editions[new] <= editions[old] for old, new in newer.items()):
        raise layout_unknown()
    return editions


def _newer(document: Mapping[str, Any]) -> str:
    return str(said(document, "revisedDocumentId") or said(document, "revisedDocument") or "")


def _bill(document: Mapping[str, Any], totals: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> dict[str, Any]:
    spans = [period(each, zone) for each in totals if document_of(each) == document["id"]]
    sums = {
        name: None if said(document, key) is None else str(number(document[key]))
        for name, key in (("total", "totalCharges"), ("current", "currentCharges"))
    }
    return {
        "id": document["id"],
        "bill_date": document.get("billDate"),
        "due_date": document.get("dueDate"),
        **sums,
        "currency": document.get("chargesUnits"),
        "utility": document.get("utilityCompany"),
        "replaces": _newer(document) or None,
        "start": min(each[0] for each in spans).date().isoformat() if spans else None,
        "end": max(each[1] for each in spans).date().isoformat() if spans else None,  # exclusive
    }
