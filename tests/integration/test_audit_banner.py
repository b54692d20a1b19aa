"""The banner: green only where others hold a young checkpoint, red closes exports until an officer acknowledges."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.audit import anchoring, auditing, banner, log, marked, query, store, verdict_file
from broker.terms import SERVICE, Actor
from tests.integration.anchor_support import World, anchored_world
from tests.integration.audit_support import (
    STAFF,
    acts,
    integrate,
    logged_in_as,
    say_verified,
    tamper,
    verdict,
    write,
)

OFFICER = Actor("s", uuid.UUID(int=9), role="officer")
NOT_PROVABLE = "unchanged as far as we can see; not yet provable against its operator"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def world(committing: str, settings: Any, tmp_path: Path) -> Iterator[World]:
    """A log with others around it."""
    with anchored_world(settings, tmp_path) as made:
        yield made


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def signed_and_verified(world: World) -> int:
    """One more event, signed, the whole verified."""
    write()
    size = integrate(world.desk.answer)
    assert verdict()["ok"]
    return size


def stamp() -> None:
    """Have the newest checkpoint stamped."""
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        anchoring.timestamp_now(now=now())
        log.close_lanes()
    log.reset()


def test_without_anything_it_is_amber(world: World) -> None:
    found = banner.banner(now())
    assert found.state == "amber"
    assert "not been verified" in found.text
    assert NOT_PROVABLE in found.text


def test_verified_alone_is_amber_with_the_honest_sentence(world: World) -> None:
    size = signed_and_verified(world)
    found = banner.banner(now())
    assert (found.state, found.size, found.anchor) == ("amber", size, None)
    assert NOT_PROVABLE in found.text
    assert f"up to entry {size} on " in found.text


def test_verified_and_anchored_is_green_and_says_against_what(world: World) -> None:
    size = signed_and_verified(world)
    stamp()
    found = banner.banner(now())
    assert found.state == "green"
    assert NOT_PROVABLE not in found.text
    assert f"Provable against its operator up to entry {size}: stamped by" in found.text
    assert found == query.banner() or query.banner().state == "green"


def test_it_ages_into_amber(world: World) -> None:
    signed_and_verified(world)
    stamp()
    integrate(world.desk.answer)  # the entry that counts the anchor
    assert banner.banner(now() + 23 * HOUR).state == "green"
    old = banner.banner(now() + 25 * HOUR)
    assert (old.state, "more than a day old" in old.text, NOT_PROVABLE in old.text) == ("amber", True, False)
    older = banner.banner(now() + 49 * HOUR)
    assert (older.state, NOT_PROVABLE in older.text) == ("amber", True)


def test_bodies_that_nobody_opened_for_two_days_make_it_amber(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_and_verified(world)
    stamp()
    integrate(world.desk.answer)
    monkeypatch.setattr(store, "opened_at", lambda _origin: now() - 49 * HOUR)
    found = banner.banner(now())
    assert (found.state, "wait for their check" in found.text) == ("amber", True)
    auditing.verify_database(opener=SERVICE("verification"))
    integrate(world.desk.answer)
    assert banner.banner(now()).state == "green"


def test_an_anchor_alone_makes_nothing_green(world: World) -> None:
    write()
    integrate(world.desk.answer)
    stamp()
    assert banner.banner(now()).state == "amber"


def broken(world: World) -> dict[str, Any]:
    """Somebody changed an entry, and the verification has found it."""
    signed_and_verified(world)
    tamper("UPDATE audit_event SET ct = :ct WHERE id = (SELECT min(id) FROM audit_event)", {"ct": bytes(96)})
    found = verdict()
    assert not found["ok"]
    return found


def test_red_closes_exports_until_an_officer_acknowledges_this_finding(world: World) -> None:
    signed_and_verified(world)
    assert banner.exports_allowed(now())
    assert banner.acknowledge(actor=OFFICER, now=now()) is None
    found = broken(world)
    shown = banner.banner(now())
    assert (shown.state, shown.acknowledged) == ("red", False)
    assert str(found["first_bad"]) in shown.text
    assert not banner.exports_allowed(now())
    with pytest.raises(PermissionError):
        banner.acknowledge(actor=STAFF, now=now())
    assert not banner.exports_allowed(now())
    ref = banner.acknowledge(actor=OFFICER, now=now())
    assert ref is not None
    assert acts()[-1] == "log.acknowledged"
    assert banner.exports_allowed(now())
    assert (banner.banner(now()).state, banner.banner(now()).acknowledged) == ("red", True)
    verdict()
    assert banner.exports_allowed(now()), "the same finding again"
    say_verified(**{**found, "first_bad": 99})
    assert not banner.exports_allowed(now()), "another finding is another matter"


def test_a_finding_at_no_single_place_is_acknowledged_as_it_was_seen(world: World) -> None:
    """The next of its kind may be another change."""
    signed_and_verified(world)
    found = {"ok": False, "kind": "columns", "size": 3}
    say_verified(**found)
    assert banner.acknowledge(actor=OFFICER, now=now()) is not None
    assert banner.exports_allowed(now())
    say_verified(**found)
    assert not banner.exports_allowed(now())


def test_a_file_without_its_event_acknowledges_nothing(world: World) -> None:
    broken(world)
    found = verdict_file.last()
    assert found is not None
    other = log.append("log.reviewed", actor=OFFICER, subject=None, body={}, obj="log")
    for event in (other.id, 1):
        verdict_file.acknowledge(found, event)
        assert not banner.exports_allowed(now())


def test_a_forged_acknowledgement_acknowledges_nothing(world: World) -> None:
    broken(world)
    assert banner.acknowledge(actor=OFFICER, now=now()) is not None
    path = verdict_file.acknowledgement_path()
    whole = path.read_text()
    for forged in (whole.replace('"kind"', '"kinds"'), whole.partition("\n")[2], "", "[]", "{", "\xff"):
        path.write_text(forged, encoding="latin-1")
        assert not banner.exports_allowed(now())
    path.write_text(whole)
    assert banner.exports_allowed(now())


def test_a_log_with_entries_and_without_a_verdict_closes_exports(world: World) -> None:
    assert banner.exports_allowed(now()), "there is nothing that could leave"
    write()
    assert not banner.exports_allowed(now())
    assert "Exports are closed until it is" in banner.banner(now()).text
    signed_and_verified(world)
    assert banner.exports_allowed(now())


def test_a_forged_or_malformed_verdict_is_none(world: World) -> None:
    signed_and_verified(world)
    stamp()
    path = verdict_file.path()
    whole = path.read_text()
    forged = {"ok": True, "size": 10**9, "root": "x", "first_bad": None, "kind": "ok", "at": now().isoformat()}
    lines = [whole.replace('"size": ', '"size": 9'), json.dumps(forged), f"{'0' * 64}\n{json.dumps(forged)}"]
    for text in [*lines, whole.partition("\n")[2], "", "[]", "{", "[" * 100_000, "\xff\xfe"]:
        path.write_text(text, encoding="latin-1")
        found = banner.banner(now())
        assert (found.state, found.checked_at) == ("amber", None)
        assert "its file was changed" in found.text
        assert not banner.exports_allowed(now())
    for odd in ({"at": "yesterday"}, {"size": "many"}, {"kind": "fine"}, {"first_bad": "x"}, {"ok": False}):
        path.unlink()
        marked.save(path, verdict_file.VERDICT, json.dumps({**json.loads(whole.partition("\n")[2]), **odd}))
        assert (banner.banner(now()).state, banner.exports_allowed(now())) == ("amber", False)
    path.write_text(whole)
    assert banner.banner(now()).state == "green"


def test_a_mail_alone_is_no_green(world: World) -> None:
    size = signed_and_verified(world)
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        assert anchoring.mail_now(now=now()) is not None
        log.close_lanes()
        log.reset()
    found = banner.banner(now())
    assert found.state == "amber"
    assert f"Checkpoint {size} was mailed to third.example on" in found.text
    assert "who can hold it against us" in found.text
    assert "Provable against its operator" not in found.text
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        anchoring.timestamp_now(now=now())
        log.close_lanes()
        log.reset()
    assert banner.banner(now()).state == "green"
