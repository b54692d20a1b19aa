"""The published RFC 3161 tokens, and real entries of a Rekor v2 log (docs/decisions/0040)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from asn1crypto.x509 import Certificate

from broker.audit import checkpoint, merkle, timestamping, tlogproof
from tests.vectors.support import beside, cases, hashes, load, unb64

pytestmark = beside


def certificate_of_the_signer() -> Certificate:
    """The signing certificate of the entry whose signature most of the tokens stamp."""
    (case,) = (each for each in load("rekor_v2_entries")["cases"] if each["id"] == "rekor2-happy-path")
    spec = json.loads(unb64(case["leaf_b64"]))["spec"]["hashedRekordV002"]
    return Certificate.load(unb64(spec["signature"]["verifier"]["x509Certificate"]["rawBytes"]))


def stamped(case: dict[str, Any]) -> list[timestamping.Timestamp]:
    """What the tokens of a case prove, within the years for which its list trusts the authority."""
    (authority,) = case["timestamp_authorities"]
    *others, root = [Certificate.load(unb64(each["rawBytes"])) for each in authority["certChain"]["certificates"]]
    text = unb64(case["timestamped_message_b64"])
    found = [timestamping.verify(unb64(token), text, [root], intermediates=others) for token in case["rfc3161_der_b64"]]
    years = authority["validFor"]
    begin, end = (datetime.fromisoformat(years.get(name, "9999-01-01T00:00:00+00:00")) for name in ("start", "end"))
    return [each for each in found if begin <= each.at < end]


@pytest.mark.parametrize("case", cases("rfc3161_timestamps"))
def test_tokens_are_accepted_and_refused(case: dict[str, Any]) -> None:
    if case["expect"] == "accept":
        (found,) = stamped(case)
        assert found.at.tzinfo is not None
        return
    if "no-timestamp" in case["id"] or "trust-root-tsa-validity" in case["id"]:
        assert stamped(case) == []  # nothing that counts: no token, or none from the years of trust
        return
    if "incorrect-time" in case["id"]:  # a good token, too late for the certificate whose signature it stamps
        (found,) = stamped(case)
        valid = certificate_of_the_signer()["tbs_certificate"]["validity"]
        assert not valid["not_before"].native <= found.at <= valid["not_after"].native
        return
    with pytest.raises(timestamping.BadTimestamp):
        stamped(case)


def test_a_token_is_refused_for_any_changed_byte() -> None:
    (case,) = (each for each in load("rfc3161_timestamps")["cases"] if each["id"].endswith("with-embedded-cert"))
    token = unb64(case["rfc3161_der_b64"][0])
    authority = case["timestamp_authorities"][0]["certChain"]["certificates"]
    *others, root = [Certificate.load(unb64(each["rawBytes"])) for each in authority]
    text = unb64(case["timestamped_message_b64"])
    good = timestamping.verify(token, text, [root], intermediates=others)
    assert good.at > datetime(2025, 1, 1, tzinfo=UTC)
    survived = []
    for at in range(0, len(token), 7):
        changed = token[:at] + bytes([token[at] ^ 0x01]) + token[at + 1 :]
        try:
            found = timestamping.verify(changed, text, [root], intermediates=others)
        except timestamping.BadTimestamp:
            continue
        survived.append((at, found))
    # What is not signed (the status, certificates beside the chain) may differ; what the token says may not.
    assert all(found == good for _at, found in survived)
    with pytest.raises(timestamping.BadTimestamp):
        timestamping.verify(token, text + b"x", [root], intermediates=others)


@pytest.mark.parametrize("case", cases("rekor_v2_entries"))
def test_entries_of_another_log_are_proved_by_our_reader(case: dict[str, Any]) -> None:
    keys = []
    for key in case["log_keys"]:
        public, name = bytes.fromhex(key["ed25519_hex"]), key["base_url"].removeprefix("https://")
        keys.append(checkpoint.Verifier(name, checkpoint.key_id(name, public), public))
    text = tlogproof.TlogProof(case["index"], tuple(hashes(case["proof_b64"])), case["checkpoint"]).encode()
    leaf = merkle.leaf_hash(unb64(case["leaf_b64"]))
    origin = next((key.name for key in keys if case["checkpoint"].startswith(key.name + "\n")), keys[0].name)
    if case["expect"] == "accept":
        assert tlogproof.verify(tlogproof.parse(text), leaf, keys, origin=origin).size == int(
            case["stated"]["treeSize"]
        )
        with pytest.raises(merkle.BadProof):
            tlogproof.verify(tlogproof.parse(text), merkle.leaf_hash(b"another"), keys, origin=origin)
    else:
        with pytest.raises((checkpoint.BadNote, merkle.BadProof, tlogproof.BadTlogProof)):
            tlogproof.verify(tlogproof.parse(text), leaf, keys, origin=origin)
