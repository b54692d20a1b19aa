"""The client of Nectar's documented API: ping, company, upload, job, documents, usage, meter, tracking.

There is no method for a connection, a magic link or an invitation, and the list of paths lets none through.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Self

from broker.channels.nectar.answers import (
    a_text,
    an_object,
    answer_of,
    any_rows,
    has_next,
    is_page,
    rows_of,
    texts,
)
from broker.channels.nectar.paths import Paths, is_id
from broker.channels.nectar.secrets import INLET, SecretRefused, refuse_secrets, texts_in
from broker.channels.seam import ChannelError
from broker.looking import look
from broker.terms import ChannelName
from broker.transport import ResponseTooLarge, http

_ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
_STATUSES = ("PENDING", "COMPLETED", "FAILED", "TERMINATED")
MAX_PAGES = 200
MAX_BYTES = 25 * 1024 * 1024  # of one file (reference, section 11)


@dataclass(frozen=True)
class Upload:
    """A document to be read, for one company, under a name of ours that says nothing."""

    company: str
    media_type: str
    data: bytes = field(repr=False)
    name: str = "document"

    @property
    def file_name(self) -> str:
        """Give the name that Nectar sees."""
        return f"{self.name}.{_ENDINGS[self.media_type]}"


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
    """A client of Nectar's documented API v2.2; every method gives clean values or raises `ChannelError`.

    `before` is asked before each call, and may raise: whoever counts calls stops them there.
    """

    name = ChannelName.NECTAR

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        timeout: float = 10.0,
        paths: Mapping[str, str] | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self._paths, self._before = Paths(paths), before
        self._http = http.client(
            "nectar", base_url, calls=[http.Call(*each) for each in self._paths.calls()], timeout=timeout
        )
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
        self._call("ping")

    def companies(self, external_id: str) -> list[str]:
        """Give the ids of the companies that have our key; more than one only where two were made at once."""
        rows = self._any_pages("company.list", {})
        return [a_text(each, "id") for each in rows if each.get("externalId") == external_id]

    def ensure_company(self, external_id: str, *, name: str) -> str:
        """Give the id of the company with our key; made if there is none, so that asking twice makes one."""
        if there := self.companies(external_id):
            return min(there)
        made = self._call("company.create", json={"name": name, "externalId": external_id})
        return a_text(an_object(made), "id")

    def delete_company(self, external_id: str) -> int:
        """Delete the companies with our key, and so all that was uploaded for them; give how many there were.

        The answer comes at once, the work goes on in Nectar's background: only `companies` proves that it is done.
        None left is a success: it may be asked twice.
        """
        ours = self.companies(external_id)
        for each in ours:
            try:
                self._call("company.delete", {"company": each})
            except ChannelError as error:
                if error.detail != "404":  # gone since it was listed
                    raise
        return len(ours)

    def upload_document(self, upload: Upload) -> NectarJob:
        """Hand a document over; its own file name stays here, for it may name a person."""
        if upload.media_type not in _ENDINGS:
            raise ValueError("Nectar takes PDF, PNG and JPG")
        if len(upload.data) > MAX_BYTES or not is_id(upload.name):
            raise ValueError("more than Nectar takes, or a name that says something")
        file = (upload.file_name, upload.data, upload.media_type)
        return _job(self._call("job.upload", {"company": upload.company}, files={"document": file}))

    def job(self, job_id: str) -> NectarJob:
        """Ask how far a job is."""
        return _job(self._call("job.read", {"job": job_id}))

    def jobs(self, company: str) -> list[str]:
        """Give the ids of all jobs of a company."""
        return [a_text(row, "id") for row in self._any_pages("job.list", {"company": company})]

    def document(self, document_id: str) -> dict[str, Any]:
        """Give one document."""
        return an_object(self._call("document.read", {"document": document_id}))

    def documents(self, company: str, *, begin: date | None = None, end: date | None = None) -> list[dict[str, Any]]:
        """Give all documents of a company whose usage period touches these days."""
        return list(self._pages("document.list", {"company": company}, "documents", _period(begin, end)))

    def usage_of_document(self, document_id: str) -> list[dict[str, Any]]:
        """Give the usage that was read from one document."""
        return list(self._pages("usage.of_document", {"document": document_id}, "usageData", {}))

    def usage(self, company: str, *, begin: date | None = None, end: date | None = None) -> list[dict[str, Any]]:
        """Give all usage of a company whose period touches these days."""
        return list(self._pages("usage.list", {"company": company}, "usageData", _period(begin, end)))

    def stop_collecting(self, meter_id: str) -> bool:
        """Have Nectar stop collecting for a meter's holder; True once it says that it is stopped, or has none."""
        try:
            meter = an_object(self._call("meter.read", {"meter": meter_id}))
            holder = meter.get("account")
            if not holder:
                return True
            if not is_id(holder):
                raise ChannelError("malformed", "a meter of an odd id")
            answer = self._call("tracking.change", {"account": holder}, json={"isTracked": False})
        except ChannelError as error:
            if error.detail == "404":  # nothing is collected for what is not there
                return True
            raise
        said = an_object(answer)
        status = said.get("trackingStatus")
        # UNSET counts as tracked; the older spelling says it by a flag alone.
        return status == "DISABLED" if status is not None else said.get("isTracked") is False

    def _pages(self, name: str, ids: dict[str, str], key: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Give each row once, page by page; only `hasNext` says when to stop."""
        seen: set[str] = set()
        for number in range(1, MAX_PAGES + 1):
            page = self._call(name, ids, params={**query, "page": str(number)})
            rows = rows_of(page, key)
            if not is_page(page, number):  # the list has grown shorter: this is its last page, which we have
                return
            for row in rows:
                if (row_id := a_text(row, "id")) not in seen:
                    seen.add(row_id)
                    yield row
            if not has_next(page):
                return
        raise ChannelError("malformed", "more pages than we read")

    def _any_pages(self, name: str, ids: dict[str, str]) -> list[dict[str, Any]]:
        """Give the rows of a list whose envelope is not documented."""
        found: dict[str, dict[str, Any]] = {}
        for number in range(1, MAX_PAGES + 1):
            page = self._call(name, ids, params={"page": str(number)} if number > 1 else {})
            rows = any_rows(page)
            if number == 1 or is_page(page, number):
                found.update({a_text(row, "id"): row for row in rows})
            if not has_next(page) or not is_page(page, number):
                return list(found.values())
        raise ChannelError("malformed", "more pages than we read")

    def _call(self, name: str, ids: Mapping[str, str] | None = None, **options: Any) -> Any:
        method, path = self._paths.call(name, ids or {})
        carried = [options.get("json"), options.get("params")]
        refuse_secrets(carried)
        # In words, and as it would go over the wire: what has no words may still be a pair, a cookie or a link.
        wire = [json.dumps(each, ensure_ascii=False) for each in carried if each]
        if any(look(text, INLET) for text in (*texts_in(carried), *wire)):
            raise SecretRefused("a call that carries what opens a portal")
        self._before()
        try:
            response = self._http.request(method, path, **options)
        except http.HTTPError as error:
            raise ChannelError("down", type(error).__name__) from None
        except ResponseTooLarge:
            raise ChannelError("malformed", "an answer without end") from None
        return answer_of(response, now=datetime.now(UTC))


def _period(begin: date | None, end: date | None) -> dict[str, str]:
    query = {"dateType": "USAGE_PERIOD"}  # always said: the vendor's pages disagree on what is meant without it
    if begin:
        query["startDate"] = begin.isoformat()
    if end:
        query["endDate"] = end.isoformat()
    return query


def _job(value: Any) -> NectarJob:
    row = an_object(value)
    status = a_text(row, "status")
    if status not in _STATUSES:
        raise ChannelError("malformed", "unknown job status")
    if not is_id(row.get("id")):
        raise ChannelError("malformed", "no id of a job")
    return NectarJob(
        id=a_text(row, "id"),
        status=status,
        documents=texts(row, "parsedDocumentIds"),
        duplicates=texts(row, "duplicateDocumentIds"),
        not_utility=texts(row, "nonUtilityDocumentIds"),
        reason=str(row.get("terminationReason") or "")[:200],
    )
