"""Check my receipt: what somebody kept against the log of today, and what everybody may read of the log."""

import io
import random
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from broker import sandbox
from broker.audit import anchoring, checkpoint, log, merkle, proofs, receipt_check, signer, store, tiles, tlogproof
from broker.audit.encoding import b64, unb64
from broker.credentials import scan
from broker.sandbox.wire import unpack
from consents import year_report_pdf
from consents.loa.render import render_letter
from tests import requests_world
from tests.integration.anchor_support import World, anchored_world
from tests.integration.audit_support import ORIGIN, acts, integrate, logged_in_as, tamper, write
from tests.loa_desk import open_desk
from tests.loa_samples import facts


@pytest.fixture(autouse=True)
def world(committing: str, settings: Any, tmp_path: Path) -> Iterator[World]:
    """A log with others around it."""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.LOG_ORIGIN = ORIGIN
    with anchored_world(settings, tmp_path) as made:
        yield made


def many(number: int) -> None:
    """As many events."""
    with transaction.atomic():
        for _ in range(number):
            write()


def grow(world: World, number: int = 1) -> int:
    """More events, signed."""
    many(number)
    return integrate(world.desk.answer)


def kept(world: World) -> tuple[str, str]:
    """What somebody kept early on: the checkpoint and a proof; the log goes on."""
    event = write()
    size = integrate(world.desk.answer)
    note, proof = store.served_note(1, size), proofs.tlog_proof(event)
    grow(world, 300)
    return note, proof


def post(text: str = "", upload: SimpleUploadedFile | None = None) -> Any:
    """Send the form."""
    fields: dict[str, Any] = {"receipt": text}
    return Client().post(reverse("check"), fields if upload is None else {**fields, "file": upload})


def shown(answer: Any) -> str:
    """The page's text, in one line."""
    return " ".join(answer.content.decode().split())


CONSISTENT, SERIOUS = "The log contains it, unchanged", "This is serious."


def test_a_kept_checkpoint_and_a_kept_proof_are_found_consistent(world: World) -> None:
    note, proof = kept(world)
    before = acts()
    page = shown(post(note))
    assert CONSISTENT in page
    assert "The entry that your proof is about" not in page
    assert "Nobody outside holds" in page
    page = shown(post(proof))
    assert CONSISTENT in page
    assert f"is entry {tlogproof.parse(proof).index}, and it is still there" in page
    assert acts() == before, "nothing personal is read, nothing is written"


def test_the_page_says_who_else_holds_it(world: World) -> None:
    note, _proof = kept(world)
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        anchoring.cosign_now("rehearsal", now=datetime.now(UTC))
        log.close_lanes()
    log.reset()
    assert "rehearsal.example/witness has held the log up to" in shown(post(note))


@pytest.mark.parametrize(
    "mangle",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "Hello,\n\nhere is my receipt:\n\n" + text + "\nThanks\n",
        lambda text: "\n".join("> " + line for line in text.split("\n")),
        lambda text: "\ufeff" + text.replace("\n", "   \n"),
    ],
)
def test_what_mail_programs_do_to_lines_is_undone(world: World, mangle: Any) -> None:
    note, proof = kept(world)
    assert receipt_check.check(mangle(note)).state == "consistent"
    found = receipt_check.check(mangle(proof))
    assert (found.state, found.entry) == ("consistent", tlogproof.parse(proof).index)


def test_a_checkpoint_of_another_key_is_not_ours(world: World) -> None:
    note, _proof = kept(world)
    text = checkpoint.text_of(note)
    for name in (ORIGIN, "elsewhere.example/audit/main"):
        stranger = checkpoint.Signer.new(name, bytes(range(32)))
        forged = checkpoint.sign(text.replace(ORIGIN, name), [stranger])
        assert receipt_check.check(forged).state == "not_ours"
    changed = note.replace(text.split("\n")[1], "999", 1)
    page = shown(post(changed))
    assert "This is not from our log" in page
    assert SERIOUS not in page


