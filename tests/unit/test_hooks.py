"""Webhooks: the tables of types and tries, their page of the documentation, and the receiver that it shows."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from requests_app.hooks import events, schedule, signing
from requests_app.hooks.schedule import GIVE_UP, LONGEST, NEXT, OPEN, PAUSES, DeliveryState

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()
AT = datetime(2026, 7, 2, 14, 3, 11, tzinfo=UTC)


def test_the_page_has_the_tables_of_the_code() -> None:
    assert events.table() in PAGE
    assert schedule.table() in PAGE


def snippet() -> dict[str, Any]:
    """Run the receiver of the page, as somebody who copied it."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    looked: list[tuple[str, dict[str, str]]] = []
    world: dict[str, Any] = {"remember_to_look_at": lambda type_, data: looked.append((type_, data)), "looked": looked}
    exec(compile(code, "docs/webhooks.md", "exec"), world)
    return world


def test_the_receiver_of_the_page_takes_each_message_once_and_no_forged_one() -> None:
    secret, data = signing.new_secret(), {"consent": str(uuid.uuid4())}
    body = events.body("consent.revoked", AT, data)
    message = events.wire_id(events.message_id(7, "consent.revoked", data))
    page = snippet()
    with time_machine.travel(AT, tick=False):
        headers = dict(signing.headers(message, AT, body, [secret]))
        assert page["receive"](signing.new_secret(), body, headers) == 401
        assert page["receive"](secret, body + b" ", headers) == 401
        assert [page["receive"](secret, body, headers) for _ in range(3)] == [204, 204, 204]
    with time_machine.travel(AT + timedelta(minutes=6), tick=False):
        assert page["receive"](secret, body, headers) == 401
    assert page["looked"] == [("consent.revoked", data)]


@pytest.mark.parametrize("name", events.TYPES)
def test_a_message_of_each_type_is_small_and_says_ids_alone(name: str) -> None:
    kind = events.TYPES[name]
    made = json.loads(events.body(name, AT, {each: str(uuid.uuid4()) for each in kind.ids}))
    assert made["timestamp"] == "2026-07-02T14:03:11.000Z"
    assert set(made["data"]) == set(kind.ids)
    assert all(uuid.UUID(value) for value in made["data"].values())
    assert kind.tells.endswith(".")


def test_what_ends_a_consent_is_told_after_its_end_and_the_stop_for_ever() -> None:
    assert {name for name, each in events.TYPES.items() if each.endless} == {"consent.revoked", "data.withdrawn"}
    assert not [name for name, each in events.TYPES.items() if each.endless and each.moot]
    assert all(events.TYPES[name].moot for name in ("consent.granted", "data.ready", "consent.expiring"))


def test_the_same_act_is_one_message_and_another_one_another() -> None:
    data = {"consent": str(uuid.uuid4())}
    one = events.message_id(7, "consent.granted", data)
    assert one == events.message_id(7, "consent.granted", dict(data))
    others = [
        events.message_id(8, "consent.granted", data),
        events.message_id(7, "consent.resumed", data),
        events.message_id(7, "consent.granted", {"consent": str(uuid.uuid4())}),
    ]
    assert len({one, *others}) == 4
    assert re.fullmatch(r"msg_[0-9a-f]{32}", events.wire_id(one))


def test_tries_go_on_for_three_days() -> None:
    assert timedelta(hours=72) == GIVE_UP
    assert list(PAUSES) == sorted(PAUSES)


@given(st.integers(1, 10_000), st.floats(0, 1), st.booleans())
def test_a_pause_is_never_longer_than_the_table_and_ends_only_what_may_end(
    tries: int, chance: float, endless: bool
) -> None:
    found = schedule.pause(tries, endless=endless, chance=chance)
    if found is None:
        assert not endless
        assert tries > len(PAUSES)
    else:
        whole = PAUSES[tries - 1] if tries <= len(PAUSES) else LONGEST
        assert whole * 0.79 <= found <= whole <= LONGEST


@given(st.integers(0, 10_000), st.timedeltas(timedelta(), timedelta(days=400)))
def test_an_endpoint_is_left_alone_for_an_hour_at_most(failures: int, asked: timedelta) -> None:
    assert schedule.rest(failures, asked_for=asked) <= timedelta(hours=1)
    assert schedule.rest(0) == schedule.rest(1) == timedelta()


def test_what_is_open_leads_to_an_end_and_an_end_only_to_another_round() -> None:
    assert set(NEXT) == set(DeliveryState)
    for state in DeliveryState:
        assert (state in OPEN) == (DeliveryState.QUEUED not in NEXT[state])
