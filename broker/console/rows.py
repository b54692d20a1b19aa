"""Entries of the log as an officer reads them: names of staff and applications, customers masked (interface)."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from broker.audit import log
from broker.audit.encoding import unb64url
from broker.audit.timeline import Entry
from broker.audit.words import ACTS
from broker.console import subjects
from broker.console.hours import instant_of, local
from broker.console.outside.models import Approver
from broker.credentials import why
from broker.inlets import numbers
from broker.parties.models import Application, User
from broker.reasons import REASONS
from broker.terms import SERVICE
from requests_app.models import Decision, Release

OUTCOMES = {"ok": "done", "denied": "refused", "error": "failed"}
SERVICES = {
    SERVICE(name).id: words
    for name, words in (
        ("log", "the log itself"),
        ("approvals", "the clock of approvals"),
        ("console", "a person at the server"),
        ("directory", "the directory"),
        ("letter-seal", "the sealing of letters"),
        ("mail-listener", "the mail listener"),
        ("manual-request", "the sending of requests"),
        ("nectar", "the carrier to Nectar"),
        ("notices", "the sending of notices"),
        ("packs", "the making of packs"),
        ("views", "the watch over saved views"),
        ("canary", "the planting of the canary"),
        ("canary watch", "the watch over the canary"),
        ("keeper", "the keeper of keys"),
        ("verification", "the verification of the log"),
        ("verify_log", "a verification at the server"),
    )
}


@dataclass(frozen=True)
class Facts:
    """What our own tables know of an event, masked."""

    codes: tuple[str, ...] = ()
    channel: str = ""
    consent: str = ""
    consent_id: uuid.UUID | None = None
    request_id: uuid.UUID | None = None
    rule: str = ""  # of the gate, where it refused something


@dataclass(frozen=True)
class Row:
    """One line of the timeline."""

    id: int
    seq: int | None
    at: datetime
    act: str
    meaning: str
    res: str
    who: str
    role: str
    subject: str
    purpose: str
    obj: str
    cnt: int
    facts: Facts = field(default_factory=Facts)
    earlier: int | None = None  # number of an older log that holds it, None for the newest

    @property
    def stamp(self) -> str:
        """Its time to the second, in Central time, with the zone's name."""
        return f"{local(self.at):%Y-%m-%d %H:%M:%S %Z}"

    @property
    def about(self) -> str:
        """Whom and what it is about, masked."""
        return " · ".join(each for each in ("" if self.subject == "–" else self.subject, self.obj) if each) or "–"

    @property
    def reasons(self) -> list[str]:
        """The titles of its reason codes, or the rule of the gate that refused it."""
        rule = [f"{why(self.facts.rule)} ({self.facts.rule})"] if self.facts.rule else []
        return [*titles(self.facts.codes), *rule]

    @property
    def outcome(self) -> str:
        """Its outcome as a word."""
        return OUTCOMES[self.res]


def titles(codes: Iterable[str]) -> list[str]:
    """The titles of reason codes."""
    return [REASONS[code].title if code in REASONS else code for code in codes]


def of(entries: Sequence[Entry]) -> list[Row]:
    """Give the lines of these entries, in their order; a fixed number of look-ups for all of them."""
    whose = subjects.of_kids(each.head.kid for each in entries)
    names = actors({each.head.actor for each in entries} | {each.head.app for each in entries if each.head.app})
    facts, newest = of_events([each.id for each in entries]) | of_refusals(entries), log.origin_id()
    return [
        Row(
            id=each.id,
            seq=each.seq,
            at=instant_of(each.head.ts),
            act=each.head.act,
            meaning=ACTS[each.head.act].meaning,
            res=each.head.res,
            who=names[each.head.actor],
            role=each.head.role or "",
            subject=subjects.masked(whose.get(each.head.kid)),
            purpose=each.head.purpose or "",
            obj=each.head.obj or "",
            cnt=each.head.cnt,
            facts=facts.get(each.id, Facts()),
            earlier=each.origin if each.origin not in (None, newest) else None,
        )
        for each in entries
    ]


def of_events(ids: Sequence[int]) -> dict[int, Facts]:
    """Give what decisions and releases say of these events."""
    found: dict[int, Facts] = {}
    releases = Release.objects.filter(audit_event_id__in=ids).select_related("consent")
    for release in releases:
        found[release.audit_event_id] = Facts(
            consent=release.consent.number, consent_id=release.consent_id, request_id=release.request_id
        )
    decisions = Decision.objects.filter(audit_event_id__in=ids).select_related("request__consent")
    for decision in decisions:
        consent = decision.request.consent
        found[decision.audit_event_id] = Facts(
            codes=tuple(decision.codes),
            channel=decision.channel or "",
            consent=consent.number if consent else "",
            consent_id=consent.id if consent else None,
            request_id=decision.request_id,
        )
    return found


def of_refusals(entries: Sequence[Entry]) -> dict[int, Facts]:
    """Give by which rule the gate refused; of a refusal's own entry, and of that of a customer whom it concerned."""
    heads = {each.id: each.head for each in entries if each.head.act in ("gate.refused", "gate.held")}
    kept = numbers.of_events(heads, [event for event, head in heads.items() if head.grp is not None]) if heads else {}
    return {event: Facts(rule=row.rule) for event, row in kept.items()}


def actors(opaque: Iterable[str]) -> dict[str, str]:
    """Name the actors of headers: staff and applications by name, customers masked, services by what they do."""
    split = {text: (text[0], uuid.UUID(bytes=unb64url(text[2:]))) for text in opaque}
    wanted = {kind: [identity for each, identity in split.values() if each == kind] for kind in "sao"}
    names = {user.id: user.full_name for user in User.objects.filter(id__in=wanted["s"])}
    for each in Approver.objects.defer("email").filter(id__in=wanted["o"]):
        names[each.id] = f"{each.full_name} of {each.house}, from outside"
    for app in Application.objects.filter(id__in=wanted["a"]).select_related("organisation"):
        names[app.id] = f"{app.organisation.legal_name} ({app.name})"
    return {text: _name(kind, identity, names) for text, (kind, identity) in split.items()}


def _name(kind: str, identity: uuid.UUID, names: dict[uuid.UUID, str]) -> str:
    if kind == "c":
        return f"customer {str(identity)[:8]}…"
    if kind == "v":
        return SERVICES.get(identity, "our service")
    if kind == "x":
        return "somebody unknown"
    if kind == "o":
        return names.get(identity, "an approver from outside")
    return names.get(identity, f"{'staff' if kind == 's' else 'an application'} {str(identity)[:8]}…")