def test_nothing_to_check_is_said_to_be_that(world: World) -> None:
    grow(world)
    assert "We found no receipt in this" in shown(post("hello"))
    answer = post()
    assert (answer.status_code, "Paste the text of a receipt" in shown(answer)) == (400, True)


@pytest.mark.promise("kept-proof")
def signed_elsewhere(size: int, root: bytes) -> str:
    """A checkpoint that our key signed over another history (an operator with every key)."""
    keys = (Path(settings.SIGNER_DIR) / signer.KEY).read_text().split()
    return checkpoint.sign(checkpoint.Checkpoint(ORIGIN, size, root).body(), [checkpoint.parse_skey(keys[0])])


def test_a_log_that_was_rewritten_is_found_out(world: World) -> None:
    size = grow(world, 5)
    other = signed_elsewhere(size - 1, secrets.token_bytes(32))
    grow(world, 5)
    page = shown(post(other))
    assert "It does not match. " + SERIOUS in page
    assert "What to do:" in page
    same_size = signed_elsewhere(proofs.newest()[0].size, secrets.token_bytes(32))  # type: ignore[index]
    assert receipt_check.check(same_size).state == "mismatch"


def test_a_log_that_was_cut_is_found_out(world: World) -> None:
    size = grow(world, 5)
    page = shown(post(signed_elsewhere(size + 7, secrets.token_bytes(32))))
    assert "Our log is shorter than yours. " + SERIOUS in page
    assert f"up to {size + 7} entries" in page


def test_a_damaged_proof_is_no_alarm(world: World) -> None:
    _note, proof = kept(world)
    parsed = tlogproof.parse(proof)
    assert parsed.index > 0
    for damaged in (
        parsed._replace(index=parsed.index - 1),
        parsed._replace(index=10**6),
        parsed._replace(hashes=(bytes(32), *parsed.hashes[1:])),
    ):
        assert receipt_check.check(damaged.encode()).state == "damaged"
        page = shown(post(damaged.encode()))
        assert "The proof of the entry is damaged" in page
        assert SERIOUS not in page


def test_an_exchanged_entry_deep_in_the_log_is_found_out(world: World) -> None:
    size = grow(world, 300)
    proof, note = proofs.tlog_proof(3, size), store.served_note(1, size)
    grow(world)
    assert receipt_check.check(proof).entry == 3
    ((data,),) = store.rows("SELECT data FROM audit_tile WHERE level = 0 AND idx = 0")
    tamper("UPDATE audit_tile SET data = :data WHERE level = 0 AND idx = 0", {"data": bytes(32) * 4 + data[128:]})
    assert receipt_check.check(note).state == "consistent", "the tile above still tells the old story"
    assert receipt_check.check(proof).state == "mismatch"


def test_changed_tiles_are_found_out(world: World) -> None:
    note, proof = kept(world)
    tamper("UPDATE audit_tile SET data = :data WHERE level = 0 AND idx = 0", {"data": bytes(256 * 32)})
    assert receipt_check.check(note).state == "mismatch"
    assert receipt_check.check(proof).state == "mismatch"


THIS_FILE, NOT_FULLY = "This very file is the letter that we sealed", "this letter is not fully confirmed"


def letter(data: bytes) -> SimpleUploadedFile:
    """Send it as a PDF."""
    return SimpleUploadedFile("letter.pdf", data, content_type="application/pdf")


