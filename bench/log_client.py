"""One client of `./run bench log`: changes rows under the case that the environment names, when it is told to.

Orders come as JSON lines on standard input; each is answered by one JSON line.
"""

import json
import os
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

CASE = os.environ["BENCH_CASE"]
ROWS = 200
if CASE == "ours":
    from broker.audit import log
    from broker.db import installation
    from broker.parties.models import Organisation
    from broker.terms import Actor

    STAFF = Actor("s", uuid.UUID(int=7), role="staff")
else:
    from bench.peers.models import Organisation  # type: ignore[assignment]


def make_tables() -> None:
    """Make the tables of a peer; ours come with the migrated database."""
    if CASE == "ours":
        installation.declare("rehearsal")
        return
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("peers").get_models():
            editor.create_model(model)
    if CASE == "pghistory":
        call_command("pgtrigger", "install", verbosity=0)


class Client:
    """The rows of one client, and the number of the next change."""

    def __init__(self) -> None:
        self._next = 0
        name = uuid.uuid4().hex
        self._rows = [self._row(f"{name}-{number}") for number in range(ROWS)]
        with transaction.atomic():
            for row in self._rows:
                self._log(row, "parties.created", {"organisation": row.id})
                row.save(force_insert=True)
        self.batch(ROWS)  # a subject's first event of a kind makes a data key: that is not what is measured

    def _row(self, slug: str) -> Any:
        return Organisation(
            id=uuid.uuid4(),
            slug=slug,
            legal_name="Example Energy Advice LLC",
            address="12 Main Street, Cleveland, OH 44101",
            contact_email="desk@advice.example",
            phone="216-555-0100",
            about="before",
            created_at=datetime.now(UTC),
        )

    def _log(self, row: Any, act: str, body: dict[str, object]) -> None:
        if CASE == "ours":
            ref = log.append(act, actor=STAFF, subject=row.id, body=body, obj="organisation")
            row.audit_event_id = ref.id

    def change(self) -> None:
        """Change one row in a transaction of its own, with what the case writes about it."""
        with transaction.atomic():
            self.change_inside()

    def change_inside(self) -> None:
        """The same inside the caller's transaction."""
        row = self._rows[self._next % ROWS]
        self._next += 1
        old, row.about = row.about, f"advice on tariffs, text number {self._next}"
        self._log(row, "parties.changed", {"organisation": row.id, "about": {"old": old, "new": row.about}})
        row.save()

    def commit(self, times: int) -> dict[str, float]:
        """Median seconds of a change that is committed alone."""
        spent = []
        for _ in range(times):
            start = time.perf_counter()
            self.change()
            spent.append(time.perf_counter() - start)
        return {"seconds": median(spent)}

    def batch(self, times: int) -> dict[str, float]:
        """Mean seconds of a change among `times` in one transaction."""
        start = time.perf_counter()
        with transaction.atomic():
            for _ in range(times):
                self.change_inside()
        return {"seconds": (time.perf_counter() - start) / times}

    def run(self, seconds: float) -> dict[str, float]:
        """Change rows as fast as may be; give how many, and the slowest per cent."""
        spent = []
        end = time.perf_counter() + seconds
        while (start := time.perf_counter()) < end:
            self.change()
            spent.append(time.perf_counter() - start)
        return {"changes": len(spent), "p99": sorted(spent)[len(spent) * 99 // 100]}

    def paced(self, rate: float, seconds: float, together: int) -> dict[str, float]:
        """Change rows at this rate a second, so many in one transaction, catching up where one was late."""
        begin = time.perf_counter()
        turns = int(rate * seconds / together)
        for number in range(turns):
            due = begin + number * together / rate
            if (wait := due - time.perf_counter()) > 0:
                time.sleep(wait)
            with transaction.atomic():
                for _ in range(together):
                    self.change_inside()
        return {"changes": turns * together, "seconds": time.perf_counter() - begin}


def main() -> None:
    """Serve orders until standard input ends."""
    if os.environ.get("BENCH_MAKE"):
        make_tables()
    client = Client()
    orders: dict[str, Callable[..., dict[str, float]]] = {
        "commit": client.commit,
        "batch": client.batch,
        "run": client.run,
        "paced": client.paced,
    }
    print(json.dumps({"ready": connection.vendor}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(orders[order.pop("do")](**order)), flush=True)
    if CASE == "ours":
        log.close_lanes()


if __name__ == "__main__":
    main()
