"""What a received file says, found out in the sandbox, and its readings kept sealed (actions)."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from string import digits
from typing import Any

from broker import sandbox, vault
from broker.importers.readings import VERSION
from broker.inlets import refusing, written
from broker.looking import look
from broker.terms import EventRef, Refusal
from requests_app.models import ReadingSeries, ReceivedFile
from requests_app.one_value import keeping

WALL, CPU = 25.0, 15
ONE_DAY = timedelta(days=1)
PDF, CSV, XML, ZIP = "application/pdf", "text/csv", "application/xml", "application/zip"
# Files that are kept for a person although nothing is imported: they may be right, and we may learn to read them.
KEPT_UNREAD = frozenset({"file.layout_unknown", "file.roles_unproven"})
LOGIN = "channel.forbidden.credentials"
BILL, BILLED = "bill", "billed"  # the kind, and the role of what its bills came to
IMAGES = ("image/png", "image/jpeg")


Days = tuple[date, date]  # end exclusive


@dataclass(frozen=True, repr=False)
class Page:
    """What one page of a PDF says: numbers like those of the whole, and the days of the period that it names."""

    named: tuple[tuple[str, ...], ...]
    below: tuple[str, ...]
    numbers: tuple[str, ...]
    days: Days | None
    complete: bool
    amount: str | None = None  # in dollars, where the page is sure of it
    billed_on: str | None = None
    kwh: str | None = None  # used in all, where the page is sure of it


@dataclass(frozen=True)
class Imported:
    """What a file holds; `account` and `days` are nothing where a file does not say."""

    importer: str
    account: str | None = None
    data_type: str | None = None
    days: tuple[date, date] | None = None
    zone: str = ""
    series: list[dict[str, Any]] = field(default_factory=list)
    # Of a PDF: numbers behind the word for account (all ways to read each), weaker ones, and every number.
    named: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    below: tuple[str, ...] = field(default=(), repr=False)
    numbers: tuple[str, ...] = field(default=(), repr=False)
    complete: bool = False  # nothing on it is left unread
    has_words: bool = False  # of a PDF: some page of it holds text; a picture or a scan holds none
    has_picture: bool = False  # of a PDF: something is drawn on a page of it, and no word stands there
    has_name: bool | None = None  # the name that was looked for stands on it; None: it was not looked for
    pages: tuple[Page, ...] = field(default=(), repr=False)  # of a PDF, each page that was read
    outside: int = 0  # values of a usage file on days that were not wanted: counted, and left behind
    outside_months: tuple[date, ...] = ()
    bills: list[dict[str, Any]] = field(default_factory=list, repr=False)  # what Nectar says that bills came to

    @property
    def page_days(self) -> list[Days]:
        """Give the days of a PDF whose pages all say which ones they are about; nothing where one does not."""
        said = self.said_days
        return said if self.complete and len(said) == len(self.pages) else []

    @property
    def is_worded(self) -> bool:
        """Say whether the gate could read each page of a paper: one that is a picture, a person reads."""
        return self.has_words and not self.has_picture

    @property
    def said_days(self) -> list[Days]:
        """Give the days of those pages of a PDF that say which ones they are about."""
        return [each.days for each in self.pages if each.days is not None]


def read(
    data: bytes, media_type: str, *, zone: str, name: str = "", days: Sequence[Days] | None = None
) -> Imported | Refusal:
    """Read a file in the sandbox; a file that cannot be read, acts when it is opened, or holds a login is refused.

    `name`: as billed, looked for on a PDF. `days`: of a usage file, values of other days stay in the sandbox.
    """
    try:
        if media_type in (CSV, XML):
            texts = written.texts(data, is_text=True)
            login = next((found for text in texts if (found := look(text, "csv_upload")) is not None), None)
            if login is not None:
                return refusing.login(login, inlet="csv_upload", part="file")
            wanted = None if days is None else [[first.isoformat(), last.isoformat()] for first, last in days]
            payload = {"data": sandbox.pack(data), "zone": zone, "days": wanted}
            return _usage(_call("broker.importers.usage_file:read", payload))
        if media_type == PDF:
            facts = _call("broker.importers.bill_accounts:read", {"data": sandbox.pack(data), "name": name})
            login = look(facts["text"], "pdf_upload")
            return refusing.login(login, inlet="pdf_upload", part="file") if login is not None else _paper(facts, name)
    except sandbox.Refused as no:
        return Refusal(no.code)
    except sandbox.SandboxError as error:
        return Refusal("file.unreadable", type(error).__name__)
    if media_type not in IMAGES:
        return Refusal("file.type")
    beside = next((found for text in written.texts(data) if (found := look(text, "pdf_upload")) is not None), None)
    return refusing.login(beside, inlet="pdf_upload", part="file") if beside is not None else Imported("image")


def named_in(data: bytes) -> Imported | Refusal:
    """Look in a text file of a layout that we do not know for account numbers alone; nothing else of it is read.

    It is never `complete`: whoever accepts such a file has to look at all of it.
    """
    try:
        found = _call("broker.importers.table_accounts:read", {"data": sandbox.pack(data)})
    except sandbox.Refused as no:
        return Refusal(no.code)
    except sandbox.SandboxError as error:
        return Refusal("file.unreadable", type(error).__name__)
    return Imported("none", named=tuple(tuple(each) for each in found["named"]), numbers=tuple(found["numbers"]))


def unpacked(data: bytes) -> tuple[bytes, str] | Refusal:
    """Take the one usage file out of an archive of the portal, in the sandbox; give it and its kind."""
    try:
        inner = sandbox.unpack(_call("broker.importers.usage_zip:only_file", {"data": sandbox.pack(data)})["data"])
    except sandbox.Refused as no:
        return Refusal(no.code)
    except sandbox.SandboxError as error:
        return Refusal("file.unreadable", type(error).__name__)
    return inner, XML if inner.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else CSV


def read_nectar(usage: list[Any], documents: list[Any], *, zone: str) -> tuple[Imported, list[str]] | Refusal:
    """Read what Nectar found in a document: the readings, and the account numbers that it saw."""
    payload = {"usage": usage, "documents": documents, "zone": zone}
    try:
        found = _call("broker.importers.nectar_usage:read", payload)
    except sandbox.Refused as no:
        return Refusal(no.code)
    except sandbox.SandboxError as error:
        return Refusal("file.unreadable", type(error).__name__)
    days = _days(found["covers"])
    imported = Imported(found["layout"], None, None, days, found["zone"], found["series"], bills=found["bills"])
    return imported, list(found["accounts"])


def importer_of(series: ReadingSeries) -> tuple[str, int]:
    """Give what read a series, and in which version; those from before versions were written down are the first."""
    name, _, version = series.importer.partition("@")
    return name, int(version or 1)


def is_account_of(file: ReceivedFile, number: str | None) -> bool:
    """Say whether a number that a file names is that of its account; compared by blind index, nothing is opened."""
    if number is None or not any(each in digits for each in number):
        return False  # other scripts have digits of their own, and no account number has them
    return vault.blind_index("account_number", number) == bytes(file.account.number_index)


def save_series(file: ReceivedFile, found: Imported, *, data_type: str, ref: EventRef) -> int:
    """Keep a file's readings, sealed, in the caller's transaction; give how many there are."""
    count = 0
    for each in found.series:
        if each["readings"]:
            count += each["count"]
            _save(file, found, each, data_type, ref)
    return count


def save_bills(file: ReceivedFile, found: Imported, *, days: Sequence[Days], ref: EventRef) -> int:
    """Keep what a file's bills came to, sealed, in the caller's transaction; give how many say so without a doubt.

    Each stands on a page that names the file's own account, and a period inside these days. Nobody checked them:
    whoever is shown one is told that it was read off the page by a program, and which page.
    """
    values = [
        {
            "start": page.days[0].isoformat(),
            "end": (page.days[1] - ONE_DAY).isoformat(),  # a day without a time is the last one
            "value": page.amount,
            "quality": "",
            "row": number,
            "billed_on": page.billed_on,
            "kwh": page.kwh,
        }
        for number, page in enumerate(found.pages, 1)
        if page.days is not None and page.amount is not None
        if any(first <= page.days[0] and page.days[1] <= end for first, end in days)
        if any(is_account_of(file, each) for each in page.numbers)
    ]
    if values:
        facts = {"role": BILLED, "unit": "USD", "resolution": "P1M", "count": len(values)}
        _keep(file, found, facts, values, BILL, ref)
    return len(values)


def save_nectar_bills(file: ReceivedFile, found: Imported, *, days: Sequence[Days], ref: EventRef) -> int:
    """Keep what Nectar says that a document's bills came to, sealed, beside what we read off it; give how many.

    Of what is superseded and what supersedes it both stay, each as a word of its own. In dollars, and of days that she
    shared; like our own they are for the customer's own page.
    """
    count = 0
    for number, bill in enumerate(found.bills, 1):
        value = bill["total"] if bill["total"] is not None else bill["current"]
        if value is None or bill["currency"] != "USD" or not (bill["start"] and bill["end"]):
            continue
        start, end = date.fromisoformat(bill["start"]), date.fromisoformat(bill["end"])
        if not any(first <= start and end <= last for first, last in days):
            continue
        each = {
            "start": start.isoformat(),
            "end": (end - ONE_DAY).isoformat(),
            "value": value,
            "current": bill["current"],
            "quality": "",
            "row": number,
            "billed_on": bill["bill_date"],
            "kwh": None,
        }
        facts = {"role": BILLED, "unit": "USD", "resolution": "P1M", "count": 1}
        edition = keeping.next_edition(file.id, BILLED, "USD", "P1M")
        _keep(file, found, {**facts, "edition": edition}, [each], BILL, ref)
        count += 1
    return count


def _save(file: ReceivedFile, found: Imported, each: dict[str, Any], data_type: str, ref: EventRef) -> None:
    values = [{key: one[key] for key in ("start", "end", "value", "quality", "row")} for one in each["readings"]]
    _keep(file, found, each, values, data_type, ref)


def _keep(
    file: ReceivedFile,
    found: Imported,
    each: Mapping[str, Any],
    values: list[dict[str, Any]],
    data_type: str,
    ref: EventRef,
) -> None:
    row = uuid.uuid4()
    place = vault.Place("requests_app_readingseries", "values", row)
    first, last = min(one["start"] for one in values), max(one["end"] for one in values)
    series = ReadingSeries.objects.create(
        id=row,
        file=file,
        account=file.account,
        data_type=data_type,
        role=each["role"],
        unit=each["unit"],
        resolution=each["resolution"],
        zone=found.zone,
        first=date.fromisoformat(first[:10]),
        last=_end_day(last),
        count=each["count"],
        values=vault.seal(json.dumps(values), subject=file.consent.customer_id, place=place),
        importer=f"{found.importer}@{VERSION}",
        audit_event_id=ref.id,
    )
    keeping.keep(series, ref, edition=each.get("edition", 1))


def _call(name: str, payload: dict[str, Any]) -> dict[str, Any]:
    return sandbox.call(name, payload, wall=WALL, cpu=CPU)


def _paper(found: dict[str, Any], name: str) -> Imported:
    return Imported(
        "bill_pdf",
        named=tuple(tuple(each) for each in found["named"]),
        below=tuple(found["below"]),
        numbers=tuple(found["numbers"]),
        complete=found["complete"],
        has_words=found["has_text"],
        has_picture=found["has_picture"],
        pages=tuple(_page(each) for each in found["each_page"]),
        has_name=found["name"] if name and found["has_text"] else None,
    )


def _page(found: dict[str, Any]) -> Page:
    named, below = tuple(tuple(each) for each in found["named"]), tuple(found["below"])
    days = tuple(date.fromisoformat(each) for each in found["days"] or ())
    period = (days[0], days[1]) if days else None
    numbers, complete = tuple(found["numbers"]), found["complete"]
    return Page(named, below, numbers, period, complete, found["amount"], found["billed_on"], found["kwh"])


def _usage(found: dict[str, Any]) -> Imported:
    account = found["account"] or ""
    data_types = {each["data_type"] for each in found["series"]}
    data_type = data_types.pop() if len(data_types) == 1 else None
    days = _days(found["covers"])
    return Imported(
        found["layout"],
        found["account"],
        data_type,
        days,
        found["zone"],
        found["series"],
        named=((account,),) if any(each.isdigit() for each in account) else (),
        numbers=(account,) if any(each.isdigit() for each in account) else (),
        complete=True,
        outside=found["outside"]["count"],
        outside_months=tuple(date.fromisoformat(each) for each in found["outside"]["months"]),
    )


def _days(covers: dict[str, str] | None) -> tuple[date, date] | None:
    return (date.fromisoformat(covers["from"]), date.fromisoformat(covers["to"])) if covers else None


def _end_day(end: str) -> date:
    day = date.fromisoformat(end[:10])
    return day if end[11:16] == "00:00" else date.fromordinal(day.toordinal() + 1)
