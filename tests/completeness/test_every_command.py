"""Each management command of the product, run once, leaves exactly the declared events; a new one fails until then."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, get_commands

from broker.parties import canary
from tests.completeness.declared_jobs import COMMANDS, NOT_WALKED
from tests.completeness.watch import Watch
from tests.integration.audit_support import integrate, log_world
from tests.packs_world import proven_world
from tests.requests_world import World

OURS = ("broker", "consents", "requests_app")
ENROL = ("acme-energy", "--name", "Acme Energy", "--address", "1 Test Road", "--email", "inbox@acme.example")


@pytest.fixture
def w(committing: str, settings: Any, tmp_path: Path) -> Any:
    with log_world(settings, tmp_path) as desk:
        made = proven_world()
        integrate(desk.answer)
        yield made


def calls(name: str, *arguments: str) -> Callable[[], None]:
    """Give what runs a command and swallows what it says."""

    def run() -> None:
        call_command(name, *arguments, stdout=StringIO(), stderr=StringIO())

    return run


def test_each_command_leaves_what_is_declared(w: World, tmp_path: Path) -> None:
    watch = Watch({f"command {name}": events for name, events in COMMANDS.items()}, prefix="command")
    watch.know("canary", canary.subject())
    watch.step("enrol_organisation", calls("enrol_organisation", *ENROL))
    watch.step("create_application", calls("create_application", "acme-energy", "--name", "Rate check"))
    watch.step("enroll_officer", calls("enroll_officer", "--username", "olga", "--name", "Olga Officer (test)"))
    watch.step("plant_canary", calls("plant_canary", "obec"))
    watch.step("verify_log", calls("verify_log"))
    watch.step("verify_log with keys", calls("verify_log", "--with-keys"))
    watch.step("list_reissue", calls("list_reissue"))
    watch.step("export_tiles", calls("export_tiles", str(tmp_path / "out")))
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    for name in ("decide", "scan_credentials"):
        watch.step(name, calls(name, str(empty), str(tmp_path / "answers.jsonl")))
    watch.step("business_clock", calls("business_clock", "obec", str(empty), str(tmp_path / "dates.jsonl")))
    watch.step("compare_access_log", calls("compare_access_log", str(empty)))
    watch.step("declare_installation", calls("declare_installation", "rehearsal"))
    watch.finish()


def test_every_command_is_declared_or_says_why_not() -> None:
    said = {name.split()[0] for name in COMMANDS} | set(NOT_WALKED)
    assert said == {name for name, app in get_commands().items() if str(app).startswith(OURS)}
    assert all(len(why) > 20 for why in NOT_WALKED.values())
