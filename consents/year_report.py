"""A year of "who saw my data" on paper, for a person who never read a log: facts here, PDF in the sandbox."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from broker import sandbox
from broker.notices import context as site_context
from consents.access import AccessRow
from consents.access_table import looked
from consents.access_words import LEFT
from consents.loa.words import LOG_PROOF_NAME

WALL, CPU = 30.0, 20
COMPANIES, REASONS = 3, 2  # on the first page, which must stay one page; the rest is counted, or listed on the next
OURS = ("staff", "officer", "approver", "operator")
# What went out to others, beside what companies saw; mail to herself is not in it.
WENT_OUT: dict[str, Callable[[int], str]] = {
    "letter.sent": lambda n: ngettext(
        "your letter went to your co-op %(n)d time", "your letter went to your co-op %(n)d times", n
    ),
    "request.sent": lambda n: ngettext("your co-op was asked %(n)d time", "your co-op was asked %(n)d times", n),
    "nectar.uploaded": lambda n: ngettext("%(n)d file went to Nectar", "%(n)d files went to Nectar", n),
    "pack.read": lambda n: ngettext("%(n)d evidence pack was handed out", "%(n)d evidence packs were handed out", n),
    "data.exported": lambda n: ngettext("%(n)d copy of your data was made", "%(n)d copies of your data were made", n),
}


@dataclass(frozen=True)
class Company:
    """What one organisation saw in a year."""

    name: str
    times: int
    data: tuple[str, ...]


@dataclass(frozen=True)
class MonthLine:
    """One month of the year, counted by who did something."""

    first: date
    companies: int
    people: int
    service: int
    other: int  # such as what a company asked for, or a joint member did
    refused: int


@dataclass(frozen=True)
class Year:
    """What a year comes to; every number counts entries of the log."""

    year: int
    companies: tuple[Company, ...]
    people: int
    service: int
    refused: int
    reasons: tuple[tuple[str, int], ...]
    went_out: tuple[str, ...]
    months: tuple[MonthLine, ...]

    @property
    def looks(self) -> int:
        """Give how often companies looked, all together."""
        return sum(each.times for each in self.companies)


@dataclass(frozen=True)
class Proof:
    """How the report is checked: its own entry, the checkpoint over it, a signed receipt, the proof for programs."""

    event: int
    checkpoint: str
    receipt: str
    tlog_proof: str  # goes with the file, so that the file itself can be checked


def of_year(rows: Iterable[AccessRow], year: int, zone: ZoneInfo, *, today: date) -> Year:
    """Count a year's rows; what she did herself is not counted. The months begin with the first row of all."""
    known = list(rows)
    since = min((row.at.astimezone(zone).date() for row in known), default=date(year, 1, 1))
    others = [row for row in known if row.at.astimezone(zone).year == year and row.who.key != "you"]
    refused = [row for row in others if not row.given]
    reasons = Counter(row.reason or _("for a reason that has no words here") for row in refused)
    return Year(
        year=year,
        companies=tuple(_companies(others)),
        people=sum(_is_ours(row) for row in others),
        service=sum(_is_service(row) for row in others),
        refused=len(refused),
        reasons=tuple(reasons.most_common()),
        went_out=tuple(_went_out(others)),
        months=tuple(_months(others, year, zone, since, today)),
    )


def pdf(year: Year, proof: Proof, *, made_at: datetime, language: str) -> bytes:
    """Make the report: tagged (PDF/UA-1), in this language. Raises `sandbox.SandboxError`."""
    answer = sandbox.call(
        "consents.year_report_pdf:report",
        {
            "html": html(year, proof, made_at=made_at, language=language),
            "proof": proof.tlog_proof,
            "proof_name": LOG_PROOF_NAME,
            "proof_about": _("Proof that the making of this report stands in the log"),
            "made_at": made_at.isoformat(),
        },
        wall=WALL,
        cpu=CPU,
    )
    return sandbox.unpack(answer["pdf"])


def html(year: Year, proof: Proof, *, made_at: datetime, language: str) -> str:
    """Write the report as HTML; every value is escaped."""
    most = max([line.companies + line.people + line.service + line.other + line.refused for line in year.months] or [0])
    here = REASONS if len(year.reasons) <= REASONS else REASONS - 1  # a line goes to the word on the others
    context = {
        **site_context.facts(),
        "css": mark_safe(render_to_string("consents/report.css")),  # noqa: S308 - our own file, no values in it
        "language": language,
        "year": year,
        "companies": [(each.name, times(each.times), ", ".join(each.data)) for each in year.companies[:COMPANIES]],
        "more_companies": len(year.companies) - COMPANIES,
        "people": times(year.people),
        "service": times(year.service),
        "refused": times(year.refused),
        "reasons": [(reason, times(count)) for reason, count in year.reasons[:here]],
        "more_reasons": [(reason, times(count)) for reason, count in year.reasons[here:]],
        "most": most,
        "proof": proof,
        "made_at": made_at,
    }
    return render_to_string("consents/report.html", context)


def times(count: int) -> str:
    """Write how often, in words."""
    return _("once") if count == 1 else _("%(n)d times") % {"n": count}


def _companies(rows: Sequence[AccessRow]) -> list[Company]:
    seen: Counter[str] = Counter()
    data: dict[str, list[str]] = {}
    facts: dict[str, list[str]] = {}
    for row in rows:
        if looked(row):
            name = re.sub(r" \([^()]*\)$", "", row.who.name)
            seen[name] += 1
            data.setdefault(name, []).extend(row.data)
            facts.setdefault(name, []).extend(row.facts)
    return [Company(name, count, tuple(dict.fromkeys(data[name] + facts[name]))) for name, count in seen.most_common()]


def _went_out(rows: Sequence[AccessRow]) -> list[str]:
    counted = Counter(row.act for row in rows if row.given and row.kind == LEFT)
    return [say(counted[act]) % {"n": counted[act]} for act, say in WENT_OUT.items() if counted[act]]


def _months(rows: Sequence[AccessRow], year: int, zone: ZoneInfo, since: date, today: date) -> list[MonthLine]:
    found = []
    first = since.month if since.year == year else 1
    for month in range(first, (today.month if today.year == year else 12) + 1):
        inside = [row for row in rows if row.at.astimezone(zone).month == month]
        given = [row for row in inside if row.given]
        found.append(
            MonthLine(
                date(year, month, 1),
                companies=sum(looked(row) for row in given),
                people=sum(_is_ours(row) for row in given),
                service=sum(_is_service(row) for row in given),
                other=sum(not (looked(row) or _is_ours(row) or _is_service(row)) for row in given),
                refused=len(inside) - len(given),
            )
        )
    return found


def _is_ours(row: AccessRow) -> bool:
    return row.given and row.who.key in OURS


def _is_service(row: AccessRow) -> bool:
    return row.given and row.who.key == "service"
