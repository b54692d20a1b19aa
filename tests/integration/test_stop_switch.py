"""Running reads over the real server, and one press: what was read after it is counted by the log's own events."""

import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from django.utils import timezone

from broker.audit import entry, store
from broker.duties import bars
from broker.parties.models import Role
from tests.duties_world import person
from tests.integration.test_release import delivered, path_of
from tests.recipients_world import analyst, browser_of
from tests.requests_world import coop, world
from tests.served import web

READERS = 6
BOUND = timedelta(seconds=5)  # G14


class Reading(threading.Thread):
    """Reads on and on by one way until told to end, and keeps what came of each and when it began."""

    def __init__(self, address: str, path: str, how: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.address, self.path, self.how = address, path, how
        self.came: list[tuple[float, int]] = []
        self.over = threading.Event()

    def run(self) -> None:
        with httpx.Client(base_url=self.address, timeout=600, trust_env=False, **self.how) as http:
            while not self.over.is_set():
                begun = time.monotonic()
                self.came.append((begun, http.get(self.path).status_code))


def test_running_reads_end_within_the_bound_and_none_begins_after_the_press(
    committing: str, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path / "coop", settings):
        w = world()
        manual = delivered(w)
        key = {"headers": {"Authorization": f"Bearer {w.key}"}}
        link = w.call("post", f"{path_of(manual)}/link").json()["link"]
        page = browser_of(analyst(w.organisation)).cookies["sessionid"].value
        signed_in = {"cookies": {"sessionid": page}}
        request = f"/api/v1/data-requests/{manual.request_id}"
        ways = [
            (f"{request}/readings", key), (f"/api/v1/{path_of(manual)}", key), (link, key),
            (f"/recipient/requests/{manual.request_id}/data/", signed_in),
        ]  # fmt: skip
        with web(tmp_path, API_CALLS_PER_MINUTE="1000000", BROKER_DATA_DIR=str(settings.DATA_DIR)) as address:
            readers = [Reading(address, *ways[n % len(ways)]) for n in range(READERS)]
            for each in readers:
                each.start()
            _wait(lambda: all(any(status == 200 for _, status in each.came) for each in readers))
            bars.stop(person("Sam Staff", Role.STAFF), "Look first.", now=timezone.now())
            pressed, counted = time.monotonic(), [len(each.came) for each in readers]
            _wait(lambda: all(len(each.came) > n + 2 for each, n in zip(readers, counted, strict=True)))
            for each in readers:
                each.over.set()
            for each in readers:
                each.join()
    for each in readers:
        assert {status for begun, status in each.came if begun > pressed} == {503}, each.path
        assert 200 in {status for begun, status in each.came if begun <= pressed}
    stopped, last = _instants("duties.stopped")[-1], max(_instants("data.read"))
    took = timedelta(microseconds=last - stopped)
    sys.stdout.write(f"the last read was written {took.total_seconds():.3f} s after the press\n")
    assert took <= BOUND


def _wait(done: Any) -> None:
    end = time.monotonic() + 300
    while not done():
        assert time.monotonic() < end, "the server answered nobody"
        time.sleep(0.02)


def _instants(act: str) -> list[int]:
    heads = [entry.parse_header(header) for (header,) in store.rows("SELECT header FROM audit_event ORDER BY id")]
    return [head.ts for head in heads if head.act == act]
