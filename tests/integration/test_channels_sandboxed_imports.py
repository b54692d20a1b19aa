"""The importers as they really run: in the closed process, where no zone file or font may be missing."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from broker import sandbox
from broker.rehearsal import paper


@pytest.fixture(scope="module", autouse=True)
def closed_at_the_end() -> Iterator[None]:
    yield
    sandbox.close()


def test_a_usage_file_is_read_inside() -> None:
    text = paper.usage_csv(
        account="4417702",
        first=date(2025, 11, 1),
        delivered=[Decimal("49.600"), Decimal("23.030"), Decimal("20.000")],
        received=[Decimal("-11.000"), Decimal("-29.520"), Decimal("0.000")],
    )
    payload = {"data": sandbox.pack(text.encode()), "zone": "America/Chicago"}
    result = sandbox.call("broker.importers.smarthub_csv:read", payload, wall=20, cpu=10)
    assert [each["total"] for each in result["series"]] == ["92.630", "-40.520", "52.110"]
    assert result["series"][0]["readings"][2]["start"] == "2025-11-03T00:00:00-06:00"


def test_a_refusal_comes_out_with_its_code() -> None:
    payload = {"data": sandbox.pack(b"not a usage file"), "zone": "America/Chicago"}
    with pytest.raises(sandbox.Refused) as refused:
        sandbox.call("broker.importers.smarthub_csv:read", payload, wall=20, cpu=10)
    assert refused.value.code == "file.layout_unknown"


def test_nectars_usage_is_read_inside() -> None:
    entry = {"id": "u1", "startDate": "2025-09-16", "endDate": "2025-10-15", "usage": "812", "usageUnits": "kWh"}
    payload = {"usage": [entry], "documents": [], "zone": "America/Chicago"}
    result = sandbox.call("broker.importers.nectar_usage:read", payload, wall=20, cpu=10)
    assert result["series"][0]["total"] == "812"


def test_a_pdf_is_looked_at_inside() -> None:
    payload = {"data": sandbox.pack(paper.pdf([["Electric bill"]]))}
    result = sandbox.call("broker.importers.bill_pdf:facts", payload, wall=20, cpu=10)
    assert (result["pages"], result["has_text"]) == (1, True)
