"""How many calls a recipient's programs and people may make, counted before anything is looked at (actions).

A limit is the organisation's: another key buys no more of it. Where the operator gives one key less than all of them
together, that is counted as well, so that no single program spends what the others need. A call that names many
accounts counts as many: each is a decision of its own.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from broker.limits import counting
from broker.limits.counting import Limit
from broker.parties.models import Application

MINUTE = timedelta(minutes=1)
type Tries = list[tuple[Limit, str]]
type Counted = Callable[[Application], Tries]


def calls(application: Application) -> Tries:
    """Give what every call counts against, whatever it asks for."""
    settled = settings.API_CALLS_PER_MINUTE, settings.API_CALLS_PER_MINUTE_TOGETHER
    return _shares("api.calls", *settled, application)


def checks(application: Application) -> Tries:
    """Give what a dry run of a decision counts against."""
    settled = settings.API_CHECKS_PER_MINUTE, settings.API_CHECKS_PER_MINUTE_TOGETHER
    return _shares("api.checks", *settled, application)


def count(application: Application, *limits: Counted, now: datetime, times: int = 1) -> datetime | None:
    """Count a call, as often as it names something to decide; where a limit is spent, give when it counts anew."""
    if times < 1:
        return None
    tries = [each for limit in limits for each in limit(application)]
    if counting.take_all(*tries, now=now, times=times):
        return None
    return counting.counts_anew(*tries, now=now, times=times)


def _shares(kind: str, own: int, together: int, application: Application) -> Tries:
    all_keys = (Limit(f"{kind}.together", together, MINUTE), str(application.organisation_id))
    # A key that may take all there is needs no count of its own: what is spent, the other one says.
    return [(Limit(kind, own, MINUTE), str(application.id)), all_keys] if own < together else [all_keys]
