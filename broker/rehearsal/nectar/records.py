"""What the played Nectar makes of a bill: rows in the shapes of the description."""

import uuid
from typing import Any

from broker.rehearsal.bill_reading import BillFacts
from broker.rehearsal.clock import now
from broker.rehearsal.nectar.description import Description

NAMESPACE = uuid.UUID("6a3b1f0e-5d0f-4a5e-9f6e-0d7a3c2b1e00")


def made(name: str) -> str:
    """Give the id of what has this name; the same bill has the same ids."""
    return str(uuid.uuid5(NAMESPACE, name))


def usage(api: Description, document: str, company: str, facts: BillFacts) -> dict[str, Any]:
    """Give the one entry of a bill: its total."""
    stamp = _stamp()
    return {
        **api.blank("UsageData"),
        "id": made(f"{document}/usage"),
        "created": stamp,
        "updated": stamp,
        "startDate": facts.begin,
        "endDate": facts.end,
        "usage": facts.kwh,
        "usageUnits": "kWh",
        "electricityType": "USAGE",
        "datasourceType": "ELECTRICITY",
        "meter": made(f"{company}/{facts.account}/meter"),
        "identifiers": [{"rawName": "Account number", "name": "ACCOUNT_NUMBER", "value": facts.account}],
        "document": {"id": document},
        "_company": company,
    }


def document(api: Description, row_id: str, job: dict[str, Any], facts: BillFacts, entry: Any) -> dict[str, Any]:
    """Give a bill as a document."""
    stamp = _stamp()
    return {
        **api.blank("Document"),
        "id": row_id,
        "company": job["_company"],
        "created": stamp,
        "updated": stamp,
        "fileName": job["_name"],
        "jobId": job["id"],
        "billDate": facts.bill_date,
        "dueDate": facts.due_date,
        "totalCharges": facts.charges,
        "currentCharges": facts.charges,
        "chargesUnits": "USD",
        "utilityCompany": facts.utility,
        "status": "PROCESSED",
        "usageData": [shown(entry)],
        "_company": job["_company"],
    }


def meter(api: Description, entry: dict[str, Any], number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the meter of an entry and its account."""
    account = {
        "id": made(f"{entry['meter']}/account"),
        "accountNumber": number,
        "meters": [entry["meter"]],
        "isTracked": True,
        "trackingStatus": "UNSET",
        "_company": entry["_company"],
    }
    row = {
        **api.blank("Meter"),
        "id": entry["meter"],
        "account": account["id"],
        "identifiers": entry["identifiers"],
        "datasourceType": "ELECTRICITY",
        "isTracked": True,
        "_company": entry["_company"],
    }
    return row, account


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """Give a row without what only the server itself knows."""
    return {key: value for key, value in row.items() if not key.startswith("_")}


def _stamp() -> str:
    return now().isoformat().replace("+00:00", "Z")


def only(api: Description, kind: str, value: Any) -> Any:
    """Give an answer without what the description does not have, so that it can be spelled another way."""
    if kind.startswith("page:"):
        _, _, items, row = kind.split(":")
        return {**value, items: only(api, f"[{row}]", value[items])}
    if kind.startswith("["):
        return [only(api, kind[1:-1], each) for each in value]
    if kind not in api.shapes:
        return value
    known = {name.removesuffix("?"): what for name, what in api.shapes[kind].items()}
    return {name: only(api, known[name], each) for name, each in value.items() if name in known}
