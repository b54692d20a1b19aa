"""The decision: 17 numbered rules, consent first, then route (rules: no clock, no database, no network).

Rules 1 to 8 are about the ask and the consent; the first that fails ends the decision. Rules 9 to 17 are run for
each account and give every code that fails. What is refused comes with what would be permitted instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from broker.routing import Question, alternatives, route
from broker.terms import FORBIDDEN_WAYS, NAMED_WAYS, Finding, Route
from broker.utilities.profile import Offer
from requests_app.account_rules import account_findings, earliest_piece
from requests_app.decided import NAMES, AccountDecision, Decision, Nearest
from requests_app.reading import (
    ACCOUNT_NUMBER,
    STEPS,
    Ask,
    Facts,
    Grant,
    read_ask,
    read_consent,
    read_facts,
    read_instant,
    what_is_missing,
    what_is_odd,
)

__all__ = ["NAMES", "PASSING_STATES", "AccountDecision", "Decision", "Nearest", "decide"]

PASSING_STATES = ("active", "expiring")
ENDED_STATES = ("expired", "revoked", "superseded", "suspended", "paused_dormant")


@dataclass
class _Trail:
    """The findings of rules 1 to 8 as they come."""

    profile: Offer | None
    step: str
    findings: list[Finding] = field(default_factory=list)

    def passes(self, finding: Finding) -> bool:
        self.findings.append(finding)
        return finding.passed

    def refusal(self, nearest: tuple[Nearest, ...] = ()) -> Decision:
        version = self.profile.version if self.profile else None
        codes = self.findings[-1].codes
        return Decision("refusal", None, codes, nearest, (), tuple(self.findings), (), self.step, version)


@dataclass(frozen=True)
class _World:
    """What surrounds an ask: the profile, the accounts' facts, the instant in UTC, and the step."""

    profile: Offer
    facts: Mapping[str, Facts]
    now: datetime
    step: str

    @property
    def today(self) -> date:
        return self.now.astimezone(self.profile.tz).date()


def decide(
    consent: object,
    ask: object,
    profile: Offer | None,
    now: object,
    *,
    facts: object = None,
    step: object = "release",
) -> Decision:
    """Decide an ask under a consent; the same input always gives the same decision, and odd input a refusal.

    `consent`, `ask` and `facts` are plain mappings as in JSON; `now` is an instant as text or a `datetime`.
    """
    known_step = step if isinstance(step, str) and step in STEPS else None
    trail = _Trail(profile, known_step or "unknown")
    if not trail.passes(_finding(1, "utility.unknown" if profile is None else None)) or profile is None:
        return trail.refusal()
    missing = what_is_missing(ask, now) if isinstance(ask, Mapping) else []
    if not trail.passes(_finding(2, "ask.incomplete" if missing else None, missing=missing)):
        return trail.refusal()
    at, known_facts = read_instant(now), read_facts({} if facts is None else facts)
    odd = what_is_odd(ask, profile.account_number or ACCOUNT_NUMBER) if isinstance(ask, Mapping) else ["ask"]
    values = {"now": at, "facts": known_facts, "step": known_step}
    odd += [name for name, value in values.items() if value is None]
    well_formed = trail.passes(_finding(3, "ask.invalid" if odd else None, odd=odd))
    if not well_formed or not isinstance(ask, Mapping) or at is None or known_facts is None:
        return trail.refusal()
    return _decide(trail, read_ask(ask), read_consent(consent), _World(profile, known_facts, at, trail.step))


def _decide(trail: _Trail, ask: Ask, grant: Grant | None, world: _World) -> Decision:
    checks = _consent_findings(ask, grant, world.today)
    permits = grant is not None and all(each.passed for each in checks)
    if not trail.passes(_named_channel(ask.channel, world.profile)):
        # A way that nobody may take is refused without any consent; what would be permitted still needs one.
        return trail.refusal(_nearest(ask, grant, world) if grant is not None and permits else ())
    for finding in checks:
        if not trail.passes(finding):
            return trail.refusal()
    if grant is None:
        raise AssertionError("rule 5 lets nothing through without a consent")
    return _decide_accounts(trail, ask, grant, world)


def _named_channel(name: str | None, profile: Offer) -> Finding:
    if name is None or name in profile.channels:
        return _finding(4, None, channel=name)
    if refused := profile.refused.get(name):
        return _finding(4, refused.code, channel=refused.name)
    if name in FORBIDDEN_WAYS:
        return _finding(4, f"channel.forbidden.{name}", channel=name)
    if name in NAMED_WAYS:
        return _finding(4, "channel.unknown", channel=name)  # people know the way, and nobody told us of it here
    # A name that nobody knows is not repeated: somebody may have typed anything there.
    return _finding(4, "channel.not_available", channel="?")


