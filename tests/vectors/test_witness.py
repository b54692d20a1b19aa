"""The published conversation with a witness: our witness answers as asked, our client understands each answer."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broker.audit import checkpoint, cosignature, witness
from broker.rehearsal import witness as played
from broker.rehearsal.witness import Head, Witness
from broker.transport import http
from tests.vectors.support import beside, hashes, load

pytestmark = beside

VECTORS = load("witness_add_checkpoint")


def vkey(name: str, public: bytes) -> str:
    """A log's key by its name and bytes."""
    return checkpoint.Verifier(name, checkpoint.key_id(name, public), public).encode()


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[Witness]:
    """A witness that knows the logs of the vectors."""
    log, sumdb = VECTORS["log"], VECTORS["sumdb_first_submission"]
    known = {
        log["origin"]: [vkey(log["origin"], bytes.fromhex(log["ed25519_public_key_hex"]))],
        sumdb["origin"]: [sumdb["vkey"]],
    }
    with Witness(lambda: known, tmp_path, name="example.com/witness") as made:
        settings.ALLOWED_EGRESS = [made.url.removeprefix("http://")]
        yield made


def post(server: Witness, body: str) -> http.Response:
    """Send a request as it stands."""
    url = f"{server.url}/add-checkpoint"
    with http.client("test", url, calls="POST") as client:
        return client.post(url, content=body.encode())


def test_the_conversation_goes_as_published(server: Witness, tmp_path: Path) -> None:
    origin, key = VECTORS["log"]["origin"], cosignature.parse_vkey(server.vkey)
    for number, step in enumerate(VECTORS["steps"]):
        answer = post(server, step["request_body"])
        assert answer.status_code == step["status_current_spec"], number
        wanted = step["assert"]
        if wanted.startswith("body contains "):
            assert wanted.removeprefix("body contains ").strip('"') in answer.text
        else:
            assert answer.text == wanted.removeprefix("body == ").strip('"').replace("\\n", "\n")
            assert answer.headers["Content-Type"] == witness.SIZE_TYPE
        if answer.status_code == 200:
            text = checkpoint.text_of(step["request_body"].split("\n\n", 1)[1])
            assert len(cosignature.from_answer(text, answer.text, [key])) == 1
    final = VECTORS["final_state"]
    assert server.head(origin) == Head(final["size"], bytes.fromhex(final["root_hex"]))
    with Witness(dict, tmp_path, name="example.com/witness") as again:
        assert again.head(origin) == server.head(origin), "the state outlives the process"


def test_a_log_whose_key_bears_another_name_is_witnessed_too(server: Witness) -> None:
    first = VECTORS["sumdb_first_submission"]
    assert post(server, first["request_body"]).status_code == first["status"]


def test_a_stalled_request_never_rolls_the_state_back(server: Witness) -> None:
    first, _bad, _unknown, _short, _wrong, to_three, *_more = (step["request_body"] for step in VECTORS["steps"])
    origin = VECTORS["log"]["origin"]
    assert post(server, first).status_code == 200
    stalled, go_on = threading.Event(), threading.Event()

    def wait(head: Head) -> None:
        if head.size == 3:
            stalled.set()
            assert go_on.wait(10)

    server.before_write = wait
    found: list[http.Response] = []
    slow = threading.Thread(target=lambda: found.append(post(server, to_three)))
    slow.start()
    assert stalled.wait(10)
    assert post(server, one_to_five()).status_code == 200
    go_on.set()
    slow.join(10)
    assert (found[0].status_code, found[0].text) == (409, "5\n")
    assert server.head(origin).size == 5


def one_to_five() -> str:
    """A request from 1 to 5, with the hashes that the published requests from 1 to 3 and 3 to 5 show."""
    steps = [step["request_body"] for step in VECTORS["steps"]]
    one_to_three, three_to_five = hashes(steps[5].split("\n")[1:3]), hashes(steps[7].split("\n")[1:5])
    leaf_one, leaf_two = one_to_three
    assert three_to_five[0] == leaf_two
    assert three_to_five[2] == hashlib.sha256(b"\x01" + base64.b64decode(steps[0].split("\n")[4]) + leaf_one).digest()
    two_and_three = hashlib.sha256(b"\x01" + leaf_two + three_to_five[1]).digest()
    proof = [leaf_one, two_and_three, three_to_five[3]]
    lines = ["old 1", *(base64.b64encode(each).decode() for each in proof)]
    return "\n".join(lines) + "\n\n" + steps[7].split("\n\n", 1)[1]


