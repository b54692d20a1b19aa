"""The API asked everything that its description allows and what it forbids, by two recipients who are peers.

Each has data of her own kind behind every address, so that every operation is reached with a good answer; half of the
calls go to what exists, a quarter to what somebody made up, and a quarter to what is the other's.

What is the other's is not there: before each call that the description shows, the other caller makes the very same,
whole and with each of its ids beside her own, and has 404; and no call with ids of the other, whatever else stands in
it, is answered well. Nothing behind an id is shared by the two.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation

from requests_app.api import schema
from tests.fuzz.fresh import Fresh

SERVER_TOO_SLOW, NOT_FOUND = 600, 404
# The tool's own mark of a call is six random letters and digits, and more than half of those look like a password.
MARK = {"X-Schemathesis-TestCaseId": "1"}
# All checks of the library are on, and each answer is judged by those that look at one call by itself: server errors,
# status, type, headers and shape of the answer, what is malformed and accepted, what is well formed and refused, a
# required header that is missing, the call again without its key and with a wrong one, methods that are not there.
# Three say nothing here: `use_after_free` wants a DELETE, and there is none; `ensure_resource_availability` and
# `object_level_authorization` want calls that follow from one another, which only the library's own runner makes. What
# the last of them is about is asked by `_good` and `_ask`, of every method and not of reads alone.
# A well-formed call may be refused for what no schema can say: a cursor that nobody gave out, days in the wrong order,
# a key that stood with another body, a link that is over. A key that is missing is a 400 of ours.
CONFIG = {
    "checks": {
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "400", "401", "403", "404", "409", "410", "415", "422", "429"]
        },
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "406", "414", "422", "428", "5xx"]
        },
        "missing_required_header": {"expected-statuses": ["400", "403", "404"]},
    }
}


@dataclass(frozen=True)
class Caller:
    """A recipient: its key, and what stands in addresses of its own, by operation where one needs another."""

    key: str
    ids: dict[str, str]
    of_bills: dict[str, str]
    of_ended: dict[str, str]
    fresh: Fresh

    def for_operation(self, name: str, *, anew: bool = False) -> dict[str, str]:
        """Give what an operation needs in its address to have an answer; what it uses up is made anew."""
        if "Bills" in name:
            return {**self.ids, **self.of_bills}
        if name == "attestDeletion":
            return {**self.ids, **self.of_ended}
        return {**self.ids, **self.fresh.ids(name, anew=anew)}

    @property
    def headers(self) -> dict[str, str]:
        """Say who calls."""
        return {"Authorization": f"Bearer {self.key}"}


class Refused(Exception):
    """What a call of the test needs was not given: for which last part of an address, status and code."""


@dataclass
class Found:
    """What was asked and answered: by status, good answers by operation, and what was wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    foreign: Counter[str] = field(default_factory=Counter)  # calls with ids of the other, by operation
    good: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)  # of each wrong: how to send it again
    rounds: int = 0

    @property
    def requests(self) -> int:
        """How many calls were answered."""
        return sum(self.statuses.values())

    def take(self, name: str, status: int) -> None:
        """Count an answer."""
        self.statuses[status] += 1
        self.good[name] += 200 <= status < 300

    def refused(self, name: str, status: int, again: str, *, missing: bool = False) -> None:
        """Count the answer to a call with ids of the other: a good one is wrong, and all but 404 where `missing`."""
        self.statuses[status] += 1
        self.foreign[name] += 1
        if 200 <= status < 300 or (missing and status != NOT_FOUND):
            self.write(f"{name}: what is the other's at {status}", again)

    def write(self, kind: str, again: str) -> None:
        """Count something wrong and keep how the first of its kind is sent again."""
        self.wrong[kind] += 1
        self.first.setdefault(kind, again[:400])


def with_ids() -> list[str]:
    """Give the name of every operation whose address holds an id."""
    paths = schema.document()["paths"]
    return [each["operationId"] for path, some in paths.items() if "{" in path for each in some.values()]


def names() -> list[str]:
    """Give the name of every operation."""
    return [each["operationId"] for some in schema.document()["paths"].values() for each in some.values()]


def play(
    address: str,
    callers: tuple[Caller, Caller],
    *,
    examples: int,
    seed: int,
    least: int = 0,
    after: Callable[[Found], None] | None = None,
) -> Found:
    """Send so many well-formed and as many malformed calls to each operation; give what came of them.

    Round after round, each with a seed of its own (one more than the last), until `least` calls were answered; `after`
    is told what was found so far.
    """
    found = Found()
    described = schemathesis.openapi.from_dict(schema.document(), config=schemathesis.Config.from_dict(CONFIG))
    operations = [each.ok() for each in described.get_all_operations()]
    while not found.rounds or found.requests < least:
        for operation in operations:
            _one(address, operation, callers, found, (examples, seed + found.rounds))
        found.rounds += 1
        if after is not None:
            after(found)
    return found


