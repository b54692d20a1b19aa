"""Packs after a declared loss: they hold what is left of the earlier log too, say so, and a stranger can check both."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from broker.audit import canonical, log, packing
from broker.console.packs import demands
from broker.console.packs.lifecycle import Basis, Redaction, Scope
from broker.console.packs.requesting import NotPossible
from broker.terms import SERVICE
from tests import clock, cluster
from tests.integration.audit_support import ORIGIN, integrate, say_verified, tamper
from tests.integration.test_older_logs import NEW, lost
from tests.integration.test_packs import everything
from tests.integration.test_packs_demands import name, record
from tests.packs_world import Packs, check, packs, unpack

FOLDER = "earlier/1"
ENGLISH = f"An earlier log exists: {ORIGIN}. Part of it was lost: two people declared the loss"
SPANISH = f"Existe un registro anterior: {ORIGIN}. Se perdió una parte"


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    if committing == "postgresql":
        settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", str(connection.settings_dict["NAME"]))
    with packs(settings, tmp_path / "log") as made:
        yield made
        log.reset()


@pytest.fixture
def lose(desk: Packs, settings: Any, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Open a second log in the place of the one that was lost; its signer signs from then on."""
    first = desk.desk

    def go_on() -> None:
        desk.desk = lost(settings, tmp_path / "second")
        say_verified()  # the new log, as soon as it is there

    yield go_on
    if desk.desk is not first:
        desk.desk.close()
        desk.desk = first


def viewed(desk: Packs, word: str) -> None:
    """Somebody looked at her consent; what the entry says holds this word."""
    body = {"consent": desk.world.consent.id, "why": word}
    log.append("consent.viewed", actor=SERVICE("tests"), subject=desk.world.customer.id, obj="consent", body=body)


@pytest.fixture
def two_logs(desk: Packs, lose: Callable[[], None]) -> Packs:
    """Entries with a place in the lost log, one of it that never got one, and one in the new log."""
    viewed(desk, "MARKER-OLD")
    integrate(desk.desk.answer)
    viewed(desk, "MARKER-BARE")
    lose()
    viewed(desk, "MARKER-NEW")
    return desk


def plain(text: str) -> str:
    """A text as it reads, wherever its lines end."""
    return " ".join(text.split())


def of_customer(desk: Packs, **changes: Any) -> bytes:
    facts: dict[str, Any] = {"scope": Scope.CUSTOMER, "scope_id": desk.world.customer.id, "redaction": Redaction.OPEN}
    return desk.data(desk.ready(**{**facts, **changes}))


def test_a_pack_holds_both_logs_says_so_and_is_verified(two_logs: Packs, tmp_path: Path) -> None:
    data = of_customer(two_logs)
    folder = unpack(data, tmp_path / "out")
    found = check(folder)
    assert found["ok"], found
    assert f"AN EARLIER LOG exists: {ORIGIN}, declared lost" in found["text"]
    assert "1 events WITHOUT A PROOF" in found["text"]
    (folder / "pack.zip").write_bytes(data)
    assert check(folder / "pack.zip")["ok"]

    text = everything(data)
    assert all(word in text for word in ("MARKER-OLD", "MARKER-BARE", "MARKER-NEW"))
    for file in ("report.html", "README.txt"):
        said = plain((folder / file).read_text())
        assert ENGLISH in said
        assert SPANISH in said
    manifest = json.loads((folder / "manifest.json").read_text())
    (part,) = manifest["earlier"]
    assert (manifest["origin"], part["origin"], part["next"]) == (NEW, ORIGIN, NEW)
    assert (part["folder"], part["unproved"]) == (f"{FOLDER}/", 1)
    entries = {path.stem for path in (folder / FOLDER / "entries").iterdir()}
    assert part["entries"] == len(entries) + 1
    assert {path.stem for path in (folder / FOLDER / "keys").iterdir()} == entries
    lines = json.loads((folder / "records" / "events.json").read_text())
    assert [each["log"] for each in lines] == [ORIGIN] * part["entries"] + [NEW] * (len(lines) - part["entries"])
    assert [each["index"] for each in lines if each["index"] is None] == [None]
    # The new log's own first entry says that another one went before it.
    assert (folder / "entries" / "0.entry").exists()
    assert "admin.log_opened" in {each["act"] for each in lines}


