"""A customer hands files over: a set of 24 bills previewed, and a year by the hour imported.

The preview over real HTTP with the product's own web server and PostgreSQL with full durability: from the sending of
the form until the page of the preview is there. `one form` is the way without a script; `one by one` is what the script
does, three files at a time, where each has its own answer. The import is one process: gate, scan, sandbox, reading,
sealing, event.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from bench import log_world
from bench.bench_revoke import web
from bench.measure import Figure, Result
from bench.upload_files import bills

ROUNDS, IMPORTS = 5, 7
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def run() -> Result:
    """Measure on both engines."""
    result = Result("Files of a customer: 24 bills previewed, a year by the hour imported")
    with log_world.world() as world:
        for engine in ("postgresql", "sqlite"):
            result.figures += _measure(world, engine)
    return result


def _measure(world: log_world.World, engine: str) -> list[Figure]:
    urls = world.database(engine, ours=True)
    data = world.folder / f"upload-{engine}"
    world.python(["manage.py", "make_log_key"], url=urls["app"], data=data).finish()
    making = world.python(["-m", "bench.upload_world", str(IMPORTS)], url=urls["app"], data=data)
    found = making.answer()
    making.finish()
    with web(world, urls["app"], data) as address:
        plain, scripted = _play(address, found)
    seconds, rows = found["seconds"], found["rows"]
    return [
        Figure(f"{engine}: 24 bills previewed, one form, slowest of {ROUNDS}", max(plain), "s", at_most=5),
        Figure(f"{engine}: 24 bills previewed, one by one, slowest of {ROUNDS}", max(scripted), "s", at_most=5),
        Figure(f"{engine}: {rows:.0f} rows imported, median of {IMPORTS}", seconds, "s", at_most=1),
    ]


def _play(address: str, known: dict[str, Any]) -> tuple[list[float], list[float]]:
    cookies = {"sessionid": known["session"]}
    with httpx.Client(base_url=address, trust_env=False, timeout=120, cookies=cookies) as browser:
        _preview(browser, known["path"], scripted=False)  # the children of the web server stand
        plain = [_preview(browser, known["path"], scripted=False) for _ in range(ROUNDS)]
        return plain, [_preview(browser, known["path"], scripted=True) for _ in range(ROUNDS)]


def _preview(browser: httpx.Client, path: str, *, scripted: bool) -> float:
    page = browser.get(path)
    token = TOKEN.search(page.text)
    assert token is not None, (page.status_code, page.headers)
    fields = {"csrfmiddlewaretoken": token[1]}
    headers = {"Referer": str(browser.base_url)}
    given = [("file", (name, data, "application/pdf")) for name, data in bills()]
    begun = time.perf_counter()
    if scripted:
        headers["X-Requested-With"] = "upload"
        answer = browser.post(path, data=fields, files=given[:1], headers=headers).json()
        fields["draft"] = answer["draft"]
        with ThreadPoolExecutor(3) as lanes:  # as many as the script has on their way
            list(lanes.map(lambda each: browser.post(path, data=fields, files=[each], headers=headers), given[1:]))
        page = browser.get(answer["page"])
    else:
        page = browser.post(path, data=fields, files=given, headers=headers, follow_redirects=True)
    spent = time.perf_counter() - begun
    assert page.text.count("looked__file ") == len(given), page.status_code
    assert "looked__file--no" not in page.text
    return spent
