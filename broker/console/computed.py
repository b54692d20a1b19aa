"""Events that our own tables name: by reason code, channel and utility, and the questions that headers cannot answer.

Reasons, channels and utilities stand in sealed bodies; the rows of decisions and releases carry them too, each with
its event. At most the `MOST` newest events are named.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db.models import F, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from broker.console.hours import local
from broker.reasons import REASONS
from consents.stopping.lifecycle import Reached
from consents.stopping.models import Stop
from requests_app.inbound.holding import SHARED
from requests_app.models import Decision, Message, Release

MOST = 5_000
ORPHAN_AFTER = timedelta(days=2)
# An end is dated as it is written, and takes effect at its commit: a read that begins between the two is permitted.
COMMITTED_BY = timedelta(seconds=1)


def decided(code: str | None, channel: str | None, utility: str | None) -> list[int]:
    """Give the events of the decisions with this reason code, channel and utility (None: whatever)."""
    rows = Decision.objects.order_by("-decided_at")
    if channel:
        rows = rows.filter(channel=channel)
    if utility:
        rows = rows.filter(request__consent__utility=utility)
    if code:
        rows = rows.annotate(written=Cast("codes", TextField())).filter(written__contains=f'"{code}"')
    return list(rows.values_list("audit_event_id", flat=True)[:MOST])


def decided_by(codes: Iterable[str]) -> list[int]:
    """Give the events of the decisions with any of these reason codes."""
    named = Q()
    for code in codes:
        named |= Q(written__contains=f'"{code}"')
    rows = Decision.objects.annotate(written=Cast("codes", TextField())).filter(named).order_by("-decided_at")
    return list(rows.values_list("audit_event_id", flat=True)[:MOST])


def reasons_with(words: str) -> list[str]:
    """Give the codes of the reasons whose title, text or code has these words in it."""
    sought = words.casefold().strip()
    texts = {code: f"{code} {each.title} {each.text} {each.instead}".casefold() for code, each in REASONS.items()}
    return sorted(code for code, text in texts.items() if sought and sought in text)


def after_revocation() -> list[int]:
    """Give the events of releases that began more than a second after the consent's end; there must be none."""
    late = Release.objects.filter(at__gt=F("consent__ended_at") + COMMITTED_BY)
    return list(late.order_by("-at").values_list("audit_event_id", flat=True)[:MOST])


def last_day() -> list[int]:
    """Give the events of releases on the last day of their consent (`ends` itself is no longer in force)."""
    near = Release.objects.filter(at__date__gte=F("consent__ends") - timedelta(days=2)).order_by("-at")
    rows = near.values_list("audit_event_id", "at", "consent__ends")[: MOST * 2]
    return [event for event, at, ends in rows if local(at).date() == ends - timedelta(days=1)][:MOST]


def orphans(now: datetime | None = None) -> list[int]:
    """Give the events of mails that fit no request and have waited for more than two days."""
    old = (now or timezone.now()) - ORPHAN_AFTER
    unknown = Q(manual__isnull=True) | Q(kind="held")
    # A report about a mail of several customers lies on no thread, but it is noted on each of theirs.
    found = Message.objects.filter(unknown, direction="in", at__lt=old).exclude(kind=SHARED).order_by("-at")
    return list(found.values_list("audit_event_id", flat=True)[:MOST])


def unsettled() -> list[int]:
    """Give the events of the ends of permissions that have not reached every place yet."""
    found = Stop.objects.filter(targets__state=Reached.WAITING).distinct().order_by("-at")
    return list(found.values_list("audit_event_id", flat=True)[:MOST])


COMPUTED: dict[str, Callable[[], list[int]]] = {
    "after_revocation": after_revocation,
    "last_day": last_day,
    "orphans": orphans,
    "unsettled": unsettled,
}


def events(name: str) -> list[int]:
    """Give the events of a computed question by its name; KeyError for another."""
    return COMPUTED[name]()