def test_every_log_has_a_key_of_its_own_to_compare(two_logs: Packs, tmp_path: Path) -> None:
    folder = unpack(of_customer(two_logs), tmp_path / "out")
    new, old = Client().get("/log/vkey").content.decode().split()
    receipt = Client().get("/log/receipt-vkey").content.decode().strip()
    assert [each.partition("+")[0] for each in (new, old)] == [NEW, ORIGIN]
    assert old in (folder / "README.txt").read_text()

    def said(*keys: str) -> list[str]:
        options = [word for key in keys for word in ("--log-key", key)]
        argv = [sys.executable, "-I", "verify.py", "--list", "--receipt-key", receipt, *options]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "MARKER-BARE" in done.stdout
        return done.stdout.splitlines()

    both = said(new, old)
    assert both[-2] == "Complete and unchanged."
    assert json.loads(both[-1])["trust"] == "given"
    one = said(new)
    assert json.loads(one[-1])["trust"] == "pack"
    assert one[-2].endswith(old)


def test_one_changed_byte_of_the_earlier_log_fails_and_names_its_file(two_logs: Packs, tmp_path: Path) -> None:
    folder = unpack(of_customer(two_logs), tmp_path / "out")
    for kind in ("entries", "proofs", "keys", "unproved", "checkpoint", "log.vkey"):
        found = folder / FOLDER / kind
        path = found if found.is_file() else min(found.iterdir())
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        answer = check(folder)
        assert (answer["ok"], answer["file"]) == (False, path.relative_to(folder).as_posix())
        path.write_bytes(whole)
    assert check(folder)["ok"]


