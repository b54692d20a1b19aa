"""Signed notes and checkpoints at the borders of what is one."""

import pytest

from broker.audit import checkpoint, entry
from broker.audit.chain import read_entry
from broker.audit.checkpoint import BadNote
from broker.audit.encoding import b64
from tests.memory_log import ORIGIN, SIGNER
from tests.unit.test_audit_intake import FIRST

TEXT = f"{ORIGIN}\n5\n{b64(bytes(32))}\n"


@pytest.mark.parametrize("text", ["", "no end", "a tab\tinside\n", "a bell\x07\n", "a unit\x1f\n"])
def test_what_is_no_text_of_lines_is_not_signed(text: str) -> None:
    with pytest.raises(BadNote, match="malformed text"):
        checkpoint.sign(text, [SIGNER])


def test_a_space_is_no_control_character() -> None:
    assert checkpoint.text_of(checkpoint.sign("a space inside\n", [SIGNER])) == "a space inside\n"


@pytest.mark.parametrize(
    "line",
    [
        "- a/audit/b AAAAAAA=",  # a hyphen is no dash
        "\u2014 a+b AAAAAAA=",  # a plus stands between the parts of a key
        "\u2014  AAAAAAA=",
        "\u2014 a/audit/b AAAAAA==",  # four bytes are an id and no signature
        "\u2014 a/audit/b %",
    ],
)
def test_a_signature_line_is_a_dash_a_name_and_an_id_with_a_signature(line: str) -> None:
    good = "\u2014 a/audit/b AAAAAAA="
    assert checkpoint.text_of(f"{TEXT}\n{good}\n") == TEXT
    with pytest.raises(BadNote, match="malformed signature"):
        checkpoint.text_of(f"{TEXT}\n{good}\n{line}\n")


def test_a_checkpoint_has_three_lines_and_what_follows_is_given_back() -> None:
    read, rest = checkpoint.parse_loosely(f"{TEXT}one\ntwo\nthree\n")
    assert (read.origin, read.size, read.root, rest) == (ORIGIN, 5, bytes(32), "one\ntwo\nthree\n")
    assert checkpoint.parse(f"{TEXT}one\n", extensions=True).size == 5
    with pytest.raises(BadNote, match="not a checkpoint"):
        checkpoint.parse(f"{TEXT}one\n")


@pytest.mark.parametrize("size", ["05", "-1", "", "1.0", str(2**64)])
def test_a_size_is_a_number_of_64_bits_written_in_one_way(size: str) -> None:
    assert checkpoint.parse(TEXT.replace("\n5\n", f"\n{2**64 - 1}\n")).size == 2**64 - 1
    with pytest.raises(BadNote, match="malformed size"):
        checkpoint.parse(TEXT.replace("\n5\n", f"\n{size}\n"))


def test_signature_lines_are_read_unchecked_with_their_keys() -> None:
    note = checkpoint.sign(TEXT, [SIGNER])
    text, (line,) = checkpoint.signature_lines(note)
    assert (text, line.name, line.key_id) == (TEXT, SIGNER.name, SIGNER.key_id)
    assert line.signature == SIGNER.sign(TEXT.encode())
    assert checkpoint.key_ids(note, SIGNER.name) == [SIGNER.key_id]
    assert checkpoint.key_ids(note, "a/audit/b") == []


def test_a_note_of_a_million_characters_is_read_and_a_longer_one_is_not() -> None:
    tail = "\n\u2014 a/audit/b AAAAAAA=\n"
    text = "a" * (1_000_000 - len(tail) - 1) + "\n"
    assert checkpoint.text_of(text + tail) == text
    with pytest.raises(BadNote, match="malformed note"):
        checkpoint.text_of("a" + text + tail)


def test_a_note_is_a_text_an_empty_line_and_whole_lines() -> None:
    signed = "\u2014 a/audit/b AAAAAAA=\n"
    assert checkpoint.text_of(f"a\n\n{signed}") == "a\n"
    for note in (f"a{signed}", f"a\n{signed}", f"a\n\n{signed[:-1]}", "a\n\n"):
        with pytest.raises(BadNote, match="malformed note"):
            checkpoint.signature_lines(note)


