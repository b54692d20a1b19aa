"""A Nectar that speaks the documented v2.2 subset: ping, company, upload, job, documents, usage.

`POST /_orders {"fault": "down"|"500"|"malformed"|"slow"|"429", "times": 1, "path": "/job"}` · `GET /_health`
"""

import time
import uuid
from datetime import date, timedelta
from decimal import Decimal
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Self

from broker.rehearsal.bill_reading import BillFacts, read_bill
from broker.rehearsal.clock import now
from broker.rehearsal.serving import HttpServer, Reply, Request, parser, serve_until_told

BASE = "/v2.2"
MAX_BYTES = 25 * 1024 * 1024
FAULTS = ("down", "500", "malformed", "slow", "429")
_MAGIC = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
_NAMESPACE = uuid.UUID("6a3b1f0e-5d0f-4a5e-9f6e-0d7a3c2b1e00")


class Nectar:
    """Companies, jobs, documents and usage in memory; faults on order."""

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
        self.api_key, self.token = api_key, token
        self.polls_until_done, self.per_page, self.slow_seconds = polls_until_done, per_page, slow_seconds
        self.companies: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.documents: dict[str, dict[str, Any]] = {}
        self.usage: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self._polls: dict[str, int] = {}
        self._fault, self._times, self._fault_path = "", 0, ""
        self._http = HttpServer(self._serve, port=port)
        self.port = self._http.port
        self.url = self._http.url + BASE

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

    def facts(self) -> dict[str, Any]:
        """Give the port and the base address."""
        return {"name": "nectar", "http": self.port, "base_url": self.url}

    def order(self, fault: str, times: int = 1, path: str = "") -> None:
        """Fail like this on the next calls whose path begins with `path`."""
        if fault not in FAULTS:
            raise ValueError(fault)
        self._fault, self._times, self._fault_path = fault, times, path

    def _serve(self, request: Request) -> Reply:
        if request.path == "/_health":
            return Reply(body={"name": "nectar", "token": self.token})
        if request.path == "/_orders" and request.method == "POST":
            given = request.json()
            self.order(str(given.get("fault")), int(given.get("times", 1)), str(given.get("path", "")))
            return Reply(body={"ok": True})
        if not request.path.startswith(BASE + "/"):
            return Reply(404, {"detail": "Not found."})
        path = request.path.removeprefix(BASE)
        self.calls.append((request.method, path))
        if self._times > 0 and path.startswith(self._fault_path):
            self._times -= 1
            return self._fail(self._fault)
        if request.headers.get("X-API-Key") != self.api_key:
            return Reply(401, {"detail": "Invalid or missing API key."})
        return self._route(request, [part for part in path.split("/") if part])

    def _fail(self, fault: str) -> Reply:
        if fault == "slow":
            time.sleep(self.slow_seconds)
        answers = {
            "down": Reply(drop=True),
            "500": Reply(500, {"detail": "Internal server error."}),
            "malformed": Reply(200, b'{"id": "broken'),
            "429": Reply(429, {"detail": "Too many requests."}, {"Retry-After": "2"}),
        }
        return answers.get(fault, Reply(503, {"detail": "Too slow."}))

    def _route(self, request: Request, parts: list[str]) -> Reply:
        match request.method, parts:
            case "GET", ["ping"]:
                return Reply(body={"status": "ok"})
            case "GET", ["company"]:
                return Reply(body=list(self.companies.values()))
            case "POST", ["company"]:
                return self._create_company(request.json())
            case "GET", ["company", company] if company in self.companies:
                return Reply(body=self.companies[company])
            case "DELETE", ["company", company] if company in self.companies:
                return self._delete_company(company)
            case "POST", ["job", "company", company] if company in self.companies:
                return self._upload(company, request)
            case "GET", ["job", job] if job in self.jobs:
                return self._job(job)
            case "GET", ["document", document] if document in self.documents:
                return Reply(body=self.documents[document])
            case "GET", ["document", "company", company] if company in self.companies:
                return self._page(request, "Documents", "documents", self._of(self.documents, company))
            case "GET", ["usage", "document", document] if document in self.documents:
                found = [each for each in self.usage.values() if each["document"]["id"] == document]
                return self._page(request, "UsageData", "usageData", found)
            case "GET", ["usage", "company", company] if company in self.companies:
                return self._page(request, "UsageData", "usageData", self._of(self.usage, company))
        return Reply(404, {"detail": "Not found."})

    def _create_company(self, given: dict[str, Any]) -> Reply:
        name = given.get("name")
        if not isinstance(name, str) or not 1 <= len(name) <= 200:
            return Reply(400, {"detail": {"name": ["This field is required."]}})
        company_id = str(uuid.uuid4())
        company: dict[str, Any] = {
            "id": company_id,
            "name": name,
            "externalId": given.get("externalId"),
            "dataCollectionStartDate": given.get("dataCollectionStartDate"),
            "sites": [],
        }
        self.companies[company_id] = company
        return Reply(201, company)

    def _delete_company(self, company: str) -> Reply:
        del self.companies[company]
        for table in (self.documents, self.usage):
            for key in [key for key, row in table.items() if row["_company"] == company]:
                del table[key]
        return Reply(204)

    def _upload(self, company: str, request: Request) -> Reply:
        name, data = _file_field(request)
        if data is None:
            return Reply(400, {"detail": {"document": ["No file was submitted."]}})
        if len(data) > MAX_BYTES:
            return Reply(400, {"detail": "File too large."})
        kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
        if kind is None:
            return Reply(400, {"detail": "Unsupported file type."})
        job = {"id": f"job-{uuid.uuid4()}", "status": "PENDING"}
        self.jobs[job["id"]] = {**job, "_company": company, "_name": name, "_data": data}
        return Reply(201, job)

    def _job(self, job: str) -> Reply:
        row = self.jobs[job]
        self._polls[job] = self._polls.get(job, 0) + 1
        if row["status"] == "PENDING" and self._polls[job] > self.polls_until_done:
            self._finish(row)
        return Reply(body=_shown(row))

    def _finish(self, row: dict[str, Any]) -> None:
        facts = read_bill(row.pop("_data"))
        row |= {
            "status": "COMPLETED",
            "parsedDocumentIds": [],
            "duplicates": 0,
            "duplicateDocumentIds": [],
            "nonUtilityDocumentIds": [],
        }
        if facts is None:
            row["nonUtilityDocumentIds"] = [str(uuid.uuid4())]
            return
        document_id = str(uuid.uuid5(_NAMESPACE, f"{row['_company']}/{facts}"))
        if document_id in self.documents:
            row |= {"duplicates": 1, "duplicateDocumentIds": [document_id]}
            return
        self._record(document_id, row, facts)
        row["parsedDocumentIds"] = [document_id]

    def _record(self, document_id: str, row: dict[str, Any], facts: BillFacts) -> None:
        stamp = now().isoformat().replace("+00:00", "Z")
        usage = {
            "id": str(uuid.uuid5(_NAMESPACE, f"{document_id}/usage")),
            "created": stamp,
            "updated": stamp,
            "startDate": facts.begin,
            "endDate": facts.end,
            "usage": facts.kwh,
            "usageUnits": "kWh",
            "timeOfUse": None,
            "timeOfUseBreakdown": [],
            "isEstimated": False,
            "exclusion": False,
            "electricityType": "USAGE",
            "netMeteringType": None,
            "meter": None,
            "identifiers": [{"rawName": "Account number", "name": "ACCOUNT_NUMBER", "value": facts.account}],
            "document": {"id": document_id},
            "_company": row["_company"],
        }
        self.usage[usage["id"]] = usage
        self.documents[document_id] = {
            "id": document_id,
            "company": row["_company"],
            "created": stamp,
            "updated": stamp,
            "fileName": row["_name"],
            "jobId": row["id"],
            "billDate": facts.bill_date,
            "dueDate": facts.due_date,
            "totalCharges": facts.charges,
            "chargesUnits": "USD",
            "utilityCompany": facts.utility,
            "status": "PROCESSED",
            "flaggedStatus": None,
            "revisedDocumentId": None,
            "usageData": [_shown(usage)],
            "demandMeters": [],
            "_company": row["_company"],
        }

    def _of(self, table: dict[str, dict[str, Any]], company: str) -> list[dict[str, Any]]:
        return [row for row in table.values() if row["_company"] == company]

    def _page(self, request: Request, total: str, key: str, rows: list[dict[str, Any]]) -> Reply:
        pages = max(1, -(-len(rows) // self.per_page))
        page = min(max(1, int(request.first("page", "1"))), pages)  # past the end: the last page, as documented
        shown = rows[(page - 1) * self.per_page : page * self.per_page]
        return Reply(
            body={
                f"total{total}": len(rows),
                "perPage": self.per_page,
                "totalPages": pages,
                "currentPage": page,
                "hasNext": page < pages,
                "hasPrevious": page > 1,
                key: [_shown(row) for row in shown],
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
            document = str(uuid.uuid5(_NAMESPACE, f"{company}/{facts}"))
            self._record(document, {"_company": company, "_name": "bill.pdf", "id": "job-0"}, facts)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if not key.startswith("_")}


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


if __name__ == "__main__":
    main()
