"""The bytes of an event: what 7.13 of the specification fixes, recomputed here by other means."""

import hashlib
import hmac
import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.audit import entry, words
from broker.audit.encoding import b64url, opaque
from broker.audit.entry import Header, Invalid

DEK, SALT = bytes(range(32)), bytes(range(16))
HEAD = Header(
    act="data.read",
    actor="s:" + "A" * 22,
    app=None,
    cnt=2,
    cp=7,
    grp=None,
    kc=bytes(32),
    kid=b"k" * 16,
    log="broker.localhost/audit/main",
    n=3,
    obj="customer",
    p=b"p" * 32,
    purpose="research",
    res="ok",
    role="officer",
    sch=1,
    ts=1_795_000_000_000_000,
    w=5,
)


def header(**changes: Any) -> bytes:
    """The header's JSON with some members changed (or removed with `...`), in canonical form."""
    members = {**json.loads(entry.encode_header(HEAD)), **changes}
    kept = {key: value for key, value in members.items() if value is not ...}
    return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()


def test_a_header_is_canonical_json_of_exactly_nineteen_members() -> None:
    data = entry.encode_header(HEAD)
    members = json.loads(data)
    assert data == json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    names = "v log w n p ts act res actor app role purpose obj cnt kid kc cp grp sch"
    assert set(members) == set(names.split())
    assert entry.parse_header(data) == HEAD


def test_a_sealed_event_is_what_the_formulas_say() -> None:
    sealed = entry.seal(HEAD, {"b": "é", "a": [1, None, True]}, dek=DEK, salt=SALT)
    key = hmac.new(DEK, b"audit/event-key/v1\0" + b"k" * 16 + SALT, hashlib.sha256).digest()
    assert json.loads(sealed.header)["kc"] == b64url(hashlib.sha256(b"audit/key-commit/v1\0" + key).digest())
    assert sealed.ct[:16] == SALT
    body = AESGCM(key).decrypt(bytes(12), sealed.ct[16:], sealed.header)
    assert body == '{"a":[1,null,true],"b":"é"}'.encode().ljust(64)
    whole = b"\x01" + len(sealed.header).to_bytes(2, "big") + sealed.header + sealed.ct
    assert entry.entry_bytes(sealed.header, sealed.ct) == whole
    assert sealed.leaf == hashlib.sha256(b"\x00" + whole).digest()
    assert entry.split_entry(whole) == (sealed.header, sealed.ct)
    lane = hmac.new(b"m" * 32, b"audit/lane-mac/v1\0" + (5).to_bytes(4, "big"), hashlib.sha256).digest()
    wanted = hmac.new(lane, sealed.leaf, hashlib.sha256).digest()
    assert entry.lane_mac(entry.lane_key(b"m" * 32, 5), sealed.leaf) == wanted


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefg"), st.text(st.characters(exclude_categories=["Cs"]), max_size=80)))
def test_a_body_opens_again_and_its_length_tells_little(body: dict[str, str]) -> None:
    sealed = entry.seal(HEAD, dict(body), dek=DEK, salt=SALT)
    assert entry.open_body(sealed.header, sealed.ct, dek=DEK) == body
    assert len(sealed.ct) % 64 == 32
    assert (
        len(entry.pad_body(dict(body))) - len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()) < 64
    )


def test_another_key_a_changed_body_and_a_changed_header_are_refused() -> None:
    sealed = entry.seal(HEAD, {"a": 1}, dek=DEK, salt=SALT)
    with pytest.raises(Invalid):
        entry.open_body(sealed.header, sealed.ct, dek=bytes(32))
    for at in (16, len(sealed.ct) - 1):
        changed = bytearray(sealed.ct)
        changed[at] ^= 1
        with pytest.raises(Invalid):
            entry.open_body(sealed.header, bytes(changed), dek=DEK)
    with pytest.raises(Invalid):
        entry.open_body(sealed.header.replace(b'"cnt":2', b'"cnt":3'), sealed.ct, dek=DEK)


@pytest.mark.parametrize(
    "changes",
    [
        {"more": 1},
        {"grp": ...},
        {"cnt": -1},
        {"cnt": 1.5},
        {"cnt": "1"},
        {"cnt": None},
        {"cnt": True},
        {"cnt": 2**53},
        {"n": 0},
        {"n": 2**32},
        {"w": 0},
        {"w": 2**31},
        {"sch": 0},
        {"v": 2},
        {"act": "no.such_act"},
        {"act": "data"},
        {"res": "maybe"},
        {"obj": "spaceship"},
        {"purpose": "curiosity"},
        {"role": "king"},
        {"actor": None},
        {"actor": "s:short"},
        {"actor": "q:" + "A" * 22},
        {"kid": "A" * 21 + "B"},
        {"kc": "A" * 42 + "B"},
        {"p": "A" * 44},
        {"log": "Broker/audit/main"},
        {"log": "broker.localhost:8000/audit/main"},
        {"tk": "A" * 22},
        {"tw": 1, "tn": 1},
        {"act": "key.shred"},
        {"act": "lane.dead", "tw": 1},
        {"act": "lane.close", "tw": 5, "tn": 2},
        {"n": 1},
        {"purpose": ["research"]},
    ],
)
def test_any_other_header_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        entry.parse_header(header(**changes))


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + header(),
        header() + b" ",
        header().replace(b":2", b": 2", 1),
        header().replace(b'"cnt":2', b'"cnt":02'),
        header().replace(b'"cnt":2', b'"cnt":2,"cnt":2'),
        header().replace(b"data.read", b"data\\u002eread"),
        b"{}",
        b"",
    ],
)
def test_a_header_has_one_byte_string_only(data: bytes) -> None:
    with pytest.raises(Invalid):
        entry.parse_header(data)


