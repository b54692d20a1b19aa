"""What would cross from one organisation to another: its ids put into addresses and fields, its traces in answers."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from requests_app.api import schema
from tests import clock
from tests.authz import matrix
from tests.authz.asking import Asker
from tests.authz.paths import Place, places
from tests.clock import travel
from tests.requests_world import ACCOUNT

SIDES = {"own": "my", "analyst": "recipient", "key": "api"}  # who puts another's ids into which addresses
LOOKERS = {"own": "my", "analyst": "recipient", "ended": "recipient", "key": "api", "ended-key": "api"}
STRANGERS = {"other": "my", "rival": "recipient", "rival-key": "api"}
ROWS = ("consent", "account", "request", "manual", "file", "ask", "endpoint", "delivery", "key")
ACCOUNTS = {"first_account": "account", "asked_manual": "manual"}
AWAY = {"auth.foreign", "glass.turned_away"}
NOBODYS, NO_ID = "40999999", "00000000-0000-4000-8000-000000000005"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def rows(area: str) -> list[tuple[Place, matrix.Row]]:
    """Give the addresses of an area with their rows."""
    known = matrix.declared()
    found = [(place, matrix.row_of(place, method, known)) for place in places() for method in sorted(place.methods)]
    return [(place, row) for place, row in found if row is not None and row.area == area]


def substituted(asker: Asker, only: str = "") -> Iterator[str]:
    """Put a rival's id in the place of each id of an address; it has to be as if nothing were there."""
    for actor, area in SIDES.items():
        for place, row in rows(area) if only in ("", area) else ():
            for parameter in place.objects():
                key = place.key(parameter)
                foreign = asker.shared.rival.get(ACCOUNTS.get(key, key))
                if foreign is None:
                    continue
                path = place.path({**asker.objects(actor), key: foreign})
                came = asker.ask(place, row.method, actor, path=path)
                yield "" if came == "404" else f"{row.method} {path} by {actor}: {came}"


def siblings(asker: Asker) -> Iterator[str]:
    """Have another program of the same organisation use the link that was made for one, and that one too late."""
    (place,) = [each for each in places() if each.name == "api-link"]
    came = asker.ask(place, "GET", "sibling-key")
    yield "" if came == "404" else f"a link by the key of a sibling: {came}"
    with travel(datetime.fromisoformat(asker.shared.at) + timedelta(minutes=6)):
        came = asker.ask(place, "GET", "key")
    yield "" if came == "state" else f"a link after its five minutes: {came}"


def waiting(asker: Asker) -> Iterator[str]:
    """Ask for what has not come yet: nothing is read, and that is said."""
    own = asker.shared.own
    for place in [each for each in places() if each.name in ("api-readings", "api-bills")]:
        came = asker.ask(place, "GET", "key", path=place.path({**own, "request": own["unanswered"]}))
        fine = came == "state" and b'"data.not_ready"' in asker.body
        yield "" if fine else f"{place.name} of a request that waits: {came}"


def officers(asker: Asker) -> Iterator[str]:
    """Have another officer reach for what one keeps for oneself: views and alerts, and the glass that one broke.

    That a glass is broken every officer sees; whoever reaches for another's is told so.
    """
    for place, row in rows("console"):
        if place.name in ("console-view-remove", "console-alert"):
            came = asker.ask(place, row.method, "second-officer")
            yield "" if came == "404" else f"{row.name} by another officer: {came}"
        if place.name in ("console-glass-read", "console-glass-end"):
            came, acts = asker.ask(place, row.method, "second-officer"), asker.acts
            kept = came == "ok" and acts & AWAY and not acts & {"glass.read", "glass.ended"}
            yield "" if kept else f"{row.name} by another officer: {came}, {sorted(acts)}"


def leaks(asker: Asker, only: str = "") -> Iterator[str]:
    """Look for the other organisation's ids, numbers and names in everything that somebody may see."""
    theirs = [asker.shared.rival[each] for each in (*ROWS, "account_number", "number")] + ["Lee Member"]
    hers = [asker.shared.own[each] for each in (*ROWS, "complaint")] + [ACCOUNT, "Pat Member"]
    for lookers, marks in ((LOOKERS, theirs), (STRANGERS, hers)):
        for actor, area in lookers.items():
            for place, row in rows(area) if only in ("", area) else ():
                if row.method == "GET" and row.cells[actor] == "ok":
                    asker.ask(place, "GET", actor)
                    text = asker.body.decode("utf-8", "replace")
                    found = [mark for mark in marks if mark in text]
                    yield f"{place.pattern} shows {actor}: {found}" if found else ""


