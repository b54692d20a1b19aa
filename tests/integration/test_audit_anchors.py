"""Checkpoints in other hands, on both engines: kept only when proven, checked again when shown, each on its own."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from asn1crypto import tsp
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from broker.audit import anchor_store, anchoring, anchors, checkpoint, cosignature, log, proofs, store, witness
from broker.audit.auditing import verify_database
from broker.rehearsal.witness import Head
from broker.transport import timestamp
from tests.integration.anchor_support import World, anchored_world
from tests.integration.audit_support import acts, integrate, logged_in_as, tamper, write

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def world(committing: str, settings: Any, tmp_path: Path) -> Iterator[World]:
    """A log with others around it."""
    with anchored_world(settings, tmp_path) as made:
        yield made


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def as_integrator[T](act: Callable[[], T]) -> T:
    """Do this under the login that may add anchors."""
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        try:
            return act()
        finally:
            log.close_lanes()
            log.reset()


def grow(world: World) -> int:
    """One more event, signed."""
    write()
    return integrate(world.desk.answer)


def test_each_kind_of_anchor_is_kept_and_proven_again(world: World) -> None:
    size = grow(world)
    made = [
        as_integrator(lambda: anchoring.cosign_now("rehearsal", now=now())),
        as_integrator(lambda: anchoring.timestamp_now(now=now())),
        as_integrator(lambda: anchoring.mail_now(now=now())),
    ]
    found = anchors.of_size(size)
    assert found == made
    assert [each.kind for each in found] == ["witness", "tsa", "mail"]
    assert {each.size for each in found} == {size}
    note = store.served_note(1, size)
    (line,) = cosignature.cosignatures(note, [cosignature.parse_vkey(world.witness.vkey)])
    assert note.endswith(line.encode())
    assert anchors.covering(size) == found[0]
    assert anchors.covering(size + 1) is None


def test_openssl_alone_accepts_the_stored_token(world: World, tmp_path: Path, settings: Any) -> None:
    openssl = shutil.which("openssl")
    assert openssl is not None
    size = grow(world)
    anchor = as_integrator(lambda: anchoring.timestamp_now(size, now=now()))
    lines = store.served_note(1, size).splitlines(keepends=True)[:3]
    (tmp_path / "text").write_text("".join(lines))
    (tmp_path / "token.tsr").write_bytes(anchor.proof)
    command = [openssl, "ts", "-verify", "-data", str(tmp_path / "text"), "-in", str(tmp_path / "token.tsr")]
    command += ["-CAfile", settings.TIMESTAMP_ROOT_FILE]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    (tmp_path / "text").write_text("".join(lines).replace(f"\n{size}\n", f"\n{size + 1}\n"))
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_a_token_of_an_openssl_authority_is_accepted(
    world: World, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = openssl_authority(tmp_path)
    settings.TIMESTAMP_ROOT_FILE = str(tmp_path / "ca.pem")
    monkeypatch.setattr(timestamp, "_post", lambda _url, body: answer(body))
    size = grow(world)
    made = as_integrator(lambda: anchoring.timestamp_now(now=now()))
    assert (made.size, made.who) == (size, "openssl tsa")
    assert abs(made.at - now()) < timedelta(minutes=1)


def openssl_authority(folder: Path) -> Callable[[bytes], bytes]:
    """A root, an authority, and `openssl ts -reply` as its server."""
    extension = folder / "ext.cnf"
    extension.write_text("extendedKeyUsage=critical,timeStamping\nbasicConstraints=critical,CA:FALSE\n")
    (folder / "serial").write_text("01\n")
    (folder / "ts.cnf").write_text(
        f"[tsa]\ndefault_tsa=one\n[one]\nserial={folder}/serial\ndefault_policy=1.2.3.4\ndigests=sha256\n"
        "signer_digest=sha256\ness_cert_id_alg=sha256\n"
    )
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    def run(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    run("req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=openssl root", "-days", "2")
    run("req", *new_key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=openssl tsa")
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext.cnf"]
    run("x509", "-req", "-in", "tsa.csr", *signing, "-out", "tsa.pem")

    def answer(query: bytes) -> bytes:
        tsp.TimeStampReq.load(query, strict=True)
        (folder / "query.tsq").write_bytes(query)
        signer = ["-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "ca.pem"]
        run("ts", "-reply", "-config", "ts.cnf", "-queryfile", "query.tsq", *signer, "-out", "reply.tsr")
        return (folder / "reply.tsr").read_bytes()

    return answer


@pytest.mark.parametrize("fault", ["down", "forged"])
def test_a_witness_that_does_not_cosign_leaves_no_row(world: World, fault: str) -> None:
    grow(world)
    world.witness.fault = fault
    with pytest.raises(anchoring.NoAnchor):
        as_integrator(lambda: anchoring.cosign_now("rehearsal", now=now()))
    assert store.rows("SELECT count(*) FROM audit_anchor") == [(0,)]


@pytest.mark.parametrize("fault", ["down", "wrong_nonce", "wrong_digest", "garbage"])
def test_a_timestamp_that_proves_nothing_leaves_no_row(world: World, fault: str) -> None:
    grow(world)
    world.authority.fault = fault
    with pytest.raises(anchoring.NoAnchor):
        as_integrator(lambda: anchoring.timestamp_now(now=now()))
    assert store.rows("SELECT count(*) FROM audit_anchor") == [(0,)]


def test_an_authority_under_another_root_leaves_no_row(world: World, settings: Any, tmp_path: Path) -> None:
    openssl_authority(tmp_path)
    settings.TIMESTAMP_ROOT_FILE = str(tmp_path / "ca.pem")
    grow(world)
    with pytest.raises(anchoring.NoAnchor):
        as_integrator(lambda: anchoring.timestamp_now(now=now()))
    assert store.rows("SELECT count(*) FROM audit_anchor") == [(0,)]


def test_a_mail_that_only_a_relay_took_is_no_anchor(world: World, settings: Any) -> None:
    grow(world)
    settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", world.mailbox.port
    settings.LOG_MAIL_SERVER = ""
    assert as_integrator(lambda: anchoring.mail_now(now=now())) is None
    assert len(world.mailbox.mails.search(to="auditor@third.example")) == 1
    assert store.rows("SELECT count(*) FROM audit_anchor") == [(0,)]


def test_the_mailed_checkpoint_is_the_served_one(world: World) -> None:
    size = grow(world)
    as_integrator(lambda: anchoring.mail_now(now=now()))
    (row,) = anchor_store.anchors_of(1, size)
    facts = json.loads(row.proof)
    assert anchors.of_size(size)[0].who == "third.example"
    assert facts["checkpoint"] == checkpoint.text_of(store.served_note(1, size))
    assert f"Entries: {size}\n" in facts["mail"].replace("\r\n", "\n")
    (mail,) = world.mailbox.mails.search(to="auditor@third.example")
    assert str(size) in mail["subject"]


def test_rounds_try_each_anchor_when_it_is_due_and_no_fault_stops_the_others(world: World) -> None:
    size = grow(world)
    clock = [0.0]
    rounds = anchoring.Rounds(clock=lambda: clock[0])

    def go() -> dict[str, bool]:
        return {each.what: each.ok for each in as_integrator(lambda: rounds.go(now=now()))}

    world.witness.fault = "down"
    assert go() == {"witness:rehearsal": False, "tsa": True, "mail": True}
    assert go() == {}
    world.witness.fault = ""
    clock[0] = 61
    assert go() == {"witness:rehearsal": True}
    clock[0] = 200
    assert go() == {}, "nothing is new"
    world.authority.fault = "garbage"
    assert grow(world) > size
    assert go() == {"witness:rehearsal": True}, "each new checkpoint is cosigned"
    clock[0] = 25 * 3600
    assert go() == {"witness:rehearsal": True, "tsa": False, "mail": True}
    fresh = anchoring.Rounds()
    found = {each.what for each in as_integrator(lambda: fresh.go(now=now()))}
    assert found == {"witness:rehearsal"}, "the day's stamp and mail are known from the database"


def test_a_witness_that_knows_more_than_we_do_is_an_alarm_once(world: World) -> None:
    size = grow(world)
    origin = checkpoint.parse(checkpoint.text_of(store.served_note(1, size))).origin
    world.witness._heads[origin] = Head(size + 5, bytes(32))
    rounds = anchoring.Rounds(clock=iter(range(0, 10**9, 1000)).__next__)
    for _ in range(2):
        outcome = as_integrator(lambda: next(each for each in rounds.go(now=now()) if each.what.startswith("w")))
        assert not outcome.ok
    assert acts().count("alarm.log") == 1
    with pytest.raises(witness.Conflict):
        as_integrator(lambda: anchoring.cosign_now("rehearsal", now=now()))


def test_the_witness_follows_a_growing_log_with_proofs(world: World) -> None:
    for _ in range(3):
        size = grow(world)
        as_integrator(lambda: anchoring.cosign_now("rehearsal", now=now()))
    origin = proofs.newest()
    assert origin is not None
    assert world.witness.head(origin[0].origin).size == size
    assert world.witness.asked == 3, "what it cosigned last is known from the stored lines"


def test_the_newest_anchor_counts_only_while_it_is_young_and_true(world: World) -> None:
    size = grow(world)
    assert anchors.newest(now()) is None
    made = as_integrator(lambda: anchoring.timestamp_now(now=now()))
    assert anchors.newest(now()) == made
    assert anchors.newest(now() + 47 * HOUR) == made
    assert anchors.newest(now() + 49 * HOUR) is None
    tamper("UPDATE audit_anchor SET proof = :proof", {"proof": made.proof[:-1] + bytes([made.proof[-1] ^ 1])})
    assert anchors.newest(now()) is None, "a forged token counts for nothing"
    as_integrator(lambda: anchoring.cosign_now("rehearsal", now=now()))
    found = anchors.newest(now())
    assert found is not None
    assert (found.kind, found.size) == ("witness", size)


def test_cosignatures_count_only_where_the_policy_is_satisfied(world: World, settings: Any, tmp_path: Path) -> None:
    grow(world)
    as_integrator(lambda: anchoring.cosign_now("rehearsal", now=now()))
    other = cosignature.Cosigner("other.example", bytes(range(32))).witness()
    policy = f"witness rehearsal {world.witness.vkey} {world.witness.url}\nwitness other {other.encode()}\n"
    (tmp_path / "two").write_text(policy + "group both all rehearsal other\nquorum both\n")
    assert anchors.newest(now()) is not None
    settings.LOG_WITNESSES = str(tmp_path / "two")
    assert anchors.newest(now()) is None


def test_anchors_are_evidence(world: World) -> None:
    grow(world)
    as_integrator(lambda: anchoring.timestamp_now(now=now()))
    for statement in ("UPDATE audit_anchor SET size = 0", "DELETE FROM audit_anchor"):
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_login_that_may_not_add_anchors_still_gets_its_token(world: World) -> None:
    size = grow(world)
    made = anchoring.timestamp_now(size, now=now())
    assert anchors.check("tsa", made.proof, store.served_note(1, size))[1] == made.who
    kept = 0 if connection.vendor == "postgresql" else 1
    assert store.rows("SELECT count(*) FROM audit_anchor") == [(kept,)]


def test_the_command_says_what_came_of_each(world: World) -> None:
    grow(world)
    out = StringIO()
    as_integrator(lambda: call_command("anchor_log", "--once", stdout=out))
    said = out.getvalue()
    assert [line.split(": ")[:2] for line in said.splitlines()] == [
        ["witness:rehearsal", "anchored"],
        ["tsa", "anchored"],
        ["mail", "anchored"],
    ]
    world.witness.fault = "down"
    grow(world)
    with pytest.raises(CommandError):
        as_integrator(lambda: call_command("anchor_log", "--once", stdout=StringIO()))


def test_a_proof_that_came_twice_is_kept_once_and_the_log_holds(world: World) -> None:
    """A witness that is asked twice within one second gives the same bytes: a retry, or a person beside the loop."""
    size = grow(world)
    with time_machine.travel(now(), tick=False):
        for _ in range(2):
            as_integrator(lambda: anchoring.cosign_now("rehearsal", now=now()))
    (made,) = anchors.of_size(size)
    assert acts().count("log.anchored") == 1
    integrate(world.desk.answer)
    assert verify_database().ok
    again = "INSERT INTO audit_anchor (origin, size, kind, proof, created_us) VALUES (1, %s, %s, %s, 1)"
    with pytest.raises(DatabaseError, match="has this proof"):
        as_integrator(lambda: connection.cursor().execute(again, [size, made.kind, made.proof]))
    connection.close()
    assert anchors.of_size(size) == [made]


def test_nothing_is_anchored_before_anything_is_signed(world: World) -> None:
    assert as_integrator(lambda: anchoring.Rounds().go(now=now())) == []
    with pytest.raises(anchoring.NoAnchor):
        as_integrator(lambda: anchoring.timestamp_now(now=now()))
