"""The published vectors of proofs as text, of cosignatures and of witness policies (docs/decisions/0040)."""

from typing import Any

import pytest

from broker.audit import checkpoint, cosignature, tlogproof, witness_policy
from broker.audit.encoding import b64
from broker.audit.witness_policy import Group, Policy
from tests.vectors.support import beside, cases, changed_files, hashes, load, unb64

pytestmark = beside


def test_the_vectors_are_those_of_the_manifest() -> None:
    assert len(load("MANIFEST")) == 18
    assert changed_files() == []


@pytest.mark.parametrize("case", cases("tlog_proof", "marshal"))
def test_proofs_are_written_and_read_to_the_byte(case: dict[str, Any]) -> None:
    extra = case["extra_utf8"].encode() if "extra_utf8" in case else None
    proof = tlogproof.TlogProof(case["index"], tuple(hashes(case["hashes_b64"])), case["checkpoint"], extra)
    assert proof.encode() == case["want"]
    assert tlogproof.parse(case["want"]) == proof


@pytest.mark.parametrize("case", cases("tlog_proof", "unmarshal_errors"))
def test_malformed_proofs_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(tlogproof.BadTlogProof):
        tlogproof.parse(case["text"])


@pytest.mark.parametrize("case", cases("cosignature", "vkeys"))
def test_keys_of_witnesses(case: dict[str, Any]) -> None:
    if not case["ok"]:
        with pytest.raises(checkpoint.BadNote):
            cosignature.parse_vkey(case["vkey"])
        return
    key = cosignature.parse_vkey(case["vkey"])
    assert key.algorithm in (cosignature.COSIGNATURE, cosignature.ML_DSA_44)
    if "convert" in case["id"]:  # the plain key stands for the cosignature key of the same bytes, under its own id
        plain = checkpoint.parse_vkey(case["vkey"])
        assert (key.public, key.name) == (plain.public, plain.name)
        assert key.key_id != plain.key_id
    elif key.algorithm == cosignature.COSIGNATURE:
        assert key.encode() == case["vkey"]
    else:  # recognised by its kind and length alone
        assert key.encode().rpartition("+")[2] == case["vkey"].split("+", 2)[2].rpartition("+")[2]


@pytest.mark.parametrize("case", cases("cosignature", "timestamps"))
def test_times_of_cosignatures(case: dict[str, Any]) -> None:
    try:
        signature = unb64(case["sig_b64"])[4:]
    except ValueError:
        assert not case["ok"]
        return
    if case["ok"]:
        assert cosignature.timestamp_of(signature) == case["unix_time"]
    else:
        with pytest.raises(checkpoint.BadNote):
            cosignature.timestamp_of(signature)


def test_the_latest_time_is_one_and_a_second_more_is_none() -> None:
    length = min(cosignature.SIGNATURE_LENGTHS.values()) - 8
    assert cosignature.timestamp_of((2**63 - 1).to_bytes(8, "big") + bytes(length)) == 2**63 - 1
    with pytest.raises(checkpoint.BadNote):
        cosignature.timestamp_of((2**63).to_bytes(8, "big") + bytes(length))


def test_the_signed_message_is_that_of_the_text() -> None:
    example = load("cosignature")["ed25519_message_example"]
    assert cosignature.message(example["checkpoint_body"], example["timestamp"]).decode() == example["message"]


def test_a_cosignature_covers_every_byte_of_the_text_and_only_its_own_kind_of_key_opens_it() -> None:
    log = checkpoint.Signer.new("log.example/1", bytes(range(32)))
    cosigner = cosignature.Cosigner("witness.example/w", bytes(range(1, 33)))
    text = checkpoint.Checkpoint("log.example/1", 7, bytes(32)).body() + "an extension\n"
    note = checkpoint.sign(text, [log]) + cosigner.line(text, 1_700_000_000)
    (found,) = cosignature.cosignatures(note, [cosigner.witness()])
    assert (found.witness, found.timestamp) == (cosigner.witness(), 1_700_000_000)
    for at in range(len(text) - 1):
        changed = text[:at] + ("a" if text[at] != "a" else "b") + text[at + 1 :]
        with pytest.raises(checkpoint.BadSignature):
            cosignature.verify(changed, found.line, cosigner.witness())
    public = cosigner.witness().public
    plain = checkpoint.Verifier("witness.example/w", checkpoint.key_id("witness.example/w", public), public)
    with pytest.raises(checkpoint.BadNote):
        checkpoint.open_note(text + "\n" + cosigner.line(text, 1_700_000_000), [plain])
    forged = note.replace(b64(found.line.key_id.to_bytes(4, "big") + found.line.signature), "AAAA" * 25 + "AA==")
    assert cosignature.cosignatures(forged, [cosigner.witness()]) == []


@pytest.mark.parametrize("case", cases("witness_policy", "parse_ok"))
def test_policies_are_read(case: dict[str, Any]) -> None:
    policy = witness_policy.parse(case["text"])
    group = policy.groups[policy.quorum]
    assert group.threshold == case["threshold"]
    assert len(group.members) == case.get("members", 1)
    assert set(policy.urls.values()) == {"https://sigsum.org/witness", "https://example.com/witness"}


@pytest.mark.parametrize("case", cases("witness_policy", "parse_errors"))
def test_wrong_policies_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(witness_policy.BadPolicy):
        witness_policy.parse(case["text"])


GROUPS = {
    "1-of(w1)": {"g": Group(1, ("w1",))},
    "0-of(w1)": {"g": Group(0, ("w1",))},
    "2-of(w1, 1-of(w2,w3))": {"inner": Group(1, ("w2", "w3")), "g": Group(2, ("w1", "inner"))},
}


@pytest.mark.parametrize("case", load("witness_policy").get("quorum_truth_table", []))
def test_quorums_follow_the_truth_table(case: dict[str, Any]) -> None:
    assert Policy("g", groups=GROUPS[case["group"]]).satisfied(case["signed"]) == case["ok"]


def test_a_quorum_counts_only_signatures_that_verify() -> None:
    log = checkpoint.Signer.new("log.example/1", bytes(range(32)))
    cosigners = [cosignature.Cosigner(f"w{number}.example", bytes([number]) * 32) for number in (1, 2)]
    lines = [f"witness w{number} {each.witness().encode()}\n" for number, each in enumerate(cosigners, start=1)]
    policy = witness_policy.parse("".join(lines) + "group both all w1 w2\nquorum both\n")
    text = checkpoint.Checkpoint("log.example/1", 7, bytes(32)).body()
    note = checkpoint.sign(text, [log])
    assert not policy.satisfied_by(note)
    note += cosigners[0].line(text, 1)
    assert not policy.satisfied_by(note)
    assert policy.satisfied_by(note + cosigners[1].line(text, 2))
    with pytest.raises(checkpoint.BadSignature):
        policy.satisfied_by(note + cosigners[1].line(text + "x", 2))
    assert witness_policy.parse("quorum none\n").satisfied([])


def test_a_policy_names_a_log_once() -> None:
    one, other = (f"log {checkpoint.Signer.new('log.example', bytes([n]) * 32).verifier().encode()}\n" for n in (1, 2))
    assert len(witness_policy.parse(f"{one}{other}quorum none\n").logs) == 2
    with pytest.raises(witness_policy.BadPolicy):
        witness_policy.parse(f"{one}{one}quorum none\n")