@pytest.mark.parametrize(
    ("act", "extra"),
    [
        ("key.shred", {"tk": "A" * 22}),
        ("key.hold", {"tk": "A" * 22}),
        ("key.release", {"tk": "A" * 22}),
        ("lane.close", {"tw": 5, "tn": 3}),
        ("lane.dead", {"tw": 9, "tn": 0}),
        ("alarm.lane", {"tw": 9, "tn": 4}),
        ("alarm.ack", {"tw": 9, "tn": 4}),
    ],
)
def test_some_acts_name_what_they_are_about(act: str, extra: dict[str, Any]) -> None:
    data = header(act=act, **extra)
    assert entry.encode_header(entry.parse_header(data)) == data
    with pytest.raises(Invalid):
        entry.parse_header(header(act=act))


def test_a_body_that_does_not_fit_is_refused_before_anything_is_written() -> None:
    with pytest.raises(entry.EntryTooLarge):
        entry.seal(HEAD, {"a": "x" * 65_500}, dek=DEK, salt=SALT)


@pytest.mark.parametrize(
    "data", [b"", b"\x01\x00", b"\x02" + bytes(200), b"\x01\xff\xff" + bytes(200), b"\x01\x00\x02{}"]
)
def test_bytes_that_are_no_entry_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        entry.split_entry(data)


def test_the_tables_of_words_hold_together() -> None:
    assert len(words.ACTS) == len(words.NUMBERS) == len(words._ACTS)
    assert all(re.fullmatch(r"[a-z]+(\.[a-z_]+)+", name) for name in words.ACTS)
    assert all(0 < act.number < 2**15 and act.meaning for act in words.ACTS.values())
    known = {*words.RES, *words.ROLES, *words.PURPOSES, *words.OBJ}
    assert all(re.fullmatch("[a-z0-9_]+", word) for word in known)
    assert words.may_open("letter", "files")
    assert not words.may_open("draft", "files")
    assert not words.may_open(None, "fields")


def test_the_words_are_printed_in_the_documentation() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "log-words.md"
    assert page.read_text() == words.table() + "\n", "print it again, as its third line says"


def test_every_purpose_that_a_customer_agrees_to_can_be_logged() -> None:
    from broker import terms

    assert set(terms.PURPOSES) <= words.PURPOSES


def test_the_triggers_know_the_numbers_of_the_acts_about_keys() -> None:
    from broker.db import evidence_audit

    assert words.ACTS["key.shred"].number == evidence_audit.KEY_SHRED
    named = {words.ACTS[act].number for act in ("key.hold", "key.release", "key.rewrapped")}
    assert named == set(evidence_audit.KEY_CHANGES)


@pytest.mark.parametrize("name", ["a/audit/b", "broker.localhost/audit/main", "x-1.example/audit/2026-a"])
def test_names_of_logs(name: str) -> None:
    assert entry.is_origin(name)


@pytest.mark.parametrize(
    "name", ["", "a/b", "A/audit/b", "a:1/audit/b", "-a/audit/b", "a/audit/", "a/audit/" + "b" * 33]
)
def test_other_names_are_refused(name: str) -> None:
    assert not entry.is_origin(name)


def test_a_host_has_as_many_letters_as_dns_allows_and_no_more() -> None:
    longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    assert len(longest) == 253
    assert entry.is_origin(f"{longest}/audit/main")
    assert not entry.is_origin(f"{longest}d/audit/main")


LIMIT = 2**53
# The last value that each member of a header may have, and the first beyond it, on either side.
BORDERS: list[tuple[str, int, int]] = [
    ("cnt", 0, -1),
    ("cnt", LIMIT - 1, LIMIT),
    ("cp", 0, -1),
    ("cp", LIMIT - 1, LIMIT),
    ("n", 2, 0),
    ("n", 2**32 - 1, 2**32),
    ("sch", 1, 0),
    ("sch", LIMIT - 1, LIMIT),
    ("ts", 0, -1),
    ("ts", LIMIT - 1, LIMIT),
    ("w", 1, 0),
    ("w", 2**31 - 1, 2**31),
]


@pytest.mark.parametrize(("name", "last", "beyond"), BORDERS)
def test_each_number_of_a_header_has_its_borders_for_writer_and_reader(name: str, last: int, beyond: int) -> None:
    good = HEAD._replace(**{name: last})
    assert entry.parse_header(entry.encode_header(good)) == good
    with pytest.raises(Invalid):
        entry.encode_header(HEAD._replace(**{name: beyond}))
    with pytest.raises(Invalid):
        entry.parse_header(header(**{name: beyond}))


