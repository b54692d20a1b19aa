"""Asks the site for one cell, and says in a word what came of it."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from django.test import Client, override_settings

from broker.audit import entry, store
from consents import report_views
from tests import harness
from tests.authz.named import Shared
from tests.authz.paths import Place
from tests.clock import travel

SIGN_IN = {"/login/", "/my/sign-in/", "/admin/login/"}
BEGINNINGS = {"/v/", "/desk/", "/join/"}  # where whoever has no code yet begins
BODIES: dict[str, Any] = {  # what the API is sent, so that it comes as far as the object
    "api-deletion": {"name": "Dana Records"},
    "api-hook-rotate": {"at_once": False},
    "api-test-request-clock": {"business_days": 1},
}
SETTINGS: dict[str, Any] = {
    "API_WRONG_KEYS_PER_HOUR": 1_000_000,
    "ALLOWED_HOSTS": ["testserver", "127.0.0.1"],
    "OPERATOR_ADDRESS": "9 Test Road, Example, MO 00000",
    "OPERATOR_PHONE": "555-0101",
}
STATE = {400, 406, 409, 410, 411, 413, 415, 422, 428, 429}
FLOWS = (
    ("share", ("share", "paper")), ("object", ("object",)), ("join", ("join",)), ("holder", ("joint",)),
    ("letter", ("verify",)), ("desk", ("desk",)), ("my", ("my-code",)),
)  # fmt: skip


class Asker:
    """Sends cells to the site; whatever one changed is taken back before the next."""

    def __init__(self, shared: Shared, engine: str) -> None:
        self.shared, self.engine, self._clones = shared, engine, harness.CLONES[engine]
        places = {name: Path(value) for name, value in shared.settings.items()}
        self._changes = ExitStack()
        self._changes.enter_context(override_settings(**places, **SETTINGS))
        self._changes.enter_context(patch.object(report_views, "PATIENCE", 0.0))
        self._config: harness.Config | None = None
        self._client = Client(raise_request_exception=False)
        self.body = b""
        self.acts: set[str] = set()  # what was written down of the last cell
        self.restore()
        # A link is open for five minutes; on a busy machine the cells take longer.
        self._changes.enter_context(travel(datetime.fromisoformat(shared.at)))

    def restore(self) -> None:
        """Work on a fresh copy of the world."""
        old, self._config = self._config, self._clones.make(self.shared.database)
        harness.switch(self._config)
        if old is not None:
            self._clones.drop(old)

    def end(self) -> None:
        """Leave the last copy."""
        harness.switch(harness.base())
        assert self._config is not None
        self._clones.drop(self._config)
        self._changes.close()

    def ask(self, place: Place, method: str, actor: str, path: str = "") -> str:
        """Ask as this actor, and give the word for what came."""
        self._client.cookies = SimpleCookie(self.shared.cookies.get(self.browser(place, actor), {}))
        before, path = _newest(), path or place.path(self.objects(actor))
        answer = self._send(place, method, path, self.shared.keys.get(actor, ""))
        self.body = b"" if answer.streaming else bytes(answer.content)
        heads = _heads(before)
        found = word(answer, {head.res for head in heads}, path)
        self.acts = {head.act for head in heads}
        if method != "GET" and (answer.status_code < 400 or found == "state"):
            self.restore()
        return found

    def say(self, place: Place, body: object, actor: str) -> tuple[int, str]:
        """Post this body to an address of the API, and give status and answer."""
        self._client.cookies = SimpleCookie()
        headers = {"Authorization": f"Bearer {self.shared.keys[actor]}", "Idempotency-Key": "cell"}
        kind = "application/json"
        answer: Any = self._client.post(place.path(self.shared.own), body, content_type=kind, headers=headers)
        found = answer.status_code, answer.content.decode()
        self.restore()
        return found

    def submit(self, place: Place, form: dict[str, Any], actor: str) -> tuple[int, str]:
        """Send this form to a page as this actor, and give status and page."""
        self._client.cookies = SimpleCookie(self.shared.cookies.get(self.browser(place, actor), {}))
        before = _newest()
        answer: Any = self._client.post(place.path(self.objects(actor)), form)
        found = answer.status_code, answer.content.decode(errors="replace") + answer.headers.get("Location", "")
        self.acts = {head.act for head in _heads(before)}
        self.restore()
        return found

    def _send(self, place: Place, method: str, path: str, key: str) -> Any:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if method == "GET":
            return self._client.get(path, headers=headers)
        if not place.pattern.startswith("api/"):
            return self._client.generic(method, path, headers=headers) if method != "POST" else self._client.post(path)
        said = json.dumps(BODIES[place.name]) if place.name in BODIES else ""
        headers["Idempotency-Key"] = "cell"
        return self._client.generic(method, path, said, content_type="application/json", headers=headers)

    def objects(self, actor: str) -> Mapping[str, str]:
        """Give what the addresses of this actor name: hers, but for a recipient whose permission ended its own."""
        own = self.shared.own
        return {**own, **self.shared.ended} if actor in ("ended", "ended-key") else own

    def browser(self, place: Place, actor: str) -> str:
        """Name the cookies with which this actor comes to an address: its own, or those of a flow that it is in."""
        if actor == "own":
            for flow, begins in FLOWS:
                if place.name.startswith(begins):
                    return f"flow {flow}"
        return actor


def word(answer: Any, written: set[str], path: str) -> str:
    """Say what came: shown, led to a sign-in, refused, as if nothing were there (and written down, or not).

    Whoever is led to a sign-in after something was done was let in: the entry of the act tells the two apart.
    """
    status, denied = answer.status_code, "denied" in written
    to = urlsplit(answer["Location"]).path if status in (301, 302) else ""
    if to in SIGN_IN:
        return "away" if denied else "ok" if "ok" in written else "login"
    if status < 400:
        return "start" if to in BEGINNINGS and to != path else "ok"
    if status == 404:
        return "404" if denied else "none"
    return "state" if status in STATE else str(status)


def _newest() -> int:
    return int(store.rows("SELECT max(id) FROM audit_event")[0][0])


def _heads(since: int) -> list[entry.Header]:
    rows = store.rows("SELECT header FROM audit_event WHERE id > %s", [since])
    return [entry.parse_header(header) for (header,) in rows]