def signed_anew(folder: Path, change: Callable[[dict[str, Any]], None] = lambda _manifest: None) -> None:
    """List and sign what lies there now, as whoever makes a pack can."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    names = [each.relative_to(folder).as_posix() for each in sorted(folder.rglob("*")) if each.is_file()]
    named = [each for each in names if each not in ("manifest.json", "manifest.note")]
    manifest["files"] = {each: hashlib.sha256((folder / each).read_bytes()).hexdigest() for each in named}
    change(manifest)
    path.write_bytes(canonical.dumps(manifest))
    (folder / "manifest.note").write_bytes(packing.note_of_manifest(hashlib.sha256(path.read_bytes()).hexdigest()))


def listing(earlier: object) -> Callable[[dict[str, Any]], None]:
    """Have the manifest say this of the earlier logs."""
    return lambda manifest: manifest.update(earlier=earlier)


def test_who_makes_a_pack_cannot_pass_off_what_the_earlier_log_does_not_hold(two_logs: Packs, tmp_path: Path) -> None:
    folder = unpack(of_customer(two_logs), tmp_path / "out")
    signed_anew(folder)
    assert check(folder)["ok"]
    entry = min((folder / FOLDER / "entries").iterdir())
    proof, bare = (
        entry.parents[1] / "proofs" / f"{entry.stem}.tlog-proof",
        min((folder / FOLDER / "unproved").iterdir()),
    )
    part = json.loads((folder / "manifest.json").read_text())["earlier"]

    def tried(change: Callable[[dict[str, Any]], None] = lambda _manifest: None) -> tuple[str, str]:
        signed_anew(folder, change)
        found = check(folder)
        assert not found["ok"]
        return found["kind"], found["file"]

    whole = entry.read_bytes()
    entry.write_bytes(bare.with_suffix(".entry").read_bytes())  # what has no place is put where a proof stands
    assert tried()[1] in (proof.relative_to(folder).as_posix(), entry.relative_to(folder).as_posix())
    entry.write_bytes(whole)
    for wrong in (
        [{**part[0], "origin": NEW}], [part[0], part[0]], [{**part[0], "folder": "records/"}], part[0], ["x"],
        [{key: value for key, value in part[0].items() if key != "root"}],
    ):  # fmt: skip
        assert tried(listing(wrong)) == ("signature", "manifest.json")
    smaller = [{**part[0], "size": part[0]["size"] - 1}]
    assert tried(listing(smaller)) == ("consistency", "manifest.json")
    kind, file = tried(listing([]))  # said to be no part of it
    assert (kind, file.startswith(f"{FOLDER}/")) == ("signature", True)
    unsigned = [{**part[0], "size": None, "root": None}]
    kind, file = tried(listing(unsigned))
    assert (kind, file.startswith(f"{FOLDER}/")) == ("signature", True)
    signed_anew(folder, listing(part))
    assert check(folder)["ok"]


def test_headers_of_a_period_are_those_of_both_logs(two_logs: Packs, tmp_path: Path) -> None:
    today = clock.today()
    period = (today - timedelta(days=2), today + timedelta(days=2))
    pack = two_logs.ready(scope=Scope.PERIOD, scope_id=None, period=period)
    data = two_logs.data(pack)
    folder = unpack(data, tmp_path / "out")
    found = check(folder)
    assert found["ok"], found
    assert "MARKER" not in everything(data).replace("MARKER-RECIPIENT", "").replace("MARKER-PURPOSE", "")
    assert not (folder / FOLDER / "keys").exists()
    (part,) = json.loads((folder / "manifest.json").read_text())["earlier"]
    assert len(list((folder / FOLDER / "entries").iterdir())) == part["size"]  # of everybody, as far as it was signed
    assert pack.events == part["entries"] + len(list((folder / "entries").iterdir()))


def test_an_earlier_log_of_which_nothing_signed_fits_is_given_as_it_is(two_logs: Packs, tmp_path: Path) -> None:
    tamper("DELETE FROM audit_checkpoint WHERE origin = 1")
    folder = unpack(of_customer(two_logs), tmp_path / "out")
    found = check(folder)
    assert found["ok"], found
    (part,) = json.loads((folder / "manifest.json").read_text())["earlier"]
    assert (part["size"], part["root"]) == (None, None)
    assert part["entries"] == part["unproved"] == len(list((folder / FOLDER / "unproved").glob("*.entry")))
    assert not (folder / FOLDER / "checkpoint").exists()
    assert "so nothing of it is proved here" in plain((folder / "README.txt").read_text())


def test_before_any_loss_a_pack_speaks_of_no_other_log(desk: Packs, tmp_path: Path) -> None:
    folder = unpack(of_customer(desk), tmp_path / "out")
    assert "earlier" not in json.loads((folder / "manifest.json").read_text())
    assert "earlier log" not in (folder / "report.html").read_text() + (folder / "README.txt").read_text()
    assert "EARLIER" not in check(folder)["text"]


def test_a_pack_of_the_lost_log_is_not_handed_out_against_an_order_of_the_new_one(
    desk: Packs, lose: Callable[[], None]
) -> None:
    demand = record(desk, silent=None)
    name(desk, demand, "pat@member.example")
    integrate(desk.desk.answer)
    pack = desk.ready(
        basis=Basis.CUSTOMER, scope=Scope.CUSTOMER, scope_id=desk.world.customer.id, redaction=Redaction.OPEN
    )
    lose()
    assert desk.data(pack)
    order = demands.Gag("ORDER-8", timezone.now() + timedelta(days=30))
    demands.set_gag(demand, order, actor=desk.actor(desk.officer), now=timezone.now())
    integrate(desk.desk.answer)
    with pytest.raises(NotPossible, match="overtaken"):
        desk.data(pack)
