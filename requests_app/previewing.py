"""What an importer would read in a file, said without keeping anything of it (actions without a database)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from broker import sandbox
from broker.channels import customer_upload
from broker.terms import Refusal
from requests_app import importing, use_chart
from requests_app.importing import BILLED, PDF, ZIP, Imported

WALL, CPU = 20.0, 12
MAX_BYTES = customer_upload.MAX_BYTES
BAR = 40  # signs of the longest bar


@dataclass(frozen=True)
class Preview:
    """What would be read: its layout, its zone, and the series, each with how many values there are and their total.

    The portal writes what went back to the co-op with a minus, and so it is kept; a total of it is said without.
    """

    layout: str
    zone: str
    series: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """Give the shape that the command promises: totals as decimal strings, no value of its own."""
        keys = ("role", "unit", "resolution", "count", "total")
        return {
            "layout": self.layout,
            "zone": self.zone,
            "series": [{key: each[key] for key in keys} | {"total": total(each)} for each in self.series],
        }


def total(series: Mapping[str, Any]) -> str:
    """Give a series' total as it is said: how much went one way, or, of `net`, with its sign."""
    return str(series["total"]).removeprefix("-") if series["role"] == "received" else str(series["total"])


def preview(data: bytes, *, zone: str) -> Preview | Refusal:
    """Read a file of any kind that we take; a PDF is refused with the reason that stands against it."""
    looked = customer_upload.examine(f"file.{_ending(data)}", data)
    if isinstance(looked, Refusal):
        return looked
    media_type = looked.media_type
    if media_type == PDF and (against := _against(data)) is not None:
        return Refusal(against)
    if media_type == ZIP:
        inner = importing.unpacked(data)
        if isinstance(inner, Refusal):
            return inner
        data, media_type = inner
    found = importing.read(data, media_type, zone=zone)
    if isinstance(found, Refusal):
        return found
    return Preview(found.importer, found.zone or zone, (*found.series, *_billed(found)))


def picture(series: Mapping[str, Any]) -> list[str]:
    """Draw a series with signs, a line for each day, or for each month where there are many days."""
    lines: list[str] = []
    for chart in use_chart.charts([(series["role"], series["unit"], series["resolution"], series["readings"])]):
        most = max((abs(each.value) for each in chart.bars), default=Decimal(0)) or Decimal(1)
        for each in chart.bars:
            name = f"{each.first:%Y-%m}" if chart.monthly else f"{each.first:%Y-%m-%d}"
            sign = "#" if each.value >= 0 else "-"
            lines.append(
                f"{name}  {each.value:>12}  {sign * max(1 if each.value else 0, int(abs(each.value) / most * BAR))}"
            )
    return lines


def _ending(data: bytes) -> str:
    """Give an ending that fits: the command is told nothing by a file's name."""
    kinds = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "text/csv": "csv"}
    kind = customer_upload.sniff(data)
    if kind is not None:
        return kinds[kind]
    return "zip" if data.startswith(b"PK") else "xml"


def _against(data: bytes) -> str | None:
    payload = {"name": "file.pdf", "data": sandbox.pack(data)}
    try:
        codes = sandbox.call("requests_app.inbound.examining:examine", payload, wall=WALL, cpu=CPU)["codes"]
    except (sandbox.SandboxError, ValueError):
        return "file.too_heavy"
    return codes[0] if codes else None


def _billed(found: Imported) -> list[dict[str, Any]]:
    """Give what the bills of a PDF come to, where a page is sure of its period and its sum."""
    values = [
        {"start": page.days[0].isoformat(), "value": page.amount}
        for page in found.pages
        if page.days is not None and page.amount is not None
    ]
    if not values:
        return []
    total = sum((Decimal(str(each["value"])) for each in values), Decimal(0))
    facts = {"role": BILLED, "unit": "USD", "resolution": "P1M", "count": len(values), "total": str(total)}
    return [{**facts, "missing": 0, "gaps": [], "gaps_count": 0, "readings": values}]


def first_and_last(series: Mapping[str, Any]) -> tuple[date, date] | None:
    """Give the first and the last local day that a series touches."""
    days = [date.fromisoformat(each["start"][:10]) for each in series["readings"]]
    return (min(days), max(days)) if days else None
