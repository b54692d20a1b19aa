"""Canonical JSON: one value, one byte string, and nothing else is read back."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.audit import canonical

values = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(values)
def test_what_is_written_is_read_back(value: canonical.Json) -> None:
    try:
        data = canonical.dumps(value)
    except canonical.NotCanonical:  # a key with a lone surrogate
        return
    assert canonical.loads(data) == value
    assert json.loads(data) == value


def test_keys_stand_in_the_order_of_their_utf_16_units() -> None:
    assert canonical.dumps({"\U0001f600": 1, "\ufb33": 2, "a": 3}) == '{"a":3,"\U0001f600":1,"\ufb33":2}'.encode()


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, -(2**53), b"x", {1: 2}, "\ud800", object()])
def test_what_the_profile_cannot_express_is_refused(value: object) -> None:
    with pytest.raises(canonical.NotCanonical):
        canonical.dumps({"x": value} if not isinstance(value, dict) else value)  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{ "a":1}',
        b'{"b":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b"[NaN]",
        b'\xef\xbb\xbf{"a":1}',
        b"",
        b"\xff",
        b'{"a":"\\u0061"}',
        b'{"a":9007199254740993}',
        b"[" * 5000,
    ],
)
def test_any_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(canonical.NotCanonical):
        canonical.loads(data)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, True), ("é", True), (True, True), (5, True), ([], True), ({}, True), (["é", 1, [None]], True),
        ({"a": "é", "b": {"c": [1]}}, True), ({"é": 1}, False), ({"a": {"é": 1}}, False), ({"é": 1, "a": 2}, False),
        ([{"é": 1}, {"a": 1}], False), ([{"a": 1}, {"é": 1}], False),
    ],
)  # fmt: skip
def test_only_where_a_key_is_not_ascii_the_order_is_worked_out_by_units(value: canonical.Json, plain: bool) -> None:
    assert canonical._check(value) is plain


@pytest.mark.parametrize("value", [{"é": 1.5}, {"é": [1, 2.5]}, [{"a": 1}, b"x"], {"é": {1: 2}}])
def test_every_item_is_looked_at_also_behind_a_key_that_is_not_ascii(value: object) -> None:
    with pytest.raises(canonical.NotCanonical):
        canonical._check(value)


@pytest.mark.parametrize(
    ("data", "why"), [(b'{"a":1,"a":2}', "duplicate"), (b"1.5", "integer"), (b"NaN", "integer"), (b"{", "not JSON")]
)
def test_what_is_refused_is_told_why(data: bytes, why: str) -> None:
    with pytest.raises(canonical.NotCanonical, match=why):
        canonical.loads(data)


@pytest.mark.parametrize("value", [2**53 - 1, 1 - 2**53, 0])
def test_a_number_has_up_to_53_bits(value: int) -> None:
    assert canonical.loads(canonical.dumps(value)) == value
