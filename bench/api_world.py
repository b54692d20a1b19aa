"""What `./run bench api` works on: a member who shares a year of hours, printed as JSON; run as a program.

It runs under the settings and the database of the environment, and says how long the year took to import.
"""

import json
import time
import uuid
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import django

django.setup()

from django.utils import timezone  # noqa: E402

from broker.audit import log  # noqa: E402
from broker.db import installation  # noqa: E402
from broker.rehearsal import paper  # noqa: E402
from broker.terms import Actor  # noqa: E402
from requests_app import importing, pull  # noqa: E402
from requests_app.models import ReadingSeries, ReceivedFile  # noqa: E402
from requests_app.share import receive_share  # noqa: E402
from tests.requests_world import ACCOUNT, World, world  # noqa: E402

FIRST, HOURS = date(2025, 1, 1), 8760
ZONE = ZoneInfo("America/Chicago")


def year_of_hours() -> bytes:
    """Write a year of hours as the portal does: the clock on the wall, also where it is turned."""
    start = datetime.combine(FIRST, datetime.min.time(), ZONE).timestamp()
    lines = paper.usage_csv(account=ACCOUNT, first=FIRST, delivered=[]).rstrip().split("\n")
    for hour in range(HOURS):
        begins = datetime.fromtimestamp(start + hour * 3600, ZONE)
        ends = begins.replace(tzinfo=None) + timedelta(hours=1)  # the spring hour is folded into its neighbour
        nearest = datetime.fromtimestamp(start + (hour + 1) * 3600, ZONE).replace(tzinfo=None)
        ends = nearest if nearest > ends else ends
        lines.append(f" {begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M},{(hour * 37 % 5000) / 1000:.3f},,")
    return ("\n".join(lines) + "\n ").encode()


def imported(w: World, data: bytes) -> dict[str, Any]:
    """Take the year in as a customer's file; give how long the reading of it took, and the whole."""
    importing.read(data, importing.CSV, zone=str(ZONE))  # the child process is there, as on a server that runs
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        importing.read(data, importing.CSV, zone=str(ZONE))
        times.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    me = Actor("c", w.customer.id)
    file = receive_share(w.consent, w.account, "hours.csv", data, to_nectar=False, actor=me, now=timezone.now())
    assert isinstance(file, ReceivedFile), file
    return {"read": sorted(times)[2], "whole": time.perf_counter() - begun}


def main() -> None:
    """Make it all."""
    installation.declare("rehearsal")
    made = world(
        data_types=["usage_hourly", "usage_daily"], assurance="L3", history_from=FIRST, history_to=date(2026, 1, 1)
    )
    times = imported(made, year_of_hours())
    days = {"from": FIRST.isoformat(), "to": "2026-01-01"}
    ask = made.ask(data_types=["usage_hourly"], channel="customer_upload", **days)
    asked = pull.pull(made.application, ask, idempotency_key=uuid.uuid4().hex, now=timezone.now())
    assert isinstance(asked, pull.Outcome), asked
    assert asked.decision.outcome == "route", asked.decision.codes
    count = ReadingSeries.objects.get().count
    print(json.dumps({"key": made.key, "request": str(asked.request.id), "ask": made.ask(), "count": count, **times}))
    log.close_lanes()


if __name__ == "__main__":
    main()
