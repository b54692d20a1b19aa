"""Time stamps (RFC 3161) from a list of authorities: the first good answer counts."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence

import httpx
from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper

from broker.transport import http
from broker.transport.errors import TransportError

Post = Callable[[str, bytes], bytes]
Accept = Callable[[tsp.TimeStampResp], Awaitable[str]]  # gives what is wrong with an answer, or nothing
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
TIMEOUT_SECONDS = 8.0
_GRANTED = ("granted", "granted_with_mods")


class TimestampUnavailable(TransportError):
    """No authority gave a usable answer; each one's fault is named by its place in the list, never its content."""


class WrongAnswer(TransportError):
    """An authority answered, but not to what we asked."""


class Stamper(TimeStamper):
    """Asks each authority in turn, and takes an answer only if it is to our question and the caller accepts it."""

    def __init__(self, urls: Sequence[str], post: Post, accept: Accept | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._urls, self._post, self._accept = tuple(urls), post, accept

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Give the first good answer; `TimestampUnavailable` when there is none."""
        faults = []
        for number, url in enumerate(self._urls, start=1):
            try:
                answer = _checked(self._post(url, req.dump()), req)
                if self._accept and (fault := await self._accept(answer)):
                    raise WrongAnswer(fault)
                return answer
            except (TransportError, OSError) as problem:
                faults.append(f"authority {number}: {_fault(problem)}")
        raise TimestampUnavailable("; ".join(faults) or "no timestamp authority is configured")


def stamper(urls: Sequence[str], *, post: Post | None = None, accept: Accept | None = None) -> TimeStamper:
    """Give a pyHanko time stamper over these authorities, in this order; what `accept` finds wrong is passed over."""
    return Stamper(urls, post or _post, accept)


def respond(urls: Sequence[str], digest: bytes, *, post: Post | None = None) -> bytes:
    """Have a SHA-256 digest stamped; return the whole response as it came (DER), with the authority's certificates.

    Raises `TimestampUnavailable`. Whether the token proves anything is for the caller to check.
    """
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    request = tsp.TimeStampReq(
        {"version": 1, "message_imprint": imprint, "nonce": secrets.randbits(63), "cert_req": True}
    )
    answer = asyncio.run(Stamper(urls, post or _post).async_request_tsa_response(request))
    return bytes(answer.dump())


def _post(url: str, body: bytes) -> bytes:
    with http.client("timestamp", url, calls="POST", timeout=TIMEOUT_SECONDS) as client:
        try:
            answer = client.post(url, content=body, headers={"Content-Type": QUERY, "Accept": REPLY})
        except httpx.HTTPError as problem:
            raise TransportError(type(problem).__name__) from None
    if answer.status_code != 200:
        raise TransportError(f"HTTP {answer.status_code}")
    return bytes(answer.content)


def _checked(body: bytes, request: tsp.TimeStampReq) -> tsp.TimeStampResp:
    """Read an answer; it must be granted, and repeat our digest and our nonce."""
    try:
        answer = tsp.TimeStampResp.load(body, strict=True)
        if answer["status"]["status"].native not in _GRANTED:
            raise WrongAnswer("refused")
        info = answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        same_digest = info["message_imprint"].dump() == request["message_imprint"].dump()
        same_nonce = info["nonce"].native == request["nonce"].native
    except (ValueError, KeyError, TypeError, AttributeError):
        # A plain refusal carries no token, and the parser takes that for a broken answer.
        raise WrongAnswer("refused, or not a timestamp response") from None
    if not same_digest:
        raise WrongAnswer("wrong digest")
    if not same_nonce:
        raise WrongAnswer("wrong nonce")
    return answer


def _fault(problem: Exception) -> str:
    words = str(problem) if isinstance(problem, TransportError) else type(problem).__name__
    return words or type(problem).__name__
