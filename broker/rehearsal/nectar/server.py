"""A Nectar in memory: each call is one of the description, each answer is held against it before it leaves.

`POST /_orders {"fault": "429", "times": 1, "path": "/job", "method": "POST"}` · `GET /_health`; faults: `faults.FAULTS`
"""

import threading
import time
import uuid
from datetime import date, timedelta
from decimal import Decimal
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Self

from broker.rehearsal.bill_reading import BillFacts, read_bill
from broker.rehearsal.clock import now
from broker.rehearsal.nectar import faults, hooks, records
from broker.rehearsal.nectar.description import Operation, load
from broker.rehearsal.serving import HttpServer, Reply, Request, parser, serve_until_told

_MAGIC = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
_NOT_FOUND = Reply(404, {"detail": "Not found."})


class Undescribed(AssertionError):
    """The played server was about to answer something that the description does not have."""


class Nectar:
    """Companies, jobs, documents, usage and meters in memory; faults on order."""

    def __init__(
        self,
        *,
        port: int = 0,
        api_key: str = "rehearsal-key",
        token: str = "",
        polls_until_done: int = 1,
        per_page: int = 100,
        slow_seconds: float = 3.0,
    ) -> None:
        self.api = load()
        self.api_key, self.token = api_key, token
        self.polls_until_done, self.per_page, self.slow_seconds = polls_until_done, per_page, slow_seconds
        self.companies: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.documents: dict[str, dict[str, Any]] = {}
        self.usage: dict[str, dict[str, Any]] = {}
        self.meters: dict[str, dict[str, Any]] = {}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.forbidden: list[tuple[str, str]] = []  # calls that exist and that nobody of ours may make
        self.undescribed: list[str] = []
        self.hooks: list[hooks.Hook] = []
        self.deletions_shown = 0  # so many lists still show a company that is being deleted
        self.at_once = self.most_at_once = 0
        self._counting = threading.Lock()
        self._orders: list[faults.Order] = []
        self._polls: dict[str, int] = {}
        self._http = HttpServer(self._serve, port=port)
        self.port = self._http.port
        self.url = self._http.url + self.api.base

    def start(self) -> Self:
        """Begin to serve."""
        self._http.start()
        return self

    def stop(self) -> None:
        """Stop serving."""
        self._http.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()
        if self.undescribed and error[0] is None:
            raise Undescribed(self.undescribed)

    def facts(self) -> dict[str, Any]:
        """Give the port and the base address."""
        return {"name": "nectar", "http": self.port, "base_url": self.url}

    def order(self, fault: str, times: int = 1, path: str = "", method: str = "") -> None:
        """Fail like this on the next calls whose path begins with `path`; a later order takes the place of all."""
        if fault not in faults.FAULTS:
            raise ValueError(fault)
        self._orders = [faults.Order(fault, times, path, method)]

    def also(self, fault: str, times: int = 1, path: str = "", method: str = "") -> None:
        """Order a further fault beside those that stand."""
        standing = self._orders
        self.order(fault, times, path, method)
        self._orders = [*standing, *self._orders]

    def _serve(self, request: Request) -> Reply:
        if request.path == "/_health":
            return Reply(body={"name": "nectar", "token": self.token})
        if request.path == "/_orders" and request.method == "POST":
            given = request.json()
            times, path, method = int(given.get("times", 1)), str(given.get("path", "")), str(given.get("method", ""))
            self.order(str(given.get("fault")), times, path, method)
            return Reply(body={"ok": True})
        if not request.path.startswith(self.api.base + "/"):
            return _NOT_FOUND
        with self._counting:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self._called(request, request.path.removeprefix(self.api.base))
        finally:
            with self._counting:
                self.at_once -= 1

    def _called(self, request: Request, path: str) -> Reply:
        self.calls.append((request.method, path))
        fault = self._fault(request.method, path, faults.BEFORE)
        if fault:
            if fault == "slow":
                time.sleep(self.slow_seconds)
            return faults.instead(fault, now=now())
        if request.headers.get("X-API-Key") != self.api_key:
            return Reply(401, {"detail": "Invalid or missing API key."})
        known = self.api.find(request.method, path)
        if known is None:
            return _NOT_FOUND
        operation, ids = known
        if operation.use == "refuse":
            self.forbidden.append((request.method, path))
            return Reply(403, {"detail": "Nobody of ours calls this."})
        reply = self._work(operation, ids, request)
        if reply.status < 300:
            reply = self._described(operation, reply, self._fault(request.method, path, faults.SPELLED))
        spoils = self._fault(request.method, path, faults.AFTER)
        return faults.spoilt(spoils, reply, lambda: time.sleep(self.slow_seconds)) if spoils else reply

    def _fault(self, method: str, path: str, kinds: tuple[str, ...]) -> str:
        orders = (each for each in self._orders if each.fault in kinds)
        return next((each.fault for each in orders if each.meets(method, path)), "")

    def _described(self, operation: Operation, reply: Reply, drift: str) -> Reply:
        # What a test adds to a row on purpose (a secret, an unknown name) is not the description's business.
        wrong = [
            each for each in self.api.problems(operation.answer, reply.body) if not each.endswith(": not described")
        ]
        if wrong or reply.status != operation.status:
            self.undescribed += wrong or [f"{operation.name}: {reply.status}"]
            raise Undescribed(operation.name, wrong)
        if not drift:
            return reply
        known = records.only(self.api, operation.answer, reply.body)
        return Reply(reply.status, self.api.spelled(operation.answer, known, drift))

    def _work(self, operation: Operation, ids: dict[str, str], request: Request) -> Reply:
        tables = {
            "company": self.companies, "job": self.jobs, "document": self.documents,
            "meter": self.meters, "account": self.accounts,
        }  # fmt: skip
        if any(key not in tables[name] for name, key in ids.items()):
            return _NOT_FOUND
        one = next(iter(ids.values()), "")
        match operation.name:
            case "ping":
                return Reply(body={"status": "ok"})
            case "company.list":
                return Reply(body=self._listed())
            case "company.create":
                return self._create_company(request.json())
            case "company.read":
                return Reply(body=records.shown(self.companies[one]))
            case "company.delete":
                return self._delete_company(one)
            case "job.upload":
                return self._upload(one, request)
            case "job.list":
                return self._page(operation, request, self._of(self.jobs, one))
            case "job.read":
                return self._job(one)
            case "document.read":
                return Reply(body=records.shown(self.documents[one]))
            case "document.list":
                return self._page(operation, request, self._of(self.documents, one))
            case "usage.of_document":
                found = [each for each in self.usage.values() if each["document"]["id"] == one]
                return self._page(operation, request, found)
            case "usage.list":
                return self._page(operation, request, self._of(self.usage, one))
            case "meter.read":
                return Reply(body=records.shown(self.meters[one]))
            case "tracking.change":
                return self._track(one, request.json())
        raise Undescribed(operation.name)

    def _listed(self) -> list[dict[str, Any]]:
        found = [records.shown(each) for each in self.companies.values()]
        for key in [key for key, each in self.companies.items() if each.get("_going")]:
            self.deletions_shown -= 1
            if self.deletions_shown < 1:
                self._gone(key)
        return found

    def _create_company(self, given: dict[str, Any]) -> Reply:
        name = given.get("name")
        if not isinstance(name, str) or not 1 <= len(name) <= 200:
            return Reply(400, {"detail": {"name": ["This field is required."]}})
        company_id = str(uuid.uuid4())
        company = {
            **self.api.blank("Company"),
            "id": company_id,
            "name": name,
            "externalId": given.get("externalId"),
            "dataCollectionStartDate": given.get("dataCollectionStartDate"),
        }
        self.companies[company_id] = company
        return Reply(201, records.shown(company))

    def _delete_company(self, company: str) -> Reply:
        if self.deletions_shown:
            self.companies[company]["_going"] = True
        else:
            self._gone(company)
        return Reply(204)

    def _gone(self, company: str) -> None:
        del self.companies[company]
        for table in (self.jobs, self.documents, self.usage, self.meters, self.accounts):
            for key in [key for key, row in table.items() if row["_company"] == company]:
                del table[key]

    def _upload(self, company: str, request: Request) -> Reply:
        name, data = _file_field(request)
        if data is None:
            return Reply(400, {"detail": {"document": ["No file was submitted."]}})
        if len(data) > self.api.limits["bytes"]:
            return Reply(400, {"detail": "File too large."})
        if not any(data.startswith(magic) for magic in _MAGIC):
            return Reply(400, {"detail": "Unsupported file type."})
        return Reply(201, records.shown(self.take(company, name, data)))

    def take(self, company: str, name: str, data: bytes) -> dict[str, Any]:
        """Take a document in, as an upload does; give its job."""
        job = {"id": f"job-{uuid.uuid4()}", "status": "PENDING", "_company": company, "_name": name, "_data": data}
        self.jobs[str(job["id"])] = job
        return job

    def _job(self, job: str) -> Reply:
        row = self.jobs[job]
        self._polls[job] = self._polls.get(job, 0) + 1
        if row["status"] == "PENDING" and self._polls[job] > self.polls_until_done:
            self.finish(row)
        return Reply(body=records.shown(row))

    def finish(self, row: dict[str, Any]) -> None:
        """Read the document of a job, or do with it what was ordered."""
        facts = read_bill(row.pop("_data"))
        fault = self._fault("POST", "/job", faults.OF_A_DOCUMENT)
        if fault in ("TERMINATED", "FAILED"):
            row |= faults.of_job(fault, row)
            return
        row |= {
            "status": "COMPLETED",
            "parsedDocumentIds": [],
            "duplicates": 0,
            "duplicateDocumentIds": [],
            "nonUtilityDocumentIds": [],
        }
        if facts is None or fault == "non_utility":
            row["nonUtilityDocumentIds"] = [str(uuid.uuid4())]
            return
        document_id = records.made(f"{row['_company']}/{facts}")
        if document_id not in self.documents:
            self.record(document_id, row, facts)
            if fault != "duplicate":
                row["parsedDocumentIds"] = [document_id]
                return
        row |= {"duplicates": 1, "duplicateDocumentIds": [document_id]}

    def record(self, document_id: str, row: dict[str, Any], facts: BillFacts) -> None:
        """Keep a document with its usage and its meter, and write the webhook that says so."""
        entry = records.usage(self.api, document_id, row["_company"], facts)
        self.usage[entry["id"]] = entry
        self.documents[document_id] = records.document(self.api, document_id, row, facts, entry)
        meter, account = records.meter(self.api, entry, facts.account)
        self.meters.setdefault(meter["id"], meter)
        self.accounts.setdefault(account["id"], account)
        self.tell("document.created.v2", self.documents[document_id])

    def tell(self, event: str, row: dict[str, Any]) -> hooks.Hook:
        """Write a webhook about a row; it waits in `hooks` to be delivered, in whatever order."""
        facts: dict[str, Any] = {key: row[key] for key in ("id", "company", "created", "updated") if key in row}
        self.hooks.append(hooks.hook(len(self.hooks) + 1, event, facts))
        return self.hooks[-1]

    def _track(self, account: str, given: dict[str, Any]) -> Reply:
        if not isinstance(given.get("isTracked"), bool):
            return Reply(400, {"detail": {"isTracked": ["This field is required."]}})
        tracked = given["isTracked"]
        self.accounts[account] |= {"isTracked": tracked, "trackingStatus": "ENABLED" if tracked else "DISABLED"}
        return Reply(body=records.shown(self.accounts[account]))

    def _of(self, table: dict[str, dict[str, Any]], company: str) -> list[dict[str, Any]]:
        return [row for row in table.values() if row["_company"] == company]

    def _page(self, operation: Operation, request: Request, rows: list[dict[str, Any]]) -> Reply:
        _, total, key, _ = operation.answer.split(":")
        pages = max(1, -(-len(rows) // self.per_page))
        page = min(max(1, int(request.first("page", "1"))), pages)  # past the end: the last page, as documented
        at = (page - 1) * self.per_page
        return Reply(
            body={
                f"total{total}": len(rows),
                "perPage": self.per_page,
                "totalPages": pages,
                "currentPage": page,
                "hasNext": page < pages,
                "hasPrevious": page > 1,
                key: [records.shown(row) for row in rows[at : at + self.per_page]],
            }
        )

    def add_months(self, company: str, count: int, *, account: str) -> None:
        """Fill a company with invented monthly usage, for paging."""
        for index in range(count):
            begin = date(2015, 1, 1) + timedelta(days=30 * index)
            facts = BillFacts(
                account=account,
                begin=begin.isoformat(),
                end=(begin + timedelta(days=29)).isoformat(),
                kwh=str(Decimal(500 + index)),
                charges="50.00",
                bill_date=begin.isoformat(),
                due_date=begin.isoformat(),
                utility="Rehearsal co-op",
            )
            row_id = records.made(f"{company}/{facts}")
            self.record(row_id, {"_company": company, "_name": "bill.pdf", "id": "job-0"}, facts)


def _file_field(request: Request) -> tuple[str, bytes | None]:
    kind = request.headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        return "", None
    whole = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.body)
    for part in whole.iter_parts():
        if part.get_param("name", header="content-disposition") == "document":
            payload = part.get_payload(decode=True)
            return part.get_filename() or "", payload if isinstance(payload, bytes) else None
    return "", None


def main() -> None:
    """Run as a program."""
    options = parser(__doc__ or "")
    options.add_argument("--api-key", default="rehearsal-key")
    given = options.parse_args()
    serve_until_told(Nectar(port=given.port, api_key=given.api_key, token=given.token))
