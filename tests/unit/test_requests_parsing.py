"""A body is read in one way or not at all."""

from io import BytesIO

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError

from requests_app.parsing import StrictJSONParser


def parsed(body: bytes) -> object:
    return StrictJSONParser().parse(BytesIO(body))


def test_plain_json_is_read() -> None:
    assert parsed('{"a": ["ü", 1, null]}'.encode()) == {"a": ["ü", 1, None]}


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 2}',
        b'{"b": {"a": 1, "a": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"{",
        b"",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_could_be_read_in_two_ways_or_not_at_all_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parsed(body)


def test_a_body_over_the_limit_is_not_read_to_its_end() -> None:
    stream = BytesIO(b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE * 3))
    with pytest.raises(RequestDataTooBig):
        StrictJSONParser().parse(stream)
    assert stream.tell() <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