@pytest.mark.parametrize(
    "changes",
    [
        {"cnt": True},  # a yes is no number
        {"cnt": 1.0},
        {"kc": bytes(31)},
        {"p": bytes(33)},
        {"kc": bytes(33), "p": bytes(33)},
        {"kid": bytes(15)},
        {"grp": bytes(15)},
        {"n": 1},  # the first of a lane follows nothing
    ],
)
def test_a_writer_writes_no_value_of_another_kind_or_length(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="out of its range"):
        entry.encode_header(HEAD._replace(**changes))
    assert entry.encode_header(HEAD._replace(grp=bytes(16)))
    assert entry.encode_header(HEAD._replace(n=1, p=entry.FIRST_PREVIOUS))


def test_what_is_written_is_no_longer_than_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = entry.encode_header(HEAD)
    monkeypatch.setattr(entry, "MAX_HEADER", len(data))
    assert entry.encode_header(HEAD) == data
    monkeypatch.setattr(entry, "MAX_HEADER", len(data) - 1)
    with pytest.raises(Invalid, match="too long"):
        entry.encode_header(HEAD)


@pytest.mark.parametrize(("name", "last", "beyond"), [("tw", 1, 0), ("tw", 2**31 - 1, 2**31), ("tn", 2**32 - 1, 2**32)])
def test_the_lane_that_an_act_is_about_has_its_borders(name: str, last: int, beyond: int) -> None:
    act: dict[str, Any] = {"act": "lane.dead", "tw": 7, "tn": 9}
    assert entry.encode_header(HEAD._replace(**{**act, name: last}))
    with pytest.raises(Invalid):
        entry.encode_header(HEAD._replace(**{**act, name: beyond}))


def test_another_key_is_told_from_a_broken_seal() -> None:
    sealed = entry.seal(HEAD, {"a": 1}, dek=DEK, salt=SALT)
    with pytest.raises(Invalid) as wrong:
        entry.open_body(sealed.header, sealed.ct, dek=bytes(32))
    assert wrong.value.kind == "key"
    with pytest.raises(Invalid) as wrong:
        entry.open_body(sealed.header, sealed.ct[:-1] + bytes([sealed.ct[-1] ^ 1]), dek=DEK)
    assert wrong.value.kind == "entry"


_TEXT: dict[str, Any] = {"n": str(HEAD.n)}


def test_an_unusual_header_is_written_only_if_it_is_read_as_it_was() -> None:
    head = HEAD._replace(act="key.shred", tk=b"t" * 16)
    assert entry.parse_header(entry.encode_header(head)) == head
    with pytest.raises(Invalid, match="read back"):
        entry.encode_header(head._replace(**_TEXT))


def test_an_event_is_named_by_its_lane_and_its_number_there() -> None:
    assert entry.event_id(5, 3) == HEAD.event_id == 5 * 2**32 + 3


def test_what_is_no_entry_says_why() -> None:
    wrong = Invalid("entry", "no entry")
    assert (wrong.kind, str(wrong)) == ("entry", "no entry")


def test_a_header_has_1024_bytes_at_most() -> None:
    """Whether its words are known is not asked yet."""
    data = header(obj="x")
    room = 1024 - len(data) + 1
    assert entry.match_header(header(obj="x" * room)) is not None
    assert entry.match_header(header(obj="x" * (room + 1))) is None


def test_a_body_is_an_object() -> None:
    key = entry.event_key(DEK, HEAD.kid, SALT)
    head = entry.encode_header(HEAD._replace(kc=entry.commitment(key)))
    assert entry.decrypt(key, head, entry.encrypt(key, SALT, head, entry.pad_body({"a": 1}))) == {"a": 1}
    with pytest.raises(Invalid, match="no object"):
        entry.decrypt(key, head, entry.encrypt(key, SALT, head, entry.pad_body([1])))


def test_a_body_is_padded_by_no_more_than_it_takes() -> None:
    key = entry.event_key(DEK, HEAD.kid, SALT)
    head = entry.encode_header(HEAD._replace(kc=entry.commitment(key)))
    for padded in (entry.pad_body({"a": 1}) + b" " * 64, b'{"a":1}', b""):
        with pytest.raises(Invalid, match="wrong padding"):
            entry.decrypt(key, head, entry.encrypt(key, SALT, head, padded))


def test_an_entry_is_as_large_as_two_bytes_can_say() -> None:
    head = entry.encode_header(HEAD)
    room = entry.MAX_ENTRY - 3 - len(head)
    assert len(entry.entry_bytes(head, bytes(room))) == entry.MAX_ENTRY == 2**16 - 1
    with pytest.raises(entry.EntryTooLarge):
        entry.entry_bytes(head, bytes(room + 1))


def test_an_actor_is_a_letter_and_an_id_of_which_nothing_can_be_read() -> None:
    assert opaque("s", uuid.UUID(int=255)) == "s:" + "A" * 20 + "_w"
