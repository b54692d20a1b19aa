"""Sixteen clients over real HTTP, and somebody who kills: a web process, a worker, the signer, the database."""

import os
import random
import re
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx

from tests.faults.history.judging import ASK, GRANT, LINK, READ, STOP, Call, after_stops
from tests.faults.history.standing import Installation

CLIENTS, PATIENCE = 16, 20.0
WAYS = ("key", "link", "page")  # by which a file is read: an application's key, an open link, a page of an analyst's
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
ASKED = {"accounts": ["40900017"], "data_types": ["usage_daily"], "from": "2025-10-01", "to": "2025-11-01",
         "purpose": "rate_comparison", "channel": "customer_upload"}  # fmt: skip
WANTED = {"purpose": "rate_comparison", "data_types": ["bill", "usage_daily"], "history_from": "2025-01-01",
          "history_to": "2026-01-01", "months": 6}  # fmt: skip
DOWN, LEFT = 5.0, 2.0  # seconds for which the database is away at most, and a server's processes without it
GRANTS = 48  # a recipient asks for so many consents an hour and no more than 60


class Play:
    """The clients, what they saw, and the killer, until the time is over."""

    patience = PATIENCE  # seconds for which a client waits for an answer

    def __init__(self, place: Installation, seed: int, *, every: float) -> None:
        self.place, self.chance, self.every = place, random.Random(seed), every
        self.calls: list[Call] = []
        self.killed: Counter[str] = Counter()
        self.grants = GRANTS
        self._over, self._lock = threading.Event(), threading.Lock()
        self._fresh = list(place.made["consents"])
        self._stopped: list[dict[str, str]] = []
        self.granted: list[str] = []  # consents whose grant was answered
        self.filed: dict[str, dict[str, str]] = {}  # those of them that have a file by now

    def run(self, seconds: float, kills: int) -> None:
        """Play until the time is over, so many were killed, and a read after a stop was answered; let all calls end."""
        clients = [threading.Thread(target=self._client, args=(number,)) for number in range(CLIENTS)]
        clients.append(threading.Thread(target=self._file))
        for each in clients:
            each.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end or self.killed.total() < kills or not self._has_judged():
            time.sleep(self.every * self.chance.uniform(0.5, 1.5))
            self._kill()
            self.place.revive()
        self._over.set()
        for each in clients:
            each.join()
        self.place.wait()

    def _has_judged(self) -> bool:
        with self._lock:
            return bool(after_stops(self.calls))

    def _file(self) -> None:
        """Be whoever files: what was granted in play and is in force gets a file, and is read and stopped from then."""
        while not self._over.wait(1):
            with self._lock:
                wanted = [each for each in self.granted if each not in self.filed and self.place.session]
            found = self.place.filed(wanted) if wanted else {}
            with self._lock:
                self.filed |= found
                self._fresh[:0] = found.values()

    # --- clients

    def _client(self, number: int) -> None:
        chance = random.Random(f"{number}-{self.chance.random()}")
        with httpx.Client(base_url=self.place.address, trust_env=False, timeout=self.patience) as http:
            http.headers["Authorization"] = f"Bearer {self.place.made['key']}"
            while not self._over.is_set():
                what = chance.random()
                if what < 0.06:
                    self._stop(http, chance)
                elif what < 0.14:
                    self._ask(http)
                elif what < 0.17 and self._may_grant():
                    self._grant(http)
                else:
                    self._read(http, chance)

    def _call(
        self, kind: str, about: str, send: Callable[[], httpx.Response], name: str = "", way: str = ""
    ) -> httpx.Response | None:
        begun = time.monotonic()
        try:
            answer = send()
        except httpx.HTTPError:
            self._note(Call(kind, about, begun, way=way))
            time.sleep(0.1)  # nobody is there: as a client does
            return None
        ended = time.monotonic()
        id_ = str(answer.json().get(name, "")) if name and answer.status_code < 300 else ""
        self._note(Call(kind, about, begun, ended, answer.status_code, id_, way))
        if answer.status_code >= 500:
            time.sleep(0.1)
        return answer

    def _note(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)

    def _read(self, http: httpx.Client, chance: random.Random) -> None:
        with self._lock:
            # Of those that were stopped the newest: a stale answer would be found there.
            pool = self._stopped[-3:] if self._stopped and chance.random() < 0.5 else self._fresh[:6]
            one = chance.choice(pool) if pool else None
        if one is None:
            return
        way = chance.choice(WAYS if self.place.session else WAYS[:2])
        if way == "link":
            self._open(http, one)
        elif way == "page":
            page = one["path"].replace("/api/v1/data-requests/", "/recipient/requests/") + "/"
            signed_in = {"Cookie": f"sessionid={self.place.session}"}
            with httpx.Client(base_url=self.place.address, trust_env=False, timeout=PATIENCE, headers=signed_in) as her:
                self._call(READ, one["stop"], lambda: her.get(page), way=way)
        else:
            self._call(READ, one["stop"], lambda: http.get(one["path"]), way=way)

    def _open(self, http: httpx.Client, one: dict[str, str]) -> None:
        """Read by the link that is there, from before a stop perhaps; where there is none, have one made."""
        if "link" not in one:
            made = self._call(LINK, one["stop"], lambda: http.post(f"{one['path']}/link"))
            if made is None or made.status_code >= 300:
                return
            one["link"] = str(made.json()["link"])
        self._call(READ, one["stop"], lambda: http.get(one["link"]), way="link")

    def _stop(self, http: httpx.Client, chance: random.Random) -> None:
        """Take a consent that is in force, and press the button until somebody answers."""
        with self._lock:
            if len(self._fresh) < 2:
                return
            one = self._fresh.pop(chance.randrange(min(6, len(self._fresh))))
            self._stopped.append(one)
        with httpx.Client(base_url=self.place.address, trust_env=False, timeout=self.patience) as browser:
            for _ in range(40):
                if self._press(browser, one["stop"]):
                    return
                time.sleep(0.2)

    def _press(self, browser: httpx.Client, page: str) -> bool:
        with suppress(httpx.HTTPError):
            token = TOKEN.search(browser.get(page).text)
            if token is None:
                return False  # it is stopped already, or nobody is there
            form = {"csrfmiddlewaretoken": token[1]}
            referer = {"Referer": f"{self.place.address}/"}
            answer = self._call(STOP, page, lambda: browser.post(page, data=form, headers=referer))
            return answer is not None and answer.status_code == 302
        return False

    def _ask(self, http: httpx.Client) -> None:
        """Ask under one key until somebody answers, and then once more."""
        key = uuid.uuid4().hex
        headers = {"Idempotency-Key": key}

        def send() -> httpx.Response:
            return http.post("/api/v1/data-requests", json=ASKED, headers=headers)

        for _ in range(20):
            answer = self._call(ASK, key, send, "id")
            if answer is not None and answer.status_code < 500:
                self._call(ASK, key, send, "id")
                return

    def _may_grant(self) -> bool:
        with self._lock:
            self.grants -= 1
            return self.grants >= 0

    def _grant(self, http: httpx.Client) -> None:
        """Ask for a consent until the ask is there, and have it granted until somebody answers."""
        key = {"Idempotency-Key": uuid.uuid4().hex}
        for _ in range(20):
            with suppress(httpx.HTTPError):
                asked = http.post("/api/v1/consent-asks", json=WANTED, headers=key)
                if asked.status_code < 300:
                    break
            time.sleep(0.2)
        else:
            return
        ask = str(asked.json()["id"])
        path = f"/api/v1/test/consent-asks/{ask}/grant"
        for _ in range(20):
            answer = self._call(GRANT, ask, lambda: http.post(path), "consent")
            if answer is not None and answer.status_code < 500:
                if answer.status_code == 200:
                    with self._lock:
                        self.granted.append(str(answer.json()["consent"]))
                return

    # --- the killer

    def _kill(self) -> None:
        what = self.chance.choices(
            ["web process", "web server", "worker", "worker's process", "integrator", "signer",
             "database process", "database server"],
            [6, 1, 1, 2, 2, 2, 2, 1],
        )[0]  # fmt: skip
        if self._killed(what):
            self.killed[what] += 1

    def _killed(self, what: str) -> bool:
        if what == "database server":
            self.place.server.crash()
            time.sleep(self.chance.uniform(0.0, DOWN))
            self.place.server.start()
            return True
        if what == "database process":
            return self._dies(self.place.server.backends())
        name = {"web process": "web", "web server": "web", "worker's process": "worker"}.get(what, what)
        if what in ("web process", "worker's process"):
            return self._dies(self.place.children(name))
        died = self._dies([self.place.running[name].pid], name)
        if name == "web" and died:
            time.sleep(self.chance.uniform(0.0, LEFT))
        return died

    def _dies(self, pids: list[int], name: str = "") -> bool:
        if not pids:
            return False
        pid = self.chance.choice(pids)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        if name:
            self.place.running[name].wait()
        return True


def asked_for(consent: str) -> str:
    """Give the Idempotency-Key under which data was asked for of a consent that was granted in play."""
    return f"granted in play: {consent}"


def figures(calls: list[Call]) -> dict[str, Any]:
    """Count what was answered, by kind."""
    answers = Counter(f"{each.kind} {each.status if each.ended is not None else 'no answer'}" for each in calls)
    return dict(sorted(answers.items()))