def record(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A consent whose delivered letter has these bytes."""
    monkeypatch.setattr(requests_world, "LETTER", data)
    requests_world.world()


def plain_pdf() -> bytes:
    """A page that says nothing."""
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(out := io.BytesIO())
    return out.getvalue()


def with_proof(data: bytes, proof: str) -> bytes:
    """Another document with the proof attached."""
    with pikepdf.open(io.BytesIO(data)) as document:
        document.attachments["log-entry.tlog-proof"] = pikepdf.AttachedFileSpec(document, proof.encode())
        document.save(out := io.BytesIO())
    return out.getvalue()


def test_what_is_no_text_is_said_to_hold_no_receipt(world: World) -> None:
    grow(world)
    picture, archive = b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"PK\x03\x04" + bytes(range(1, 200))
    for data in (picture, archive, random.Random(3).randbytes(5000), b"\xff\xd8\xff\xe0 photo"):
        answer = post(upload=SimpleUploadedFile("photo.jpg", data))
        assert (answer.status_code, "We found no receipt in this file" in shown(answer)) == (400, True)
        assert "portal" not in shown(answer)
    note, _proof = kept(world)
    assert CONSISTENT in shown(post(upload=SimpleUploadedFile("receipt.txt", note.encode("utf-16"))))


def test_a_report_is_only_as_good_as_its_proof(world: World) -> None:
    _note, proof = kept(world)
    payload = {"html": "<html lang=en><title>t</title><h1>T</h1>", "made_at": datetime.now(UTC).isoformat()}
    payload |= {"proof": proof, "proof_name": "log-entry.tlog-proof", "proof_about": "the entry"}
    page = shown(post(upload=letter(unpack(year_report_pdf.report(payload)["pdf"]))))
    assert "Only the proof inside was checked, not the text of this file" in page
    assert "usa-alert--success" not in page
    sandbox.close()


def test_a_file_and_a_sealed_letter_are_read(
    world: World, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _note, proof = kept(world)
    named = SimpleUploadedFile("receipt.tlog-proof", proof.encode(), content_type="text/plain")
    assert CONSISTENT in shown(post(upload=named))
    presented = render_letter(facts(), rehearsal=True).pdf
    with open_desk(tmp_path) as desk:
        settings.ALLOWED_EGRESS = [desk.place]
        sealed = desk.seal(presented, log_proof=proof)
    record(sealed, monkeypatch)
    assert NOT_FULLY in shown(post(upload=letter(sealed))), "no root is known, so no seal is confirmed"
    settings.SEAL_ROOT_FILE, settings.TIMESTAMP_ROOT_FILE = tmp_path / "root", str(tmp_path / "tsa")
    page = shown(post(upload=letter(sealed)))
    assert THIS_FILE in page
    assert "and it is still there" in page
    at = presented.index(b"stream") + 40
    flipped = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
    for forged in (flipped, sealed + b"\n", with_proof(presented, proof), with_proof(plain_pdf(), proof)):
        page = shown(post(upload=letter(forged)))
        assert "this file is NOT the letter that we sealed" in page
        assert THIS_FILE not in page
        assert "usa-alert--success" not in page
    for data in (presented, sealed[:5000], b"%PDF-1.7 nothing"):
        answer = post(upload=SimpleUploadedFile("letter.pdf", data, content_type="application/pdf"))
        assert (answer.status_code, "carries no proof of our log" in shown(answer)) == (400, True)
    sandbox.close()


def test_the_input_is_bounded(world: World) -> None:
    grow(world)
    assert post("x" * (receipt_check.MAX_TEXT + 1)).status_code == 400
    large = SimpleUploadedFile("receipt.txt", b"x" * (5 * 1024 * 1024 + 1))
    answer = post(upload=large)
    assert (answer.status_code, "larger than 5 MB" in shown(answer)) == (400, True)


def test_the_gate_stands_here_too_and_lets_every_proof_pass(world: World) -> None:
    _note, proof = kept(world)
    parsed = tlogproof.parse(proof)
    chance = random.Random(7)  # the same hashes in every run
    labels = ("/pw=", "+access=", "/PASSCODE=", "+sms/pw=")  # what chance writes once in thousands of proofs
    for number in range(300):
        hashes = tuple(chance.randbytes(32) for _ in range(number % 30))
        for ending in labels[: number % 5]:
            hashes += (unb64(b64(chance.randbytes(32))[: 44 - len(ending)] + ending), chance.randbytes(32))
        text = parsed._replace(hashes=hashes).encode() + f"\u2014 w{number}.example {'Ab3/' * 25}\n"
        assert scan(text, "web_form") is None
        assert scan("receipt: " + text, "web_form") is None
    login = "My SmartHub user name is gwen and my password: Sommer-2024!"
    for answer in (post(login), post(upload=SimpleUploadedFile("receipt.txt", login.encode()))):
        assert answer.status_code in (400, 403)
        assert "portal" in shown(answer)


def test_everybody_may_read_checkpoint_keys_and_hash_tiles_and_no_entry(world: World) -> None:
    assert Client().get("/log/tile/0/000").status_code == 404
    size = grow(world, 600)
    assert size > 512
    note = Client().get("/log/checkpoint")
    assert note["Content-Type"] == "text/plain; charset=utf-8"
    keys = [checkpoint.parse_vkey(line) for line in Client().get("/log/vkey").content.decode().split()]
    signed = checkpoint.open_checkpoint(note.content.decode(), keys, origin=ORIGIN)
    assert signed.size == size

    def read_tile(level: int, index: int) -> bytes:
        partial = tiles.partial_width(level, index, size)
        answer = Client().get("/log/" + tiles.tile_path(level, index, partial))
        assert answer.status_code == 200
        assert ("immutable" in answer["Cache-Control"]) == (partial == 0)
        return bytes(answer.content)

    assert merkle.root_at(size, tiles.reader(read_tile)) == signed.root
    for path in (
        "tile/entries/000",
        "tile/0/00",
        "tile/0/x001/000",
        "tile/0/000.p/0",
        "tile/0/002.p/255",
        "tile/9/000",
    ):
        assert Client().get(f"/log/{path}").status_code == 404
    for path in ("checkpoint", "vkey", "tile/0/000"):
        assert Client().post(f"/log/{path}").status_code == 405


def test_the_downloaded_proof_is_one_that_others_verify(world: World) -> None:
    note, _proof = kept(world)
    old = checkpoint.parse(checkpoint.text_of(note))
    answer = Client().get(f"/log/continues/{old.size}")
    head, new_note = answer.content.decode().split("\n\n", 1)
    first, *hashes = head.split("\n")
    assert first == f"old {old.size}"
    new = checkpoint.open_checkpoint(new_note, store.verifier_keys(), origin=ORIGIN)
    merkle.verify_consistency(old.size, new.size, [unb64(each) for each in hashes], old.root, new.root)
    assert Client().get(f"/log/continues/{new.size + 1}").status_code == 404


def test_a_note_of_before_a_key_change_still_counts(world: World, tmp_path: Path) -> None:
    note, _proof = kept(world)
    path = tmp_path / "signer" / "log.vkey"
    new = checkpoint.Signer.new(ORIGIN, secrets.token_bytes(32)).verifier().encode()
    path.write_text(f"{new}\n{path.read_text()}")
    assert receipt_check.check(note).state == "consistent"


def test_a_receipt_of_a_log_that_was_declared_lost_still_counts(world: World, settings: Any, tmp_path: Path) -> None:
    note, proof = kept(world)
    after = "broker.localhost/audit/after"
    tamper("INSERT INTO audit_origin (id, name, opened_us) VALUES (2, :name, 1)", {"name": after})
    path = tmp_path / "signer" / "log.vkey"
    path.write_text(f"{checkpoint.Signer.new(after, bytes(range(32))).verifier().encode()}\n{path.read_text()}")
    settings.LOG_ORIGIN = after
    log.reset()
    assert receipt_check.check(note).state == "consistent"
    found = receipt_check.check(proof)
    assert (found.state, found.entry) == ("consistent", tlogproof.parse(proof).index)
    assert "Download the proof" not in shown(post(note)), "that address speaks of the log of today alone"


def test_without_a_key_of_the_log_nothing_is_called_foreign(world: World, settings: Any, tmp_path: Path) -> None:
    """Before the log was first signed, and where the file of its keys is away."""
    note, _ = kept(world)
    settings.SIGNER_DIR, settings.LOG_VKEY_FILE = str(tmp_path / "none"), ""
    for answer in (Client().get("/check/"), post(note)):
        assert (answer.status_code, "Retry-After" in answer) == (503, True)
    assert Client().get("/log/vkey").status_code == 404
