"""What Nectar answers is read as what goes there: in words, and as it came. Its ordinary answers pass."""

import base64
import json
import random
import string
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from broker.channels.nectar.answers import answer_of
from broker.channels.seam import ChannelError

WORDS = "my SmartHub password is Thimble!Gravel8"
HELD: tuple[Any, ...] = (
    WORDS,
    [WORDS],
    {"notes": [WORDS]},
    {"notes": ["my password is", "Thimble!Gravel8"]},
    {"deep": [[{"x": [WORDS]}]]},
    {"link": "https://rob77:Thimble!Gravel8@obec.smarthub.coop/"},
    {"link": "https://obec.smarthub.coop/reset?token=8f3a91c07d5e46b2a1f0"},
    {"c": "JSESSIONID=8F3A91C07D5E46B2A1F0"},
    {"x": "otpauth://totp/SmartHub:rob77?secret=JBSWY3DPEHPK3PXP"},
    {"x": base64.b64encode(WORDS.encode()).decode()},
    {"fileName": "smarthub-password-Thimble!Gravel8.pdf"},
    # In a link of Nectar's own only what signs it is not read.
    {"url": "https://rob77:Thimble!Gravel8@obec.smarthub.coop/bill.pdf?X-Amz-Signature=0a1b"},
    {"url": "https://obec.smarthub.coop/reset?X-Amz-Expires=60&token=8f3a91c07d5e46b2a1f0"},
    {"url": f"https://obec.smarthub.coop/bill.pdf?X-Amz-Signature={WORDS}"},
    {"url": "https://obec.smarthub.coop/bill.pdf?X-Amz-Password=Thimble8Gravel"},
    {"url": ["https://obec.smarthub.coop/reset?token=8f3a91c07d5e46b2a1f0"]},
)
CHANCE = random.Random(5)


def an_id() -> str:
    return str(uuid.UUID(int=CHANCE.getrandbits(128)))


def word(length: int) -> str:
    return "".join(CHANCE.choices(string.ascii_letters + string.digits, k=length))


def usage(number: int) -> dict[str, Any]:
    begin = date(2025, 1, 1) + timedelta(30 * (number % 12))
    return {
        "id": an_id(),
        "created": "2026-01-05T10:11:12.123Z",
        "startDate": str(begin),
        "endDate": str(begin + timedelta(30)),
        "usage": f"{CHANCE.random() * 2000:.4f}",
        "usageUnits": "kWh",
        "timeOfUseBreakdown": [
            {"timeOfUse": "PEAK", "usage": "120.55", "usageUnits": "kWh", "description": "On-Peak Energy"}
        ],
        "isEstimated": False,
        "meter": an_id(),
        "meterAddress": f"{CHANCE.randint(1, 9999)} E Kearney St, Springfield MO 65803",
        "serviceAddress": f"{CHANCE.randint(1, 9999)} State Hwy {CHANCE.randint(1, 200)}, Ozark MO 65721",
        "site": {"id": an_id(), "name": "Barn well", "externalId": f"OB-2026-{number:06}", "path": ["US", "MO"]},
        "identifiers": [
            {"rawName": "Meter #", "value": str(CHANCE.randint(10**6, 10**9)), "name": "METER"},
            {"rawName": "Account Number", "value": str(CHANCE.randint(10**8, 10**10)), "name": "ACCOUNT"},
        ],
        "datasourceType": "ELECTRICITY",
        "additionalFields": {"multiplier": "1", "rateCode": "RES-1", "readCode": "A"},
        "document": {"id": an_id(), "fileName": f"OBEC_bill_{begin}.pdf"},
    }


def document(number: int) -> dict[str, Any]:
    mine = an_id()
    signed = (
        f"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={word(20)}%2F20260105%2Fus-east-1%2Fs3%2Faws4_request"
        f"&X-Amz-Date=20260105T101112Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Security-Token={word(300)}"
        f"&X-Amz-Signature={CHANCE.getrandbits(256):064x}"
    )
    return {
        "id": mine,
        "company": an_id(),
        "created": "2026-01-05T10:11:12Z",
        "auditTrailUrl": f"https://dash.nectarclimate.com/audit/{mine}",
        "url": f"https://nectar-documents.s3.us-east-1.amazonaws.com/bills/{mine}.pdf{signed}",
        "billDate": "2026-01-03",
        "totalCharges": "143.22",
        "chargesUnits": "USD",
        "utilityCompany": "Ozark Border Electric Cooperative",
        "status": "PROCESSED",
        "fileName": f"bill {number} January.pdf",
        "email": "billing@acme.example",
        "jobId": f"job_{word(12)}",
        "notes": "Estimated read; meter exchanged 01/03.",
        "usageData": [usage(number)],
        "demandMeters": [{"startDate": "2026-01-01", "demandUsage": 12.4, "description": "Billing demand"}],
    }


def page(key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"perPage": 100, "totalPages": 1, "currentPage": 1, "hasNext": False, "hasPrevious": False, key: rows}


ORDINARY: dict[str, Any] = {
    "ping": {"status": "ok", "version": "2.2"},
    "job": {
        "id": f"job_{word(20)}",
        "status": "COMPLETED",
        "parsedDocumentIds": [an_id(), an_id()],
        "duplicates": 0,
        "duplicateDocumentIds": [],
    },
    "job that failed": {
        "id": an_id(),
        "status": "TERMINATED",
        "terminationReason": "The file is password protected and could not be opened.",
    },
    "company": {
        "id": an_id(),
        "name": "Acme Dairy",
        "externalId": "OB-2026-000001",
        "impliedMeteringFraction": "1.0",
        "users": ["ops@acme.example"],
        "sites": [{"id": an_id(), "name": "North barn", "address": "12 Farm Rd 112, Ozark MO"}],
    },
    "upload": {"id": an_id(), "uploadUrl": f"https://nectar.s3.amazonaws.com/{an_id()}?X-Amz-Signature={word(64)}"},
    "cursor": {"items": [], "cursor": word(40), "nextCursor": word(24), "nextPageToken": word(24)},
    "a document": page("documents", [document(1)]),
    "documents": page("documents", [document(each) for each in range(100)]),
    "usage": page("usageData", [usage(each) for each in range(100)]),
}


def answered(body: Any) -> Any:
    return answer_of(httpx.Response(200, content=json.dumps(body).encode()), now=datetime.now(UTC))


@pytest.mark.parametrize("body", HELD)
def test_what_opens_a_portal_is_not_taken_wherever_it_stands(body: Any) -> None:
    with pytest.raises(ChannelError) as raised:
        answered(body)
    assert raised.value.code == "channel.malformed"
    assert "Thimble" not in str(raised.value)


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_answers_pass(name: str) -> None:
    assert answered(ORDINARY[name])


def test_a_link_is_kept_as_it_came() -> None:
    body = page("documents", [document(7)])
    assert answered(body)["documents"][0]["url"] == body["documents"][0]["url"]