NOTE = VECTORS.get("steps", [{"request_body": "\n\n"}] * 9)[7]["request_body"].split("\n\n", 1)[1]


def proofs(old: int) -> list[bytes]:
    """The published proofs to size 5."""
    if old == 3:
        return hashes(VECTORS["steps"][7]["request_body"].split("\n")[1:5])
    if old == 1:
        return hashes(one_to_five().split("\n")[1:4])
    return []


def test_our_client_starts_from_nothing_and_follows_a_conflict(server: Witness) -> None:
    key = cosignature.parse_vkey(server.vkey)
    first = VECTORS["steps"][0]["request_body"].split("\n\n", 1)[1]
    witness.ask(server.url, key, first, old_size=0, prove=proofs)
    found = witness.ask(server.url, key, NOTE, old_size=0, prove=proofs)  # told 409 and "1", it asks from there
    assert found.witness == key
    assert server.head(VECTORS["log"]["origin"]).size == 5
    assert server.asked == 3
    again = witness.ask(server.url, key, NOTE, old_size=5, prove=lambda _old: [])
    assert again.timestamp >= found.timestamp
    with pytest.raises(witness.Conflict):  # a smaller tree than the witness has seen: rolled back
        witness.ask(server.url, key, first, old_size=0, prove=proofs)
    with pytest.raises(witness.Conflict):  # what it cosigned is no prefix of what we show
        witness.ask(server.url, key, NOTE, old_size=5, prove=lambda _old: [bytes(32)])


@pytest.mark.parametrize("fault", ["down", "forged"])
def test_our_client_takes_nothing_but_a_cosignature(server: Witness, fault: str) -> None:
    server.fault = fault
    first = VECTORS["steps"][0]["request_body"].split("\n\n", 1)[1]
    with pytest.raises(witness.NoCosignature):
        witness.ask(server.url, cosignature.parse_vkey(server.vkey), first, old_size=0, prove=proofs)


@pytest.mark.parametrize(
    "answer",
    [
        witness.Answer(404, "text/plain", "unknown log\n"),
        witness.Answer(403, "text/plain", "unknown log\n"),  # what litewitness says for the same
        witness.Answer(409, "text/plain", "5\n"),
        witness.Answer(409, witness.SIZE_TYPE, "05\n"),
        witness.Answer(200, "text/plain", ""),
        witness.Answer(200, "text/plain", "\u2014 other.example AAAAAAAAAAAA\n"),
        witness.Answer(200, "text/plain", "hello\n"),
    ],
)
def test_answers_that_are_no_cosignature(answer: witness.Answer) -> None:
    key = cosignature.Cosigner("w.example", bytes(32)).witness()
    with pytest.raises(witness.NoCosignature):
        witness.ask("http://w", key, NOTE, old_size=0, prove=proofs, post=lambda _url, _body: answer)


def test_a_place_that_is_not_allowed_is_not_asked(server: Witness, settings: Any) -> None:
    settings.ALLOWED_EGRESS = []
    with pytest.raises(witness.NoCosignature, match="EgressRefused"):
        witness.ask(server.url, cosignature.parse_vkey(server.vkey), NOTE, old_size=0, prove=proofs)
    assert server.asked == 0


def test_the_witness_refuses_what_is_no_submission(server: Witness) -> None:
    for body in ("", "old 1", "old 01\n\n" + NOTE, "old x\n\n" + NOTE, "old 9\n\n" + NOTE, "old 0\nAAAA\n\n" + NOTE):
        assert post(server, body).status_code == 400
    assert server.head(VECTORS["log"]["origin"]) == played.EMPTY
