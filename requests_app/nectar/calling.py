"""A client of Nectar for one job: a slot for its calls, and patience for what fails on the other side."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from broker import jobs
from broker.channels.nectar import NectarChannel
from broker.channels.seam import ChannelError
from broker.inlets import outbound
from broker.jobs.runner import lease_time
from broker.looking import Unchecked
from broker.transport import TransportError
from requests_app.nectar import slots

AGAIN, LONGEST = timedelta(minutes=2), timedelta(hours=2)
BUSY, LONGEST_BUSY = timedelta(seconds=3), timedelta(minutes=5)


@contextmanager
def session(job: jobs.JobView, trouble: Callable[[str], None]) -> Iterator[NectarChannel]:
    """Give a client; what is down is waited for, as long as Nectar asks, and what is refused or odd is `trouble`."""
    if not settings.NECTAR_API_KEY:
        raise jobs.RetryLater("nectar.no_key", LONGEST)
    holder = slots.take(timezone.now())
    if holder is None:
        raise jobs.RetryLater("nectar.busy", min(BUSY * 2 ** min(job.waits, 8), LONGEST_BUSY))
    began, longest = time.monotonic(), lease_time().total_seconds() - settings.NECTAR_TIMEOUT_SECONDS

    def before() -> None:
        # After its time the slot is another job's: no call of this one may still be on its way then.
        if time.monotonic() - began > longest:
            raise ChannelError("down", "the job took too long")

    try:
        with NectarChannel(
            base_url=settings.NECTAR_URL,
            api_key=settings.NECTAR_API_KEY,
            timeout=settings.NECTAR_TIMEOUT_SECONDS,
            paths=settings.NECTAR_PATHS,
            before=before,
        ) as channel:
            yield channel
    except ChannelError as error:
        if error.kind == "down":
            raise jobs.RetryLater("channel.down", _pause(job, error.retry_after)) from None
        trouble(error.code)
        raise
    except Unchecked:
        outbound.unchecked("nectar_call")
        raise jobs.RetryLater("gate.unchecked", _pause(job, None)) from None
    except TransportError as error:
        trouble(getattr(error, "code", "channel.down"))
        raise
    finally:
        slots.give(holder)


def _pause(job: jobs.JobView, asked: int | None) -> timedelta:
    """Give how long Nectar wants to be left alone; where it does not say, longer each time."""
    if asked is not None:
        return timedelta(seconds=max(asked, 1))
    longer: timedelta = AGAIN * 2 ** min(job.waits, 8)
    return min(longer, LONGEST)