def _consent_findings(ask: Ask, grant: Grant | None, today: date) -> list[Finding]:
    """Run rules 5 to 8 up to the first that fails."""
    if grant is None or grant.recipient != ask.recipient:
        return [_finding(5, "consent.absent")]
    if grant.state in ENDED_STATES:
        state: str | None = f"consent.{grant.state}"
    else:
        state = None if grant.state in PASSING_STATES else "consent.absent"
    dates = "consent.not_started" if today < grant.starts else "consent.expired" if today >= grant.end else None
    shown = {"today": today.isoformat(), "starts": grant.starts.isoformat(), "end": grant.end.isoformat()}
    known_state = grant.state if grant.state in (*PASSING_STATES, *ENDED_STATES) else "other"
    return [
        _finding(5, None),
        _finding(6, state, state=known_state),
        _finding(7, dates, **shown),
        _finding(8, None if ask.purpose == grant.purpose else "purpose.mismatch"),
    ]


def _decide_accounts(trail: _Trail, ask: Ask, grant: Grant, world: _World) -> Decision:
    question = _question(ask.data_types, ask.start, ask.channel, grant, world)
    routed = route(question, world.profile)
    accounts = tuple(
        AccountDecision(account, _codes(findings), findings)
        for account in ask.accounts
        for findings in [_account(account, ask.data_types, (ask.start, ask.end), grant, world) + routed.findings]
    )
    # Several accounts: every code once, in the order of the rules and not of the accounts.
    together = sorted((finding for each in accounts for finding in each.findings), key=lambda finding: finding.rule)
    codes = _codes(tuple(together))
    channel = routed.channel if isinstance(routed, Route) and not codes else None
    carries = world.profile.channels[channel].carries if channel else {}
    return Decision(
        outcome="route" if channel else "refusal",
        channel=channel,
        codes=codes,
        nearest=() if channel else _nearest(ask, grant, world),
        accounts=accounts,
        findings=tuple(trail.findings),
        rejected=routed.rejected,
        step=world.step,
        profile_version=world.profile.version,
        # A way that was tried, and would have been taken but for an account, is named like the others.
        alternatives=alternatives(question, world.profile, channel),
        not_guaranteed=tuple(
            name for name in ask.data_types if name in carries and carries[name].answer == "not_guaranteed"
        ),
    )


def _account(
    account: str, data_types: tuple[str, ...], days: tuple[date, date], grant: Grant, world: _World
) -> tuple[Finding, ...]:
    facts = world.facts.get(account, Facts())
    return account_findings(account, data_types, days, grant=grant, facts=facts, metered=world.profile.metered)


def _question(data_types: tuple[str, ...], start: date, channel: str | None, grant: Grant, world: _World) -> Question:
    return Question(
        data_types=data_types,
        start=start,
        today=world.today,
        now=world.now,
        channel=channel,
        prefers=grant.prefers,
        onward_recipients=grant.onward_recipients,
        assurance=grant.assurance,
        notice_at=grant.notice_at,
        step=world.step,
    )


def _nearest(ask: Ask, grant: Grant, world: _World) -> tuple[Nearest, ...]:
    """Ask again, each data type alone: first those asked for, and only if none passes the others of the consent."""
    others = tuple(name for name in grant.data_types if name not in ask.data_types)
    return _permitted(ask.data_types, ask, grant, world) or _permitted(others, ask, grant, world)


def _permitted(data_types: tuple[str, ...], ask: Ask, grant: Grant, world: _World) -> tuple[Nearest, ...]:
    found = (_permitted_one(name, ask, grant, world) for name in data_types)
    return tuple(each for each in found if each is not None)


def _permitted_one(data_type: str, ask: Ask, grant: Grant, world: _World) -> Nearest | None:
    for account in ask.accounts:
        days = earliest_piece((ask.start, ask.end), grant, world.facts.get(account, Facts()))
        if days is None or _codes(_account(account, (data_type,), days, grant, world)):
            continue
        routed = route(_question((data_type,), days[0], None, grant, world), world.profile)
        if isinstance(routed, Route):
            return Nearest(data_type, routed.channel, *days)
    return None


def _codes(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Give each code once, at its first place."""
    return tuple(dict.fromkeys(code for finding in findings for code in finding.codes))


def _finding(rule: int, code: str | None, **facts: object) -> Finding:
    return Finding(rule, NAMES[rule], (code,) if code else (), facts)