def test_a_note_has_a_hundred_signatures_at_most() -> None:
    line = "\u2014 a/audit/b AAAAAAA=\n"
    assert len(checkpoint.signature_lines(f"{TEXT}\n{line * 100}")[1]) == 100
    with pytest.raises(BadNote, match="too many"):
        checkpoint.signature_lines(f"{TEXT}\n{line * 101}")


@pytest.mark.parametrize("name", ["", "a+b", "a b", "a\tb"])
def test_a_key_has_a_name_that_a_signature_line_can_carry(name: str) -> None:
    assert checkpoint.Signer.new("a/audit/b", bytes(32)).name == "a/audit/b"
    assert not checkpoint.good_name(name)
    with pytest.raises(BadNote, match="bad key name"):
        checkpoint.Signer.new(name, bytes(32))


def test_what_a_key_has_signed_its_public_half_and_no_other_confirms() -> None:
    other = checkpoint.Signer.new(ORIGIN, bytes(32))
    signature = SIGNER.sign(b"text")
    assert SIGNER.verifier().verify(b"text", signature) is True
    assert SIGNER.verifier().verify(b"another", signature) is False
    assert other.verifier().verify(b"text", signature) is False
    assert checkpoint.parse_vkey(SIGNER.verifier().encode()) == SIGNER.verifier()
    assert checkpoint.parse_skey(SIGNER.encode()) == SIGNER
    for key in (SIGNER.verifier().encode(), SIGNER.encode()):
        name, identity, rest = key.removeprefix("PRIVATE+KEY+").split("+", 2)
        read = checkpoint.parse_skey if key.startswith("PRIVATE") else checkpoint.parse_vkey
        before = key[: key.index(name)]
        for wrong in (
            f"{before}{name}+{int(identity, 16) ^ 1:08x}+{rest}",
            f"{before}{name}+{identity.upper()}0+{rest}",
            f"{before}{name}+{identity}+{b64(bytes([2]) + bytes(32))}",
            f"{before}{name}+{identity}+{b64(bytes([1]) + bytes(31))}",
            f"{before}{name}+{identity}+%",
        ):
            with pytest.raises(BadNote):
                read(wrong)
    with pytest.raises(BadNote, match="malformed key"):
        checkpoint.parse_skey(SIGNER.verifier().encode())


def test_a_note_is_opened_by_the_keys_that_are_known() -> None:
    second = checkpoint.Signer.new("witness/audit/w", bytes(32))
    note = checkpoint.sign(TEXT, [SIGNER, second, SIGNER, second])
    opened = checkpoint.open_note(note, [SIGNER.verifier()])
    assert opened.text == TEXT
    assert [line.name for line in opened.verified] == [ORIGIN]
    assert [line.name for line in opened.unverified] == ["witness/audit/w"]
    both = checkpoint.open_note(note, [SIGNER.verifier(), second.verifier()])
    assert [line.name for line in both.verified] == [ORIGIN, "witness/audit/w"]
    assert both.unverified == ()
    with pytest.raises(BadNote, match="no known key"):
        checkpoint.open_note(note, [])
    with pytest.raises(BadNote, match="ambiguous"):
        checkpoint.open_note(note, [SIGNER.verifier(), SIGNER.verifier()])
    with pytest.raises(checkpoint.BadSignature):
        checkpoint.open_note(TEXT.replace("\n5\n", "\n6\n") + note[len(TEXT) :], [SIGNER.verifier()])
    assert checkpoint.open_checkpoint(note, [second.verifier(), SIGNER.verifier()], origin=ORIGIN).size == 5
    with pytest.raises(BadNote):
        checkpoint.open_checkpoint(note, [second.verifier()], origin="witness/audit/w")


def test_an_entry_that_is_too_large_is_refused() -> None:
    room = entry.MAX_ENTRY - 3 - len(FIRST.header)
    largest = room - (room - 32) % 64
    assert read_entry(FIRST.header, bytes(largest))[0].n == 1
    with pytest.raises(entry.Invalid, match="too large"):
        read_entry(FIRST.header, bytes(largest + 64))


def test_a_text_may_be_one_empty_line() -> None:
    assert checkpoint.text_of("\n\n\u2014 a/audit/b AAAAAAA=\n") == "\n"
