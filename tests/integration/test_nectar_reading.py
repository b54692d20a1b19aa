"""What Nectar read comes back with where it came from, in both spellings, and what is superseded stays beside it."""

from typing import Any

import pytest

from broker.rehearsal.nectar import Nectar
from requests_app.importing import BILLED
from requests_app.models import NectarPull, ReadingSeries
from requests_app.nectar.models import Meter
from tests.integration.mail_support import signed_in
from tests.integration.nectar_support import go, played, shared, to_the_end
from tests.requests_world import World, world


@pytest.fixture
def nectar(settings: Any) -> Any:
    with played(settings, polls_until_done=0) as server:
        yield server


def asked(w: World) -> str:
    answer = w.post(w.ask(data_types=["bill"], channel="nectar", to="2025-12-01"))
    return str(answer.json()["id"])


def readings(w: World, request: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = w.get(f"data-requests/{request}/readings").json()["series"]
    return found


@pytest.mark.parametrize("spelling", ["", "v2.1", "guide"])
def test_each_documented_spelling_gives_the_same_numbers(committing: str, nectar: Nectar, spelling: str) -> None:
    w = world()
    request, pull = asked(w), shared(w)
    go("nectar.upload", pull.id)
    if spelling:
        nectar.order(spelling, times=99)
    assert to_the_end(pull).state == "done"
    (series,) = readings(w, request)
    assert (series["role"], series["unit"], series["readings"][0]["value"]) == ("delivered", "kWh", "812.5")
    assert series["provenance"]["importer"] == "nectar.v2"
    assert Meter.objects.count() == 1


def test_a_superseded_document_keeps_its_value_and_flags_it(committing: str, nectar: Nectar) -> None:
    w = world()
    request, pull = asked(w), shared(w)
    go("nectar.upload", pull.id)
    nectar.finish(next(iter(nectar.jobs.values())))
    (document,), (entry,) = list(nectar.documents.values()), list(nectar.usage.values())
    newer, revised = "7f9d3c1e-0000-4000-8000-000000000001", "7f9d3c1e-0000-4000-8000-000000000002"
    nectar.documents[newer] = {**document, "id": newer, "totalCharges": "97.00"}
    nectar.usage[revised] = {**entry, "id": revised, "usage": "800", "document": {"id": newer}}
    document["revisedDocumentId"] = newer
    pull = to_the_end(pull)
    assert (pull.state, pull.documents) == ("done", [document["id"], newer])
    (series,) = readings(w, request)
    (value,) = series["readings"]
    assert (value["value"], value["quality"]) == ("812.5", "flagged")
    assert [each["value"] for each in value["revisions"]] == ["800"]
    billed = ReadingSeries.objects.filter(role=BILLED, importer__startswith="nectar.")
    assert sorted(each.place.edition for each in billed) == [2, 3]  # behind the word of our own reader


def test_power_of_a_bill_comes_back_as_power(committing: str, nectar: Nectar) -> None:
    w = world()
    request, pull = asked(w), shared(w)
    go("nectar.upload", pull.id)
    nectar.finish(next(iter(nectar.jobs.values())))
    (document,), (entry,) = nectar.documents.values(), nectar.usage.values()
    document["demandMeters"] = [
        {
            "startDate": entry["startDate"],
            "endDate": entry["endDate"],
            "isEstimated": True,
            "demandUsage": "12.4",
            "demandUsageUnits": "kW",
            "usageDataIds": [entry["id"]],
        }
    ]
    assert to_the_end(pull).state == "done"
    found = {(each["role"], each["unit"]): each["readings"][0] for each in readings(w, request)}
    assert set(found) == {("delivered", "kWh"), ("demand", "kW")}
    assert (found["demand", "kW"]["value"], found["demand", "kW"]["quality"]) == ("12.4", "estimated")


def test_a_shape_that_nobody_knows_is_a_persons_and_gives_no_number(committing: str, nectar: Nectar) -> None:
    pull = shared(world())
    go("nectar.upload", pull.id)
    nectar.finish(next(iter(nectar.jobs.values())))
    next(iter(nectar.usage.values()))["netMeteringType"] = "SIDEWAYS"
    assert (to_the_end(pull).state, pull.code) == ("failed", "file.layout_unknown")
    assert not ReadingSeries.objects.exclude(role=BILLED).exists()


def test_s52_staff_see_on_the_files_page_how_it_ended(committing: str, nectar: Nectar) -> None:
    nectar.order("TERMINATED")
    pull = to_the_end(shared(world()))
    page = signed_in().get(f"/admin/files/{pull.file_id}/").content.decode()
    assert "ended without numbers" in page
    assert NectarPull.objects.get().says in page
    assert "nectar.terminated" in page