def fields(asker: Asker) -> Iterator[str]:
    """Put a rival's numbers and ids into every field and query parameter of the API."""
    ask = {"data_types": ["usage_daily"], "from": "2025-10-01", "to": "2025-11-01", "purpose": "rate_comparison"}
    for name in ("api-check", "api-requests"):
        (place,) = [each for each in places() if each.name == name]
        for accounts in ([], [ACCOUNT]):
            for theirs, nobodys in (("account_number", NOBODYS), ("number", "OB-2026-999999"), ("account", NO_ID)):
                value = asker.shared.rival[theirs]
                said, unknown = (
                    _said(asker, place, {**ask, "accounts": [*accounts, each]}, each) for each in (value, nobodys)
                )
                yield "" if said == unknown else f"{name} with a rival's {theirs}: {said}, unknown: {unknown}"
    yield from _asks_and_forms(asker)
    for place, parameter in _queries():
        for key in ("consent", "request", "account", "endpoint", "delivery"):
            value = asker.shared.rival[key]
            came = asker.ask(place, "GET", "key", path=f"{place.path(asker.shared.own)}?{parameter}={value}")
            text = asker.body.decode("utf-8", "replace")
            shown = [each for each in ROWS if asker.shared.rival[each] in text]
            fine = came == "state" or came == "404" or (came == "ok" and not shown)
            yield "" if fine else f"{place.pattern}?{parameter}= a rival's {key}: {came} {shown}"


def _asks_and_forms(asker: Asker) -> Iterator[str]:
    """An ask for a permission, and the forms of a recipient's and a customer's pages, with a rival's number or id."""
    (asks,) = [each for each in places() if each.name == "api-asks"]
    ask = {"purpose": "rate_comparison", "data_types": ["usage_daily"], "months": 6}
    forms = {
        ("recipient-ask-new", "analyst", "account"): {
            "once": NO_ID, "how": "link", "language": "en", "purpose": "rate_comparison", "forward": "on",
            "data_types": ["usage_daily"], "ends_last": (clock.today() + timedelta(days=90)).isoformat(),
        },
        ("recipient-many", "analyst", "pasted"): {
            "once": NO_ID, "data_types": ["usage_daily"], "first": "2025-10-01", "last": "2025-10-31",
            "purpose": "rate_comparison",
        },
        ("my-brought", "own", "shown"): {"act": "yes"},
    }  # fmt: skip
    for theirs, nobodys in (("account_number", NOBODYS), ("number", "OB-2026-999999"), ("account", NO_ID)):
        value = asker.shared.rival[theirs]
        both = [_said(asker, asks, {**ask, "account": each}, each) for each in (value, nobodys)]
        taken = theirs != "account_number" or both[0][0] == 201  # what is well formed is taken, whoever has it
        yield "" if both[0] == both[1] and taken else f"api-asks with a rival's {theirs}: {both}"
        for (name, actor, field), form in forms.items():
            (place,) = [each for each in places() if each.name == name]
            both = [_page(asker, place, {**form, field: each}, each, actor) for each in (value, nobodys)]
            taken = (theirs, actor) != ("account_number", "analyst") or both[0][0] < 400
            said = f"{name} with a rival's {theirs}: {both[0][0]}, unknown: {both[1][0]}"
            yield "" if both[0] == both[1] and taken else said


def _page(asker: Asker, place: Place, form: dict[str, Any], value: str, actor: str) -> tuple[int, str]:
    status, text = asker.submit(place, form, actor)
    plain = re.sub(r'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"|OB-\d{4}-\d+', "", text.replace(value, ""))
    return status, _ID.sub("", plain.replace(value[-4:], ""))


def _said(asker: Asker, place: Place, body: dict[str, object], value: str) -> tuple[int, str]:
    status, text = asker.say(place, body, "key")
    return status, _ID.sub(
        "",
        re.sub(
            r'"(trace_id|href|number|link|account_ending|created_at|expires_at)":"[^"]*"', "", text.replace(value, "")
        ),
    )


def _queries() -> Iterator[tuple[Place, str]]:
    known = {"/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", place.pattern): place for place in places()}
    for path, operations in schema.document()["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", ()):
            if parameter["in"] == "query":
                yield known[path], parameter["name"]


__all__ = ["fields", "leaks", "officers", "rows", "siblings", "substituted", "waiting"]
