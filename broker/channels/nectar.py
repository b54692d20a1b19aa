"""Nectar, for documents only: ping, company, upload, job, documents, usage.

There is no method for a connection, a magic link or an invitation, and the list of paths lets none through.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from types import TracebackType
from typing import Any, Self

from broker.channels.seam import ChannelError
from broker.terms import ChannelName
from broker.transport import ResponseTooLarge, http

_ID = "[A-Za-z0-9][A-Za-z0-9_-]{0,254}"
_PATHS = tuple(
    re.compile(pattern)
    for pattern in (
        r"GET /ping",
        r"(GET|POST) /company",
        rf"GET /company/{_ID}",
        rf"DELETE /company/{_ID}",
        rf"POST /job/company/{_ID}",
        rf"GET /job/{_ID}",
        rf"GET /document/{_ID}",
        rf"GET /document/company/{_ID}",
        rf"GET /usage/document/{_ID}",
        rf"GET /usage/company/{_ID}",
    )
)
# Names under which Nectar keeps what opens a portal. Whatever is called so is dropped before anybody sees it.
_SECRET = re.compile(r"user_?name|password|secret|credential|magic_?link|api_?key|^mfa|^otp", re.IGNORECASE)
_MEDIA = {"application/pdf": "document.pdf", "image/png": "document.png", "image/jpeg": "document.jpg"}
_STATUSES = ("PENDING", "COMPLETED", "FAILED", "TERMINATED")
MAX_PAGES = 200


@dataclass(frozen=True)
class Upload:
    """A document to be read, for one company."""

    company: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class NectarJob:
    """How far Nectar is with a document."""

    id: str
    status: str
    documents: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    not_utility: tuple[str, ...] = ()
    reason: str = ""


class NectarChannel:
    """A client of Nectar's documented API v2.2; every method gives clean values or raises `ChannelError`."""

    name = ChannelName.NECTAR

    def __init__(self, *, base_url: str, api_key: str, timeout: float = 10.0) -> None:
        self._http = http.client("nectar", base_url=base_url, timeout=timeout)
        self._http.headers["X-API-Key"] = api_key

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def hand_over(self, order: Upload, /) -> NectarJob:
        """Upload a document."""
        return self.upload_document(order)

    def ping(self) -> None:
        """Ask whether the key is accepted."""
        self._call("GET", "/ping")

    def ensure_company(self, external_id: str, *, name: str) -> str:
        """Give the id of the company with our key; made if there is none, so that asking twice makes one."""
        companies = self._call("GET", "/company")
        if not isinstance(companies, list):
            raise ChannelError("malformed", "companies are not a list")
        for each in companies:
            if isinstance(each, dict) and each.get("externalId") == external_id:
                return _text(each, "id")
        made = self._call("POST", "/company", json={"name": name, "externalId": external_id})
        return _text(_object(made), "id")

    def delete_company(self, external_id: str) -> int:
        """Delete the companies with our key, and so all that was uploaded for them; give how many there were.

        The answer comes at once, the work goes on in Nectar's background. None left is a success: it may be asked
        twice.
        """
        companies = self._call("GET", "/company")
        if not isinstance(companies, list):
            raise ChannelError("malformed", "companies are not a list")
        ours = [each for each in companies if isinstance(each, dict) and each.get("externalId") == external_id]
        for each in ours:
            self._call("DELETE", f"/company/{_text(each, 'id')}")
        return len(ours)

    def upload_document(self, upload: Upload) -> NectarJob:
        """Hand a document over; its own file name stays here, for it may name a person."""
        if upload.media_type not in _MEDIA:
            raise ValueError("Nectar takes PDF, PNG and JPG")
        file = (_MEDIA[upload.media_type], upload.data, upload.media_type)
        return _job(self._call("POST", f"/job/company/{upload.company}", files={"document": file}))

    def job(self, job_id: str) -> NectarJob:
        """Ask how far a job is."""
        return _job(self._call("GET", f"/job/{job_id}"))

    def document(self, document_id: str) -> dict[str, Any]:
        """Give one document."""
        return _object(self._call("GET", f"/document/{document_id}"))

    def documents(self, company: str, *, begin: date | None = None, end: date | None = None) -> list[dict[str, Any]]:
        """Give all documents of a company whose usage period touches these days."""
        return list(self._pages(f"/document/company/{company}", "documents", _period(begin, end)))

    def usage_of_document(self, document_id: str) -> list[dict[str, Any]]:
        """Give the usage that was read from one document."""
        return list(self._pages(f"/usage/document/{document_id}", "usageData", {}))

    def usage(self, company: str, *, begin: date | None = None, end: date | None = None) -> list[dict[str, Any]]:
        """Give all usage of a company whose period touches these days."""
        return list(self._pages(f"/usage/company/{company}", "usageData", _period(begin, end)))

    def _pages(self, path: str, key: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        # A page past the end repeats the last one: only `hasNext` says when to stop.
        for number in range(1, MAX_PAGES + 1):
            page = _object(self._call("GET", path, params={**query, "page": str(number)}))
            rows = page.get(key)
            if not isinstance(rows, list) or not isinstance(page.get("hasNext"), bool):
                raise ChannelError("malformed", f"a page without {key}")
            yield from (_object(row) for row in rows)
            if not page["hasNext"]:
                return
        raise ChannelError("malformed", "more pages than we read")

    def _call(self, method: str, path: str, **options: Any) -> Any:
        if not any(pattern.fullmatch(f"{method} {path}") for pattern in _PATHS):
            raise PermissionError("not a call that this client makes")
        try:
            response = self._http.request(method, path, **options)
        except http.HTTPError as error:
            raise ChannelError("down", type(error).__name__) from None
        except ResponseTooLarge:
            raise ChannelError("malformed", "an answer without end") from None
        return _answer(response)


def _answer(response: http.Response) -> Any:
    status = response.status_code
    if status == 429 or status >= 500:
        raise ChannelError("down", str(status), retry_after=_retry_after(response))
    if not 200 <= status < 300:
        raise ChannelError("refused", str(status))
    if status == 204:
        return None
    try:
        # Numbers stay as they are written: a value must not pass through binary floating point.
        return strip_secrets(json.loads(response.content, parse_float=str))
    except (ValueError, RecursionError):
        raise ChannelError("malformed", "not JSON") from None


def strip_secrets(value: Any) -> Any:
    """Give the value without anything that could open a portal."""
    if isinstance(value, dict):
        return {key: strip_secrets(each) for key, each in value.items() if not _SECRET.search(key)}
    if isinstance(value, list):
        return [strip_secrets(each) for each in value]
    return value


def _retry_after(response: http.Response) -> int | None:
    text = response.headers.get("Retry-After", "")
    return min(int(text), 3600) if text.isascii() and text.isdigit() else None


def _period(begin: date | None, end: date | None) -> dict[str, str]:
    query = {"dateType": "USAGE_PERIOD"}
    if begin:
        query["startDate"] = begin.isoformat()
    if end:
        query["endDate"] = end.isoformat()
    return query


def _job(value: Any) -> NectarJob:
    row = _object(value)
    status = _text(row, "status")
    if status not in _STATUSES:
        raise ChannelError("malformed", "unknown job status")
    return NectarJob(
        id=_text(row, "id"),
        status=status,
        documents=_ids(row, "parsedDocumentIds"),
        duplicates=_ids(row, "duplicateDocumentIds"),
        not_utility=_ids(row, "nonUtilityDocumentIds"),
        reason=str(row.get("terminationReason") or "")[:200],
    )


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ChannelError("malformed", "not an object")
    return value


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise ChannelError("malformed", f"no {key}")
    return value


def _ids(row: dict[str, Any], key: str) -> tuple[str, ...]:
    values = row.get(key) or []
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise ChannelError("malformed", key)
    return tuple(values)
