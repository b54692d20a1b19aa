"""The quick reading of headers says yes only where the strict reader and every column say yes; what is kept goes on."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.audit import checkpoint, entry, progress, verifier
from broker.audit.encoding import b64url
from broker.audit.headers import ALPHABET, Matcher, url64
from broker.audit.words import ACTS, OBJ, PURPOSES, RES, ROLES
from tests import memory_log
from tests.memory_log import ORIGIN, Fake

ORDINARY = sorted(ACTS.keys() - entry.SHRED_ACTS - entry.TAIL_ACTS - {"log.anchored"})  # the others are read strictly
ACTORS = st.binary(min_size=16, max_size=16).map(lambda raw: "s:" + b64url(raw))
SMALL = st.integers(0, 2**53 - 1)

HEADERS = st.builds(
    entry.Header,
    act=st.sampled_from(ORDINARY), actor=ACTORS, app=st.none() | ACTORS, cnt=SMALL, cp=SMALL,
    grp=st.none() | st.binary(min_size=16, max_size=16), kc=st.binary(min_size=32, max_size=32),
    kid=st.binary(min_size=16, max_size=16), log=st.just(ORIGIN), n=st.integers(2, 2**32 - 1),
    obj=st.none() | st.sampled_from(sorted(OBJ)), p=st.binary(min_size=32, max_size=32),
    purpose=st.none() | st.sampled_from(sorted(PURPOSES)), res=st.sampled_from(sorted(RES)),
    role=st.none() | st.sampled_from(sorted(ROLES)), sch=st.integers(1, 9), ts=SMALL,
    tk=st.none(), tn=st.none(), tw=st.none(), w=st.integers(1, 2**31 - 1),
)  # fmt: skip


def ask(matcher: Matcher, header: bytes, head: entry.Header, **other: Any) -> tuple[int, int, str | None, bytes] | None:
    """Match a header with the columns of this head, some of them changed."""
    facts: dict[str, Any] = {
        "before": url64(head.p),
        "event_id": head.event_id,
        "kid": head.kid,
        "columns": (ACTS[head.act].number, head.actor, head.app),
        "ts": head.ts,
        "res": head.res,
        "obj": head.obj,
        **other,
    }
    return matcher.match(header, **facts)


@given(HEADERS)
@settings(max_examples=80, deadline=None)
def test_a_canonical_header_that_says_what_its_columns_say_is_read(head: entry.Header) -> None:
    found = ask(Matcher(ORIGIN), entry.encode_header(head), head)
    grp = None if head.grp is None else b64url(head.grp)
    assert found == (head.cnt, head.cp, grp, url64(head.kc))


@given(HEADERS, st.integers(0, 2**16), st.integers(0, 7))
@settings(max_examples=200, deadline=None)
def test_a_changed_byte_is_read_only_where_the_strict_reader_reads_the_same(
    head: entry.Header, at: int, bit: int
) -> None:
    header = bytearray(entry.encode_header(head))
    header[at % len(header)] ^= 1 << bit
    changed = bytes(header)
    matcher = Matcher(ORIGIN)
    assert ask(matcher, entry.encode_header(head), head) is not None
    found = ask(matcher, changed, head)
    if found is None or found[3].translate(None, ALPHABET):
        return
    strict = entry.parse_header(changed)
    same = head._replace(
        cnt=strict.cnt, cp=strict.cp, grp=strict.grp, kc=strict.kc, purpose=strict.purpose, role=strict.role,
        sch=strict.sch,
    )  # fmt: skip
    assert strict == same
    assert found[:2] == (strict.cnt, strict.cp)


@given(HEADERS, HEADERS)
@settings(max_examples=30, deadline=None)
def test_another_column_or_predecessor_is_never_read(head: entry.Header, other: entry.Header) -> None:
    matcher, header = Matcher(ORIGIN), entry.encode_header(head)
    changes: list[dict[str, Any]] = [
        {"before": url64(other.p)},
        {"event_id": other.event_id},
        {"kid": other.kid},
        {"columns": (ACTS[head.act].number, other.actor, head.app)},
        {"columns": (ACTS[head.act].number, head.actor, other.app)},
        {"columns": (ACTS[other.act].number, head.actor, head.app)},
        {"ts": other.ts},
        {"res": other.res},
        {"obj": other.obj},
    ]
    same = ask(matcher, header, head)
    for change in changes:
        unchanged = all(_column(head, name) == value for name, value in change.items())
        assert ask(matcher, header, head, **change) == (same if unchanged else None)
    assert Matcher("other.localhost/audit/x").match(
        header, url64(head.p), head.event_id, head.kid, (ACTS[head.act].number, head.actor, head.app), head.ts,
        head.res, head.obj,
    ) is None  # fmt: skip


def _column(head: entry.Header, name: str) -> object:
    facts = {"before": url64(head.p), "columns": (ACTS[head.act].number, head.actor, head.app)}
    return facts[name] if name in facts else getattr(head, name)


@pytest.mark.parametrize(
    "change",
    [{"ts": None}, {"ts": "1"}, {"res": None}, {"obj": 3}, {"obj": "?"}, {"kid": None}, {"kid": b""},
     {"columns": (None, None, None)}, {"columns": (0, "s:x", None)}],
)  # fmt: skip
def test_a_column_of_another_type_is_left_to_the_strict_reader(change: dict[str, Any]) -> None:
    head = memory_log.Fake().header(1)._replace(n=2, p=bytes(32))
    assert ask(Matcher(ORIGIN), entry.encode_header(head), head) is not None
    assert ask(Matcher(ORIGIN), entry.encode_header(head), head, **change) is None


def test_words_that_are_in_no_table_are_left_to_the_strict_reader() -> None:
    head = memory_log.Fake().header(1)._replace(n=2, p=bytes(32))
    header = entry.encode_header(head)
    for old, new in (
        (b'"purpose":null', b'"purpose":"unheard_of"'),
        (b'"role":null', b'"role":"king"'),
        (b'"sch":1', b'"sch":0'),
        (b'"cnt":0', b'"cnt":00'),
        (b'"cp":0', b'"cp":9007199254740992'),
        (b'"cnt":0', b'"cnt":0 '),
    ):
        assert old in header
        assert ask(Matcher(ORIGIN), header.replace(old, new), head) is None


# --- going on from a kept state


def test_a_verification_goes_on_where_another_ended() -> None:
    log = memory_log.filled(270, every=90)
    dice = random.Random(5)
    state = verifier.verify(log.log()).progress
    for turn in range(12):
        for _ in range(dice.randrange(1, 60)):
            log.add(1 + dice.randrange(3))
        if turn % 3 == 0:
            log.add(1, grp=bytes([turn]) * 16, cnt=1)
            log.add(1, grp=bytes([turn]) * 16)
        if turn % 2:
            log.publish()
        assert state is not None
        text = state.dump(ORIGIN)
        assert progress.load(text, ORIGIN).dump(ORIGIN) == text
        result = verifier.verify(log.log(), progress.load(text, ORIGIN))
        whole = verifier.verify(log.log())
        assert result.ok
        assert whole.progress is not None
        assert result.progress is not None
        assert result.progress.dump(ORIGIN) == whole.progress.dump(ORIGIN)
        state = result.progress


def gone_on(log: Fake, text: str) -> tuple[str, int | None]:
    """The verdict of a verification that goes on."""
    result = verifier.verify(log.log(), progress.load(text, ORIGIN))
    return result.kind, result.first_bad


def test_another_history_is_found_by_a_verification_that_goes_on() -> None:
    log = memory_log.filled()
    state = verifier.verify(log.log()).progress
    assert state is not None
    text = state.dump(ORIGIN)
    other = memory_log.filled(200, every=100)
    for at in range(150):
        other.add(1 + at % 2, actor="s:" + "B" * 22)
    other.publish()
    assert gone_on(other, text)[0] == "rollback", "the checkpoint that was the newest is gone"
    other.notes.insert(3, log.notes[3])
    assert gone_on(other, text) == ("tile", 299)
    log.add(1, p=bytes(32))
    assert gone_on(log, text) == ("lane_link", 300)


def test_a_kept_state_of_another_log_or_shape_is_unusable() -> None:
    state = verifier.verify(memory_log.filled().log()).progress
    assert state is not None
    text = state.dump(ORIGIN)
    others = (text.replace(f'"format":{progress.FORMAT}', '"format":0'), text.replace('"size":300', '"size":299'))
    for broken in ("", "[]", "{}", text[:-1], *others):
        with pytest.raises(progress.Unusable):
            progress.load(broken, ORIGIN)
    with pytest.raises(progress.Unusable):
        progress.load(text, "other.localhost/audit/x")


def test_an_anchor_that_proves_nothing_is_named() -> None:
    log = memory_log.filled()
    good = verifier.AnchorCheck(200, "witness")
    unknown = verifier.AnchorCheck(200, "tsa", unknown="no timestamp authority is configured")
    result = verifier.verify(replace(log.log(), anchors=lambda begin: iter([good, unknown])))
    assert (result.ok, result.notes) == (True, ("1 anchors not judged: no timestamp authority is configured",))
    for bad in (verifier.AnchorCheck(200, "tsa", wrong="imprint"), verifier.AnchorCheck(150, "witness")):
        assert verifier.verify(replace(log.log(), anchors=lambda begin, bad=bad: iter([bad]))).kind == "signature"  # type: ignore[misc]


def test_a_bad_commitment_is_a_bad_header_at_its_place() -> None:
    log = memory_log.filled()
    header = log.leaves[77].header
    assert header is not None
    at = header.index(b'"kc":"') + 10
    log.leaves[77] = log.leaves[77]._replace(header=header[:at] + b"*" + header[at + 1 :])
    assert log.verdict() == ("header", 77)


def test_checkpoints_of_other_sizes_than_their_rows_are_inconsistent() -> None:
    log = memory_log.filled()
    log.notes[1] = (150, log.notes[1][1])
    assert log.verdict() == ("consistency", None)
    body = checkpoint.Checkpoint(ORIGIN, 300, log.tree.root()).body()
    log.notes[1:] = [(300, checkpoint.sign(body, [memory_log.SIGNER]))] * 2
    assert log.verdict()[0] == "consistency"


@given(HEADERS)
@settings(max_examples=20, deadline=None)
def test_an_unusual_act_is_left_to_the_strict_reader(head: entry.Header) -> None:
    unusual = head._replace(act="log.anchored")
    assert ask(Matcher(ORIGIN), entry.encode_header(unusual), unusual) is None
