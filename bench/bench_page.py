"""What a page of the site costs, and beside it a read of data and a stop: processor time, and time to the answer.

The product's own web server with two processes and PostgreSQL with full durability, over real HTTP, one caller. The
processor time is that of the web server's processes and of the database's, so what else runs on the machine hardly
changes it; the time to the answer it does. The log's integrator and signer have done their work before.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import httpx

from bench import log_world
from bench.bench_revoke import TOKEN, serving
from bench.measure import Figure, Result, processor_seconds

CALLS, WARM, STOPS = 40, 8, 24
READS = 40  # of the member's data, before her pages are asked for: what the page of who saw it has to show
PAGES = {
    "the member's page": ("member", "/my/", "My sharing"),
    "who saw her data": ("member", "/my/access/", "Who saw my data"),
    "the console, the log": ("officer", "/console/log/", "The log"),
    "the records desk": ("staff", "/admin/", "Worklist"),
    "the co-op's page": ("co-op", "/desk/requests/", "Our open requests"),
}


def run(*, calls: int = CALLS, stops: int = STOPS) -> Result:
    """Measure so many calls of each page and of a read, and so many stops."""
    result = Result("The cost of a page, a read and a stop")
    with log_world.world() as world:
        urls = world.database("postgresql", ours=True)
        data = world.folder / "page"
        with world.signing(urls, data):
            argv = ["-m", "bench.page_world", str(stops + 1)]
            making = world.python(argv, url=urls["app"], data=data, REQUEST_GATHER_MINUTES="0")
            found: dict[str, Any] = making.answer()
            making.finish()
            with serving(world, urls["app"], data) as (address, _pid):
                _read_often(address, found)
        limits = {"API_CALLS_PER_MINUTE": "1000000"}
        with serving(world, urls["app"], data, **limits) as (address, pid):
            result.figures = _figures(address, found, Work(pid), calls)
    return result


class Work:
    """The processor time of the web server's processes and of the database's."""

    def __init__(self, web: int) -> None:
        from tests import cluster

        self._places = (web, int((cluster.DATA / "postmaster.pid").read_text().split()[0]))

    def of(self, calls: list[Callable[[], object]]) -> tuple[float, float, list[float]]:
        """Make these calls; give milliseconds of the web server and the database for each, and how long each took."""
        took, before = [], self._now()
        for each in calls:
            begun = time.perf_counter()
            each()
            took.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.1)  # what is done after an answer belongs to it
        web, database = ((now - was) * 1000 / len(calls) for now, was in zip(self._now(), before, strict=True))
        return web, database, took

    def _now(self) -> list[float]:
        return [processor_seconds(each) for each in self._places]


def _read_often(address: str, found: dict[str, Any]) -> None:
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        for place in range(READS):
            _read(client, found, found["consents"][place % len(found["consents"])]["path"])


def _figures(address: str, found: dict[str, Any], work: Work, calls: int) -> list[Figure]:
    figures: list[Figure] = []
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        for name, (who, path, words) in PAGES.items():
            look = _looking(address, found["cookies"][who], path, words)
            figures += _of(name, work, [look] * WARM, [look] * calls)
        last = found["consents"][-1]["path"]
        read = lambda: _read(client, found, last)  # noqa: E731
        figures += _of("a read of data", work, [read] * WARM, [read] * calls)
        stops = [_stopping(client, address, each["stop"]) for each in found["consents"][:-1]]
        figures += _of("a stop", work, stops[:2], stops[2:])
    return figures


def _of(name: str, work: Work, first: list[Callable[[], object]], calls: list[Callable[[], object]]) -> list[Figure]:
    for each in first:
        each()
    web, database, took = work.of(calls)
    return [
        Figure(f"{name}: processor time", web + database, "ms"),
        Figure(f"{name}: of it the web server", web, "ms"),
        Figure(f"{name}: of it PostgreSQL", database, "ms"),
        Figure(f"{name}: to the answer, median of {len(calls)}", statistics.median(took), "ms"),
    ]


def _looking(address: str, cookies: dict[str, str], path: str, words: str) -> Callable[[], None]:
    browser = httpx.Client(base_url=address, cookies=cookies, trust_env=False, timeout=60)

    def look() -> None:
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("location"))
        assert words in answer.text, (path, "another page came")

    return look


def _read(client: httpx.Client, found: dict[str, Any], path: str) -> None:
    answer = client.get(path, headers={"Authorization": f"Bearer {found['key']}"})
    assert answer.status_code == 200, answer.text[:300]


def _stopping(client: httpx.Client, address: str, path: str) -> Callable[[], None]:
    """Open the page of a stop, and give the click on its button."""
    token = TOKEN.search(client.get(path).text)
    assert token, path

    def stop() -> None:
        answer = client.post(path, data={"csrfmiddlewaretoken": token[1]}, headers={"Referer": address + "/"})
        assert answer.status_code == 302, answer.status_code

    return stop
