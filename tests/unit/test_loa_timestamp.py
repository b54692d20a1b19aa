"""Time stamps: the first good answer counts, and an answer to another question does not."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from broker.rehearsal.timestamp_authority import TimestampAuthority
from broker.transport.errors import EgressRefused, TransportError
from broker.transport.timestamp import Post, TimestampUnavailable, stamper

REJECTION = bytes.fromhex("30053003020102")  # a status alone: RFC 3161 sends no token with it
DIGEST = hashlib.sha256(b"a letter").digest()


class _Wire:
    """Answers each address in its own way, and remembers who was asked."""

    def __init__(self, **answers: Callable[[bytes], bytes]) -> None:
        self.answers, self.asked = answers, list[str]()

    def __call__(self, url: str, body: bytes) -> bytes:
        self.asked.append(url)
        return self.answers[url](body)


@pytest.fixture(scope="module")
def authority() -> TimestampAuthority:
    return TimestampAuthority()  # asked directly, without its server


@pytest.fixture
def good(authority: TimestampAuthority) -> Callable[[bytes], bytes]:
    return answer(authority, "")


def answer(authority: TimestampAuthority, fault: str) -> Callable[[bytes], bytes]:
    def give(body: bytes) -> bytes:
        authority.fault = fault
        return authority._answer(body)

    return give


def refuse(problem: Exception) -> Callable[[bytes], bytes]:
    def give(_body: bytes) -> bytes:
        raise problem

    return give


def stamped(urls: list[str], wire: Post) -> bytes:
    token = asyncio.run(stamper(urls, post=wire).async_timestamp(DIGEST, "sha256"))
    info = token["content"]["encap_content_info"]["content"].parsed
    return bytes(info["message_imprint"]["hashed_message"].native)


def test_a_rehearsal_that_starts_again_still_trusts_its_earlier_stamps(tmp_path: Path) -> None:
    first = TimestampAuthority(root_file=tmp_path / "root.pem", kept=tmp_path / "kept.pem")
    token = asyncio.run(stamper(["a"], post=_Wire(a=answer(first, ""))).async_timestamp(DIGEST, "sha256"))
    again = TimestampAuthority(root_file=tmp_path / "root.pem", kept=tmp_path / "kept.pem")
    assert (tmp_path / "root.pem").read_bytes() == first.root_pem == again.root_pem
    later = asyncio.run(stamper(["a"], post=_Wire(a=answer(again, ""))).async_timestamp(DIGEST, "sha256"))
    certificates = [{each.chosen.dump() for each in found["content"]["certificates"]} for found in (token, later)]
    assert certificates[0] == certificates[1]


def test_the_first_authority_is_enough(good: Callable[[bytes], bytes]) -> None:
    wire = _Wire(a=good, b=good)
    assert stamped(["a", "b"], wire) == DIGEST
    assert wire.asked == ["a"]


@pytest.mark.parametrize("fault", ["wrong_nonce", "wrong_digest", "garbage"])
def test_a_wrong_answer_is_passed_over(
    authority: TimestampAuthority, good: Callable[[bytes], bytes], fault: str
) -> None:
    wire = _Wire(a=answer(authority, fault), b=good)
    assert stamped(["a", "b"], wire) == DIGEST
    assert wire.asked == ["a", "b"]


@pytest.mark.parametrize(
    "problem", [TransportError("HTTP 503"), ConnectionRefusedError(), TimeoutError(), EgressRefused()]
)
def test_an_authority_that_cannot_be_reached_is_passed_over(good: Callable[[bytes], bytes], problem: Exception) -> None:
    assert stamped(["a", "b"], _Wire(a=refuse(problem), b=good)) == DIGEST


def test_when_all_fail_the_error_says_how_each_failed(authority: TimestampAuthority) -> None:
    wire = _Wire(
        a=refuse(TransportError("HTTP 503")), b=answer(authority, "wrong_nonce"), c=answer(authority, "garbage"),
        d=lambda _body: REJECTION,
    )  # fmt: skip
    with pytest.raises(TimestampUnavailable) as failed:
        stamped(["a", "b", "c", "d"], wire)
    assert str(failed.value) == (
        "authority 1: HTTP 503; authority 2: wrong nonce; "
        "authority 3: refused, or not a timestamp response; authority 4: refused, or not a timestamp response"
    )


def test_without_an_authority_there_is_no_stamp() -> None:
    with pytest.raises(TimestampUnavailable, match="no timestamp authority"):
        stamped([], _Wire())
