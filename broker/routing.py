"""Which channel an ask goes by: rules 15 to 17, and the order in which channels are tried (rules).

Everything that differs between utilities stands in the profile; nothing here names one.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from broker.terms import Alternative, Attempt, Finding, Refusal, Route
from broker.utilities.profile import AssuranceNeed, Channel, Offer

RANK = {"L1": 1, "L2": 2, "L3": 3}
NOT_CARRIED = {"not_available": "channel.not_available", "not_yet": "channel.not_yet", "unknown": "channel.unknown"}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a channel, once consent and scope are known; `now` is in UTC."""

    data_types: tuple[str, ...]
    start: date
    today: date
    now: datetime
    channel: str | None
    prefers: tuple[str, ...]
    onward_recipients: frozenset[str]
    assurance: str | None
    notice_at: datetime | None
    step: str


def route(question: Question, profile: Offer) -> Route | Refusal:
    """Give the named channel, or the first that passes when none is named; a named one is never replaced."""
    rejected: list[Attempt] = []
    for name in _candidates(question, profile):
        attempt = Attempt(name, examine(question, profile.channels[name], profile))
        if attempt.passed:
            return Route(name, attempt.findings, tuple(rejected))
        rejected.append(attempt)
    # Nothing passes: the reasons are those of the named channel, or of the one that an open ask would normally take.
    blamed = question.channel or profile.open_order[0]
    why = next(attempt for attempt in rejected if attempt.channel == blamed)
    first = next(code for finding in why.findings for code in finding.codes)
    others = tuple(attempt for attempt in rejected if attempt is not why)
    return Refusal(first, f"not by {blamed}", why.findings, others)


def alternatives(question: Question, profile: Offer, taken: str | None) -> tuple[Alternative, ...]:
    """Give every way of the profile that was not taken, in its order, each with why; it decides nothing."""
    return tuple(_alternative(question, profile, name) for name in profile.channels if name != taken)


def _alternative(question: Question, profile: Offer, name: str) -> Alternative:
    findings = examine(question, profile.channels[name], profile)
    if not all(finding.passed for finding in findings):
        return Alternative(name, "refused", findings)
    if question.channel is not None:
        return Alternative(name, "named_other", findings)
    # What an open ask does not try at all is used only where she prefers it or somebody names it.
    return Alternative(name, "later" if name in _candidates(question, profile) else "by_preference", findings)


def examine(question: Question, channel: Channel, profile: Offer) -> tuple[Finding, ...]:
    """Run rules 15, 16 and 17 for one channel."""
    return (
        _onward_recipient(question, channel),
        _carries(question, channel),
        _assurance(question, channel, profile),
    )


def months_before(day: date, months: int) -> date:
    """Give the same day some months earlier, or the last day of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < date.min.year:
        return date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _candidates(question: Question, profile: Offer) -> Iterator[str]:
    if question.channel is not None:
        yield question.channel
        return
    preferred = [name for name in question.prefers if name in profile.may_prefer]
    yield from dict.fromkeys([*preferred, *profile.open_order])


def _onward_recipient(question: Question, channel: Channel) -> Finding:
    needed = channel.onward_recipient
    fails = needed is not None and needed not in question.onward_recipients
    return Finding(
        15,
        "onward recipient",
        ("scope.onward_recipient",) if fails else (),
        {"channel": channel.name, "needs": needed},
    )


def _carries(question: Question, channel: Channel) -> Finding:
    answers = {name: channel.carries[name].answer for name in question.data_types}
    failing = {NOT_CARRIED[answer] for answer in answers.values() if answer in NOT_CARRIED}
    codes = [code for code in NOT_CARRIED.values() if code in failing]
    oldest = months_before(question.today, channel.history_months) if channel.history_months else None
    if oldest is not None and question.start < oldest:
        codes.append("scope.history_limit")
    facts = {
        "channel": channel.name,
        "answers": answers,
        "from": question.start.isoformat(),
        "reaches_back_to": oldest.isoformat() if oldest else None,
    }
    return Finding(16, "channel carries it", tuple(codes), facts)


def _assurance(question: Question, channel: Channel, profile: Offer) -> Finding:
    rank = RANK.get(question.assurance or "", 0)
    facts: dict[str, object] = {
        "assurance": question.assurance if rank else None,
        "step": question.step,
        "channel": channel.name,
    }
    if question.step == "order" and channel.order_assurance is not None:
        # The utility checks identity itself before it answers, so the letter may go out earlier than data may.
        enough = rank >= RANK[channel.order_assurance]
        return Finding(17, "assurance", () if enough else ("assurance.too_low",), facts)
    waited = question.now - question.notice_at if question.notice_at is not None else None
    needs = [profile.assurance[name] for name in question.data_types]
    failing = [need for need in needs if not _is_sure_enough(rank, waited, need)]
    facts["notice_hours"] = int(waited / timedelta(hours=1)) if waited is not None else None
    if failing:
        facts["raise_by"] = _ways(rank, failing)
        facts["opens_at"] = _opens_at(rank, failing, question.notice_at)
    return Finding(17, "assurance", ("assurance.too_low",) if failing else (), facts)


def _ways(rank: int, failing: Sequence[AssuranceNeed]) -> list[str]:
    """Name the ways by which the proof would be enough for all of these, the nearest first."""
    nearest = max(min(RANK[need.level], RANK[need.level_with_notice or need.level]) for need in failing)
    waits = any(need.level_with_notice and RANK[need.level] > RANK["L2"] for need in failing)
    ways = ["own_bill"] if rank < RANK["L2"] >= nearest else []
    if waits and nearest <= RANK["L2"]:
        ways.append("notice")
    if rank >= RANK["L2"]:
        ways.append("posted_code")  # it goes to an address that is proven
    return [*ways, "confirmed_by_utility"]


def _opens_at(rank: int, failing: Sequence[AssuranceNeed], notice_at: datetime | None) -> str | None:
    """Give the instant at which the notice that was sent is old enough for all of these; None while none helps."""
    helped = [need.notice_hours for need in failing if need.level_with_notice and rank >= RANK[need.level_with_notice]]
    hours = [each for each in helped if each is not None]
    if notice_at is None or len(hours) < len(failing):
        return None
    return (notice_at + timedelta(hours=max(hours))).isoformat()


def _is_sure_enough(rank: int, waited: timedelta | None, need: AssuranceNeed) -> bool:
    if rank >= RANK[need.level]:
        return True
    if need.level_with_notice is None or need.notice_hours is None or waited is None:
        return False
    return rank >= RANK[need.level_with_notice] and waited >= timedelta(hours=need.notice_hours)
