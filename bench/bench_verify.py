"""The public page of a letter over real HTTP: what one page takes on the server, from the request to the last byte.

The product's own web server; one client, one page after the other, on each engine. The page of a letter opens sealed
fields under an entry of the log that is committed first, with full durability.
"""

import re
import statistics
import time

import httpx

from bench import log_world
from bench.bench_revoke import web
from bench.measure import Figure, Result

PAGES, WARM, GOAL = 200, 20, 30.0
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def run() -> Result:
    """Measure on both engines."""
    result = Result("The public page of a letter")
    with log_world.world() as world:
        for engine in ("postgresql", "sqlite"):
            result.figures += _measure(world, engine)
    return result


def _measure(world: log_world.World, engine: str) -> list[Figure]:
    urls, data = world.database(engine, ours=True), world.folder / f"verify-{engine}"
    roots = data / "roots"
    world.python(["manage.py", "make_log_key"], url=urls["app"], data=data).finish()
    settings = {"SEAL_ROOT_FILE": str(roots / "root"), "TIMESTAMP_ROOT_FILE": str(roots / "tsa")}
    making = world.python(["-m", "bench.verify_world", str(roots)], url=urls["app"], data=data, **settings)
    found = making.answer()
    making.finish()
    with web(world, urls["app"], data, **settings) as address:
        return _figures(engine, address, found)


def _figures(engine: str, address: str, found: dict[str, str]) -> list[Figure]:
    with httpx.Client(base_url=address, trust_env=False, timeout=60, follow_redirects=True) as clerk:
        asked = f"/v/{found['code']}"
        token = TOKEN.search(clerk.get(asked).text)
        assert token
        page = clerk.post("/v/", data={**found, "csrfmiddlewaretoken": token[1]}, headers={"Referer": f"{address}/v/"})
        assert "ACTIVE until" in page.text, page.text
        times = {path: _times(clerk, path) for path in (asked, "/v/letter/")}
        size = len(page.content)
    return [
        Figure(f"{engine}: asks for the digits, median", statistics.median(times[asked]), "ms", GOAL),
        Figure(f"{engine}: state and contents, median", statistics.median(times["/v/letter/"]), "ms", GOAL),
        Figure(f"{engine}: state and contents, 95th of 100", statistics.quantiles(times["/v/letter/"], n=20)[-1], "ms"),
        Figure(f"{engine}: the page, uncompressed", size, "bytes", 100_000),
    ]


def _times(clerk: httpx.Client, path: str) -> list[float]:
    spent = []
    for _ in range(PAGES + WARM):
        begun = time.perf_counter()
        assert clerk.get(path).status_code == 200
        spent.append((time.perf_counter() - begun) * 1000)
    return spent[WARM:]
