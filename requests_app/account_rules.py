"""Rules 9 to 14: what a consent and the facts of one account allow (rules)."""

from collections.abc import Sequence
from datetime import date

from broker.terms import Finding
from requests_app.reading import Facts, Grant

Days = tuple[date, date]  # end exclusive


def account_findings(
    account: str, data_types: Sequence[str], days: Days, *, grant: Grant, facts: Facts, metered: Sequence[str]
) -> tuple[Finding, ...]:
    """Run rules 9 to 14 for one account; all of them, whatever fails first."""
    start, end = days
    lacking = [name for name in data_types if name not in grant.data_types]
    needs_meter = [name for name in data_types if name in metered]
    allowed = allowed_days(grant)
    inside = any(first <= start and end <= last for first, last in allowed)
    over = facts.ended is not None and end > facts.ended
    asked = {"from": start.isoformat(), "to": end.isoformat()}
    pieces = [[first.isoformat(), last.isoformat()] for first, last in allowed]
    ended = facts.ended.isoformat() if facts.ended else None
    no_meter = facts.ami == "no" and bool(needs_meter)
    return (
        _finding(9, "no objection", "consent.objection" if facts.objection else None, objection=facts.objection),
        _finding(10, "account", None if account in grant.accounts else "scope.account", accounts=len(grant.accounts)),
        _finding(11, "data types", "scope.data_type" if lacking else None, asked=list(data_types), lacking=lacking),
        _finding(12, "range", None if inside else "scope.range", **asked, allowed=pieces),
        _finding(13, "account not ended", "account.ended" if over else None, to=asked["to"], ended=ended),
        _finding(14, "meter", "channel.not_available" if no_meter else None, ami=facts.ami, needs_meter=needs_meter),
    )


def allowed_days(grant: Grant) -> list[Days]:
    """Give the days that a consent covers: history and forward range, joined where they touch, in order."""
    ranges: list[Days] = []
    if grant.history_from and grant.history_to:  # half a history is none
        ranges.append((grant.history_from, grant.history_to))
    if grant.forward:
        ranges.append((grant.starts, min(grant.forward, grant.end)))
    joined: list[Days] = []
    for first, last in sorted(each for each in ranges if each[0] < each[1]):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def earliest_piece(days: Days, grant: Grant, facts: Facts) -> Days | None:
    """Cut days to the earliest piece that the consent and the account's end allow."""
    start, end = days
    if facts.ended is not None:
        end = min(end, facts.ended)
    for first, last in allowed_days(grant):
        piece = max(start, first), min(end, last)
        if piece[0] < piece[1]:
            return piece
    return None


def _finding(rule: int, name: str, code: str | None, **facts: object) -> Finding:
    return Finding(rule, name, (code,) if code else (), facts)
