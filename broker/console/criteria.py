"""What an officer's filters mean: which events, by the log's headers and by our own tables (interface)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings

from broker.audit import query, search
from broker.audit.timeline import Filters, Keep
from broker.audit.words import ACTS, RES
from broker.console import computed
from broker.console.groups import GROUPS, READS, severity
from broker.console.hours import instant_of, is_outside, midnight_us
from broker.utilities.calendar import Calendar
from requests_app.clocks import calendars

FIELDS = (
    "since", "until", "kind", "person", "app", "customer", "group", "act", "res", "purpose", "code", "channel",
    "utility", "staff_reads", "outside", "computed", "severity", "reasons",
)  # fmt: skip


@dataclass(frozen=True)
class Criteria:
    """Filters as chosen; `words` is what is logged, saved and written into addresses: codes, ids and dates."""

    words: Mapping[str, str]
    filters: Filters
    keep: Keep | None
    subject: UUID | None

    @property
    def query(self) -> str:
        """The filters as part of an address."""
        return urlencode(self.words)


def words_of(chosen: Mapping[str, Any]) -> dict[str, str]:
    """Give a cleaned form's filters as they are saved."""
    found = {}
    for name in FIELDS:
        value = chosen.get(name)
        if value not in (None, "", False):
            found[name] = "1" if value is True else value.isoformat() if isinstance(value, date) else str(value)
    return found


def of(words: Mapping[str, str]) -> Criteria:
    """Read saved or chosen filters; ValueError where a value is none (a form or this module wrote them)."""
    chosen = {name: words[name] for name in FIELDS if words.get(name)}
    subject = UUID(chosen["customer"]) if "customer" in chosen else None
    since, until = (date.fromisoformat(chosen[name]) if name in chosen else None for name in ("since", "until"))
    filters = Filters(
        since=None if since is None else midnight_us(since),
        until=None if until is None else midnight_us(until + timedelta(days=1)),
        kind="s" if "staff_reads" in chosen else chosen.get("kind"),
        actor=_opaque("s", chosen.get("person")),
        app=None,
        acts=_acts(chosen),
        res=(chosen["res"],) if "res" in chosen else None,
        purpose=chosen.get("purpose"),
        kids=None if subject is None else tuple(search.kids_of_subject(subject)),
        events=_events(chosen),
    )
    if "app" in chosen:
        filters = _by_application(filters, chosen["app"])
    return Criteria(chosen, filters, _keep(chosen), subject)


def calendar() -> Calendar:
    """Give the calendar of the office, with the closing days that officers added."""
    return calendars.of_utility(settings.HOME_UTILITY).calendar


def _by_application(filters: Filters, application: str) -> Filters:
    # An application acts for itself: it is the actor; `app` is set where a person acts through one.
    return Filters(**{**filters.__dict__, "actor": _opaque("a", application), "kind": None})


def _opaque(kind: str, identity: str | None) -> str | None:
    return None if identity is None else f"{kind}:{query.opaque_id(UUID(identity))}"


def _acts(chosen: Mapping[str, str]) -> tuple[str, ...] | None:
    sets = [set(GROUPS[chosen["group"]].acts)] if chosen.get("group") in GROUPS else []
    if "act" in chosen:
        sets.append({chosen["act"]})
    if "staff_reads" in chosen:
        sets.append(set(READS))
    if wanted := chosen.get("severity"):  # the index narrows to the acts that can be so; `_keep` decides
        sets.append({act for act in ACTS if wanted in {severity(act, res) for res in RES}})
    return tuple(sorted(set.intersection(*sets))) if sets else None


def _events(chosen: Mapping[str, str]) -> tuple[int, ...] | None:
    sets = []
    if set(chosen) & {"code", "channel", "utility"}:
        found = computed.decided(chosen.get("code"), chosen.get("channel"), chosen.get("utility"))
        sets.append(set(found))
    if "reasons" in chosen:
        sets.append(set(computed.decided_by(chosen["reasons"].split(","))))
    if "computed" in chosen:
        sets.append(set(computed.events(chosen["computed"])))
    return tuple(sorted(set.intersection(*sets))) if sets else None


def _keep(chosen: Mapping[str, str]) -> Keep | None:
    rules = [_outside()] if "outside" in chosen else []
    if wanted := chosen.get("severity"):
        rules.append(lambda head: severity(head.act, head.res) == wanted)
    return (lambda head: all(rule(head) for rule in rules)) if rules else None


def _outside() -> Keep:
    office = calendar()
    return lambda head: is_outside(instant_of(head.ts), office)
