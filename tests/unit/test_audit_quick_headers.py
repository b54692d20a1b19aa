"""The quick reading of headers at its borders: what it reads, and what next to it is left to the strict reader."""

from typing import Any

import pytest

from broker.audit import canonical, entry, headers
from broker.audit.encoding import b64url
from broker.audit.headers import Matcher, url64
from broker.audit.words import ACTS
from tests import memory_log
from tests.memory_log import ORIGIN

HEAD = memory_log.Fake().header(1)._replace(n=3, p=bytes(32), app="a:" + "B" * 22, purpose="research", role="officer")
LAST = canonical.LIMIT - 1


def ask(
    header: bytes, head: entry.Header, matcher: Matcher | None = None, **other: Any
) -> tuple[int, int, str | None, bytes] | None:
    facts: dict[str, Any] = {
        "before": url64(head.p), "event_id": head.event_id, "kid": head.kid,
        "columns": (ACTS[head.act].number, head.actor, head.app), "ts": head.ts, "res": head.res, "obj": head.obj,
        **other,
    }  # fmt: skip
    return (matcher or Matcher(ORIGIN)).match(header, **facts)


def answer(head: entry.Header) -> tuple[int, int, str | None, bytes]:
    return head.cnt, head.cp, None if head.grp is None else b64url(head.grp), url64(head.kc)


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"cnt": LAST}, {"cp": LAST}, {"ts": 0}, {"ts": LAST}, {"sch": LAST}, {"grp": b"g" * 16}, {"app": None},
        {"purpose": None}, {"role": None}, {"obj": None}, {"n": 2**32 - 1}, {"n": 2}, {"w": 2**31 - 1},
        {"kc": b"\x0f" * 32},
    ],
)  # fmt: skip
def test_an_ordinary_header_is_read_up_to_its_borders(changes: dict[str, Any]) -> None:
    head = HEAD._replace(**changes)
    assert ask(entry.encode_header(head), head) == answer(head)


@pytest.mark.parametrize(
    ("old", "new", "columns"),
    [
        (b'"cnt":0', b'"cnt":%d' % canonical.LIMIT, {}),
        (b'"cp":0', b'"cp":%d' % canonical.LIMIT, {}),
        (b'"sch":1', b'"sch":%d' % canonical.LIMIT, {}),
        (b'"sch":1', b'"sch":0', {}),
        (b'"sch":1', b'"sch":01', {}),
        (b64url(HEAD.kid).encode(), b64url(b"k" * 15).encode(), {"kid": b"k" * 15}),
        (b'"ts":%d' % HEAD.ts, b'"ts":-1', {"ts": -1}),
        (b'"ts":%d' % HEAD.ts, b'"ts":%d' % canonical.LIMIT, {"ts": canonical.LIMIT}),
        (b'"purpose":"research"', b'"purpose":"unheard"', {}),
        (b'"role":"officer"', b'"role":"king"', {}),
        (b'"res":"ok"', b'"res":"well"', {"res": "well"}),
        (b'"app":"a:B', b'"app":"A:B', {"columns": (ACTS[HEAD.act].number, HEAD.actor, "A:" + "B" * 22)}),
        (b'"actor":"s:A', b'"actor":"S:A', {"columns": (ACTS[HEAD.act].number, "S:" + "A" * 22, HEAD.app)}),
        (b"A" * 43 + b'","kid"', b"A" * 42 + b'B","kid"', {}),  # two bits that no hash has
    ],
)
def test_what_lies_beyond_a_border_is_left_to_the_strict_reader(
    old: bytes, new: bytes, columns: dict[str, Any]
) -> None:
    header = entry.encode_header(HEAD)
    assert header.count(old) == 1
    assert ask(header.replace(old, new), HEAD, **columns) is None
    with pytest.raises(entry.Invalid):
        entry.parse_header(header.replace(old, new))


@pytest.mark.parametrize("act", sorted(entry.SHRED_ACTS | entry.TAIL_ACTS))
def test_an_act_that_carries_more_is_never_read_quickly_not_even_without_it(act: str) -> None:
    header = entry.encode_header(HEAD).replace(b'"data.read"', b'"%b"' % act.encode())
    assert ask(header, HEAD, columns=(ACTS[act].number, HEAD.actor, HEAD.app)) is None


def test_an_anchoring_is_read_strictly() -> None:
    head = HEAD._replace(act="log.anchored")
    assert ask(entry.encode_header(head), head) is None


@pytest.mark.parametrize("missing", [None, 0, -1, 10_000])
def test_without_the_number_of_an_act_nothing_is_read(missing: int | None) -> None:
    for act in sorted(ACTS.keys() - entry.SHRED_ACTS - entry.TAIL_ACTS):
        head = HEAD._replace(act=act)
        assert ask(entry.encode_header(head), head, columns=(missing, head.actor, head.app)) is None


def test_a_header_may_be_as_long_as_any(monkeypatch: pytest.MonkeyPatch) -> None:
    header = entry.encode_header(HEAD)
    monkeypatch.setattr(entry, "MAX_HEADER", len(header))
    assert ask(header, HEAD) == answer(HEAD)
    monkeypatch.setattr(entry, "MAX_HEADER", len(header) - 1)
    assert ask(header, HEAD) is None


def test_what_was_read_is_remembered_and_never_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "_REMEMBERED", 2)
    matcher = Matcher(ORIGIN)
    for turn in range(5):
        head = HEAD._replace(
            kid=bytes([turn]) * 16, cnt=turn, actor="s:" + b64url(bytes([turn]) * 16), sch=turn + 1, n=turn + 2
        )
        for _again in range(2):
            assert ask(entry.encode_header(head), head, matcher) == answer(head)
        kept = [matcher._begins, matcher._counts, matcher._kids, matcher._words]
        assert [len(each) for each in kept] == [turn % 2 + 1] * 4


def test_the_name_of_a_group_is_not_remembered() -> None:
    matcher = Matcher(ORIGIN)
    head = HEAD._replace(grp=b"g" * 16, cnt=2)
    assert ask(entry.encode_header(head), head, matcher) == answer(head)
    assert matcher._counts == {}
