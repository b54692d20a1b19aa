"""Cosignatures of witnesses (C2SP tlog-cosignature): whose key it is, what a line says, and what an answer may hold."""

import hashlib

import pytest

from broker.audit import checkpoint, cosignature
from broker.audit.checkpoint import BadNote, BadSignature, Signature
from broker.audit.cosignature import COSIGNATURE, ED25519, ML_DSA_44, Cosigner, Witness
from broker.audit.encoding import b64, unb64

TEXT = checkpoint.Checkpoint("log.example/audit/1", 7, bytes(32)).body()
TIME = 1_795_000_000
ONE, OTHER = (Cosigner(f"witness.example/{name}", name.encode() * 32) for name in "ab")


def line_of(cosigner: Cosigner, text: str = TEXT) -> Signature:
    """What stands on the line that this witness adds."""
    _, (line,) = checkpoint.signature_lines(f"{text}\n{cosigner.line(text, TIME)}")
    return line


def vkey(name: str, algorithm: int, public: bytes, *, wrong: int = 0) -> str:
    """A key as text, its id by the rule of the format, or another."""
    kind = bytes([algorithm])
    identity = hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]
    return f"{name}+{int.from_bytes(identity, 'big') ^ wrong:08x}+{b64(kind + public)}"


@pytest.mark.parametrize(
    ("algorithm", "length"),
    [(ED25519, 31), (ED25519, 33), (COSIGNATURE, 31), (COSIGNATURE, 33), (ML_DSA_44, 1311), (ML_DSA_44, 1313), (2, 32)],
)
def test_a_key_has_a_kind_that_is_known_and_its_length(algorithm: int, length: int) -> None:
    with pytest.raises(BadNote, match="unknown algorithm or key length"):
        cosignature.parse_vkey(vkey("witness.example/a", algorithm, bytes(length)))


@pytest.mark.parametrize("algorithm", [ED25519, COSIGNATURE])
def test_a_key_under_the_id_of_another_is_refused(algorithm: int) -> None:
    public = ONE.witness().public
    assert cosignature.parse_vkey(vkey(ONE.name, algorithm, public)) == ONE.witness()
    with pytest.raises(BadNote, match="id does not match"):
        cosignature.parse_vkey(vkey(ONE.name, algorithm, public, wrong=1))


# FIPS 204 gives a signature of ML-DSA-44 2420 bytes, RFC 8032 one of Ed25519 64; the time has eight.
@pytest.mark.parametrize("length", [64, 2420])
def test_a_cosignature_is_a_time_of_eight_bytes_and_a_signature_of_its_kind(length: int) -> None:
    time = TIME.to_bytes(8, "big")
    assert cosignature.timestamp_of(time + b"s" * length) == TIME
    for other in (length - 1, length + 1):
        with pytest.raises(BadNote, match="not a cosignature"):
            cosignature.timestamp_of(time + b"s" * other)


def test_a_verified_cosignature_is_kept_as_the_line_that_came_and_says_whose_it_is() -> None:
    found = cosignature.verify(TEXT, line_of(ONE), ONE.witness())
    assert found.encode() == ONE.line(TEXT, TIME)
    assert cosignature.whose(found.encode()) == (ONE.name, ONE.witness().key_id)
    identity = unb64(found.encode().split()[-1])[:4]
    assert len(set(identity)) == 4  # else a byte too many or too few could go unseen
    assert cosignature.whose(found.encode())[1].to_bytes(4, "big") == identity


@pytest.mark.parametrize(
    "witness",
    [
        OTHER.witness(),
        ONE.witness()._replace(name=OTHER.name),
        ONE.witness()._replace(key_id=OTHER.witness().key_id),
        ONE.witness()._replace(algorithm=ML_DSA_44),  # would fit, but such a key's signatures are not checked
    ],
)
def test_a_line_counts_only_for_the_key_that_it_names_and_of_the_kind_that_is_checked(witness: Witness) -> None:
    with pytest.raises(BadNote, match="of another key"):
        cosignature.verify(TEXT, line_of(ONE), witness)


def test_an_answer_gives_the_cosignatures_of_known_witnesses_and_passes_over_others() -> None:
    answer = ONE.line(TEXT, TIME) + OTHER.line(TEXT, TIME + 1)
    for known in ([ONE], [OTHER], [ONE, OTHER], []):
        found = cosignature.from_answer(TEXT, answer, [each.witness() for each in known])
        assert [each.witness for each in found] == [each.witness() for each in known]
    with pytest.raises(BadSignature):
        cosignature.from_answer(TEXT, ONE.line(TEXT + "more\n", TIME), [ONE.witness()])


def test_an_answer_holds_signature_lines_alone() -> None:
    """A witness that could put lines in front of its signature would have its own text taken for the checkpoint's."""
    longer = f"{TEXT}\nmore of a text\n"
    good = ONE.line(TEXT, TIME)
    for answer in (f"more of a text\n\n{ONE.line(longer, TIME)}", f"\n{good}", f"more\n\n{good}"):
        with pytest.raises(BadNote, match="more than signature lines"):
            cosignature.from_answer(TEXT, answer, [ONE.witness()])
    for answer in ("", "\n", good[:-1], f"{good}\n", f"{good}more\n", f"more\n{good}"):
        with pytest.raises(BadNote):
            cosignature.from_answer(TEXT, answer, [ONE.witness()])