def _one(address: str, operation: Any, callers: tuple[Caller, Caller], found: Found, how: tuple[int, int]) -> None:
    name = operation.definition.raw["operationId"]
    for caller, peer in (callers, callers[::-1]):
        _good(address, operation, name, caller, peer, found)
    for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
        if mode.is_negative and not _can_be_malformed(operation):
            continue
        _many(address, operation.as_strategy(generation_mode=mode), name, callers, found, how)


def _good(address: str, operation: Any, name: str, caller: Caller, peer: Caller, found: Found) -> None:
    """Make the call that the description shows, of what the caller has; before it, let the peer try the same."""
    raw = operation.definition.raw
    caller.fresh.let_go_on()
    path = {**caller.for_operation(name, anew=True), **_made(address, operation, caller)}
    bodies = raw.get("requestBody", {}).get("content", {}).get("application/json", {}).get("examples", {})
    for body in [each["value"] for each in bodies.values()] or [None]:
        for ids in _foreign(address, operation, name, path, peer):
            peer.fresh.let_go_on()
            status = _send(address, operation, peer, ids, body)
            found.refused(name, status, f"{operation.method} {operation.path.format(**ids)}", missing=True)
        found.take(name, _send(address, operation, caller, path, body))


def _foreign(address: str, operation: Any, name: str, path: dict[str, str], peer: Caller) -> list[dict[str, str]]:
    """Give what stands in an address where the peer has no right: all ids of the caller's, and each beside her own."""
    wanted = [each.name for each in operation.path_parameters]
    theirs = {key: path[key] for key in wanted}
    if len(wanted) < 2:
        return [theirs] if wanted else []
    own = {**peer.for_operation(name), **_made(address, operation, peer)}
    return [theirs, *({**own, key: path[key]} for key in wanted)]


def _send(address: str, operation: Any, caller: Caller, path: dict[str, str], body: Any) -> int:
    extra = {"json": body} if body is not None else {}
    headers = {**caller.headers, "Idempotency-Key": uuid.uuid4().hex}
    place = address + operation.path.format(**path)
    return requests.request(operation.method, place, headers=headers, timeout=SERVER_TOO_SLOW, **extra).status_code


def _many(
    address: str, cases: Any, name: str, callers: tuple[Caller, Caller], found: Found, how: tuple[int, int]
) -> None:
    examples, seed = how

    @seeded(seed)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, who=st.integers(0, 1), whose=st.integers(0, 3))
    def one(case: Any, who: int, whose: int) -> None:
        for each in callers:
            each.fresh.let_go_on()
        # 0: made up; 1 and 2: the caller's own; 3: the other's.
        path, foreign = case.meta.components.get(ParameterLocation.PATH), False
        if whose and path is not None and path.mode.is_positive:  # what is malformed on purpose stays so
            owner = callers[1 - who if whose == 3 else who]
            own = {**owner.for_operation(name), **_made(address, case.operation, owner)}
            filled = {key: own[key] for key in case.path_parameters if key in own}
            case.path_parameters.update(filled)
            foreign = whose == 3 and bool(filled)
        _ask(address, case, name, callers[who], found, foreign=foreign)

    one()


def _ask(address: str, case: Any, name: str, caller: Caller, found: Found, *, foreign: bool) -> None:
    try:
        answer = case.call(base_url=address, headers={**caller.headers, **MARK}, timeout=SERVER_TOO_SLOW)
    except requests.exceptions.InvalidHeader:
        return  # no client could have sent it
    if foreign:
        found.refused(name, answer.status_code, case.as_curl_command())
    else:
        found.take(name, answer.status_code)
    try:
        case.validate_response(answer, headers={**caller.headers, **MARK})
    except (FailureGroup, Failure) as failure:  # counted, and the next call goes on
        for each in failure.exceptions if isinstance(failure, FailureGroup) else (failure,):
            found.write(f"{name}: {type(each).__name__} at {answer.status_code}", case.as_curl_command())


def _made(address: str, operation: Any, caller: Caller) -> dict[str, str]:
    """Make what an operation's address needs and a call of the API can make."""
    made = {}
    if "{token}" in operation.path:
        ids = caller.ids
        link = _post(address, caller, f"data-requests/{ids['request_id']}/files/{ids['file_id']}/link")["link"]
        made["token"] = str(link).rpartition("/")[2]
    return made


def _post(address: str, caller: Caller, place: str, body: Any = None) -> dict[str, Any]:
    headers = {**caller.headers, "Idempotency-Key": uuid.uuid4().hex}
    extra = {"json": body} if body is not None else {}
    answer = requests.post(f"{address}/api/v1/{place}", headers=headers, timeout=SERVER_TOO_SLOW, **extra)
    made: dict[str, Any] = answer.json()
    if not answer.ok:
        raise Refused(place.rpartition("/")[2], answer.status_code, made.get("code"))
    return made


def _can_be_malformed(operation: Any) -> bool:
    raw = operation.definition.raw
    return bool(raw.get("parameters") or raw.get("requestBody"))
