"""Two charts with their tables: accesses per day by outcome, and refusals by reason (interface)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from broker.audit import timeline
from broker.console.groups import ASKS
from broker.console.hours import local, midnight_us
from broker.console.officers import looked, officer_only
from broker.parties.models import User
from broker.reasons import REASONS
from requests_app.models import Decision
from requests_app.numbers.bars import Bar, columns, rows

DAYS = 30
OUTCOMES = ("ok", "denied", "error")


@dataclass(frozen=True)
class Day:
    """How often recipients reached for data on a Central day, by outcome."""

    day: date
    ok: int
    denied: int
    error: int


@officer_only
@require_GET
def charts(request: HttpRequest, user: User) -> HttpResponse:
    """Thirty days in two pictures, with the numbers beside them."""
    looked(user, "charts")
    now = timezone.now()
    days, reasons = accesses(now), refusals(now)
    bars = [Bar(f"{each.day:%b} {each.day.day}", (each.ok, each.denied, each.error)) for each in days]
    context = {
        "days": days,
        "reasons": reasons,
        "access_chart": columns(bars),
        "reason_chart": rows([Bar(code, (number,)) for code, _title, number in reasons]),
        "number": DAYS,
    }
    return render(request, "console/charts.html", context)


def accesses(now: datetime) -> list[Day]:
    """Count asks and reads of recipients for each of the last thirty Central days, today last."""
    today = local(now).date()
    return [_day(today - timedelta(days=back)) for back in range(DAYS - 1, -1, -1)]


def refusals(now: datetime) -> list[tuple[str, str, int]]:
    """Count the reasons of refused decisions of the last thirty days, the most frequent first: code, title, number."""
    since = now - timedelta(days=DAYS)
    found = Decision.objects.filter(outcome="refusal", decided_at__gte=since).values_list("codes", flat=True)
    counted = Counter(code for codes in found.iterator() for code in codes)
    return [(code, REASONS[code].title if code in REASONS else code, number) for code, number in counted.most_common()]


def _day(day: date) -> Day:
    span = (midnight_us(day), midnight_us(day + timedelta(days=1)))
    counted = timeline.by_result(ASKS, *span)
    return Day(day, *(counted.get(outcome, 0) for outcome in OUTCOMES))
