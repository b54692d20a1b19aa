"""What `./run bench upload` works on: a member's permission, her session, and the import of a year by the hour.

Argument: how many times a year is imported. Prints one line of JSON.
"""

import json
import statistics
import sys
import time
from datetime import date

import django

django.setup()

from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.upload_files import hourly_year  # noqa: E402
from broker import sandbox  # noqa: E402
from broker.audit import log  # noqa: E402
from broker.db import installation  # noqa: E402
from broker.terms import Actor  # noqa: E402
from consents.session import CUSTOMER  # noqa: E402
from requests_app.models import ReceivedFile  # noqa: E402
from requests_app.share import receive_share  # noqa: E402
from tests.requests_world import World, world  # noqa: E402


def session(w: World) -> dict[str, str]:
    """Give where she hands files over, and the cookie by which she is signed in."""
    kept = SessionStore()
    kept[CUSTOMER] = str(w.customer.id)
    kept.save()
    return {"path": f"/my/{w.consent.id}/file/", "session": str(kept.session_key)}


def imports(w: World, times: int) -> dict[str, float]:
    """Import a year by the hour so often, and give the median seconds: gate, scan, sandbox, reading, sealing, event."""
    data, rows = hourly_year()
    sandbox.isolation()  # the child stands, as in a process that serves
    spent = []
    for number in range(times):
        # Another file each time, with the same readings: the later ones are compared by a job, not here.
        each = data.replace(b"0.800", f"0.{801 + number}".encode(), 1)
        begun = time.perf_counter()
        file = _taken(w, each)
        spent.append(time.perf_counter() - begun)
        assert file.series.get().count == rows
    return {"seconds": statistics.median(spent), "rows": rows}


def _taken(w: World, data: bytes) -> ReceivedFile:
    me, now = Actor("c", w.customer.id), timezone.now()
    file = receive_share(w.consent, w.account, "year.csv", data, to_nectar=False, actor=me, now=now)
    assert isinstance(file, ReceivedFile), file
    return file


def main() -> None:
    """Make the world, import, and give what the preview needs."""
    installation.declare("rehearsal")
    kinds, history = ["bill", "usage_hourly"], {"history_from": date(2024, 1, 1), "history_to": date(2026, 7, 1)}
    w = world(onward_recipients=[], data_types=kinds, assurance="L3", **history)
    print(json.dumps({**imports(w, int(sys.argv[1])), **session(w)}))
    log.close_lanes()


if __name__ == "__main__":
    main()
