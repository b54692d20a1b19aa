"""One value, several sources: to the recipient, to herself, and in the database itself; on both engines."""

import csv
import io
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.models import Role
from broker.rehearsal import paper
from broker.terms import EventRef
from requests_app import acceptance
from requests_app.acceptance import Choice
from requests_app.exports.account_ids import account_id
from requests_app.models import ReadingSeries, ReceivedFile
from requests_app.one_value import keeping
from requests_app.one_value.models import Comparison, Place
from requests_app.receive import receive
from tests.integration.test_held_files import signed_in
from tests.integration.test_own_data import her
from tests.integration.test_share import feed, share, zipped
from tests.requests_world import ACCOUNT, ACTOR, World, coop, events, reply, run_job, usage, world


@pytest.fixture
def w(committing: str) -> World:
    return world()


def of_days(first: date, *values: str) -> bytes:
    made = paper.usage_csv(account=ACCOUNT, first=first, delivered=[Decimal(each) for each in values])
    return made.encode()


def shares(w: World, *files: bytes, name: str = "usage.csv") -> None:
    for data in files:
        assert isinstance(share(w, name, data), ReceivedFile)


def told(w: World, **changes: Any) -> Any:
    """Give the one series that the recipient reads."""
    asked = w.post(w.ask(channel="customer_upload", **changes)).json()
    (series,) = w.get(f"data-requests/{asked['id']}/readings").json()["series"]
    return series


def compared() -> None:
    """Run what waits to be compared."""
    for job in Job.objects.filter(kind=keeping.COMPARE, state="queued"):
        jobs.run(job.id)


OCTOBER = date(2025, 10, 1)


def test_the_archive_and_a_table_of_the_same_days_are_never_two(w: World) -> None:
    first = of_days(date(2025, 10, 19), "10", "10")
    shares(w, zipped({"usage.xml": feed(ACCOUNT)}), name="usage.zip")
    shares(w, first)
    series = told(w)
    assert [(each["value"], each["source"], each.get("also")) for each in series["readings"]] == [
        ("10.000", 0, [1]),
        ("10.000", 0, [1]),
    ]
    assert [each["importer"] for each in series["sources"]] == ["greenbutton.nisc", "smarthub.A"]
    assert series["provenance"] == series["sources"][0]
    compared()
    found = Comparison.objects.get()
    assert (found.fresh, found.same, found.differs, found.differs_from) == (0, 2, 0, None)
    assert not Notice.objects.filter(template="staff_alert").exists()


def test_files_that_overlap_give_each_day_once(w: World) -> None:
    shares(w, of_days(OCTOBER, "1", "2", "3"), of_days(date(2025, 10, 3), "3", "4"))
    series = told(w)
    assert [each["value"] for each in series["readings"]] == ["1.000", "2.000", "3.000", "4.000"]
    assert [each["source"] for each in series["readings"]] == [0, 0, 0, 1]


def test_a_difference_stands_beside_the_first_value_and_a_person_is_told_once(w: World) -> None:
    shares(w, of_days(OCTOBER, "1", "2"), of_days(OCTOBER, "1", "2.5"))
    series = told(w)
    kept, flagged = series["readings"]
    assert (kept["quality"], "revisions" in kept) == ("as_stated", False)
    assert (flagged["value"], flagged["quality"]) == ("2.000", "flagged")
    assert [(each["value"], each["source"]) for each in flagged["revisions"]] == [("2.500", 1)]
    compared()
    assert Notice.objects.filter(template="staff_alert").count() == 1
    found = Comparison.objects.get()
    assert (found.same, found.differs, found.differs_from, found.differs_through) == (
        1, 1, date(2025, 10, 2), date(2025, 10, 2),
    )  # fmt: skip
    rows = csv.DictReader(io.StringIO(her(w).get("/my/data/readings.csv").content.decode("utf-8-sig")))
    assert [(row["value"], row["quality"], row["also_came_by"], row["another_file_says"]) for row in rows] == [
        ("1.000", "as_stated", "customer_upload", ""),
        ("2.000", "flagged", "", "2.500 (customer_upload)"),
    ]
    page = her(w).get(f"/my/data/use/{w.account.id}/usage_daily/").content.decode()
    assert "Two files do not agree on 1 value" in page
    assert "In all: 3.000 kWh" in page


def test_the_desk_sees_what_would_be_imported_and_how_it_stands_to_earlier_files(w: World) -> None:
    shares(w, of_days(OCTOBER, "1", "2", "3"))
    holed = of_days(OCTOBER, "1", "2.5", "3").decode().splitlines(keepends=True)
    shares(
        w, "".join(line for line in holed if "2025-10-03 00:00 to" not in line and "2025-10-04" not in line).encode()
    )
    compared()
    file = Comparison.objects.get().place.file
    notice = Notice.objects.get(template="staff_alert")
    assert Job.objects.filter(kind="notices.send", subject_id=notice.id).exists()
    page = signed_in(Role.STAFF).get(f"/admin/files/{file.id}/").content.decode()
    for words in (
        "Beside earlier files",
        "0 new, 1 the same",
        "1 another value",
        "October 2, 2025 through October 2, 2025",
    ):
        assert words in page, words
    assert page.count('<figure class="bars">') == 1


def test_the_desk_sees_each_hole_of_a_file(w: World) -> None:
    lines = of_days(OCTOBER, "1", "2", "3", "4").decode()
    lines = "".join(line for line in lines.splitlines(keepends=True) if "2025-10-02 00:00 to" not in line)
    shares(w, lines.replace(",3.000,", ",,").encode())
    page = signed_in(Role.STAFF).get(f"/admin/files/{ReceivedFile.objects.get().id}/").content.decode()
    assert "1 row without a value" in page
    assert "1 gap: nothing from 2025-10-02T00:00 to 2025-10-04T00:00" in page


def test_what_she_shared_and_the_co_op_sent_is_one_value_with_two_sources(
    w: World, tmp_path: Path, settings: Any
) -> None:
    shares(w, usage(ACCOUNT).encode())
    with coop(tmp_path, settings):
        manual = w.manual()
        run_job("manual.send", manual.id)
        mail = reply(manual).replace(b"\r\n", b"\n")
        receive(mail, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
        file = ReceivedFile.objects.filter(message__manual=manual).first()
    if file is not None:  # the very same bytes are the same file already
        choice = Choice("usage_daily", date(2025, 10, 19), date(2025, 10, 21))
        staff = acceptance.Actor("s", uuid.uuid4(), role="staff")
        acceptance.accept(file, choice, actor=staff, now=timezone.now())
    rows = list(csv.DictReader(io.StringIO(her(w).get("/my/data/readings.csv").content.decode("utf-8-sig"))))
    assert [row["value"] for row in rows if row["role"] == "delivered"] == ["49.600", "23.030"]


def test_a_comparison_is_made_once_however_often_its_job_runs(w: World) -> None:
    shares(w, of_days(OCTOBER, "1"), of_days(OCTOBER, "2"))
    job = Job.objects.get(kind=keeping.COMPARE)
    for _ in range(2):
        jobs.run(job.id)
    with transaction.atomic():
        again = jobs.enqueue(keeping.COMPARE, job.subject_id)
    jobs.run(again)
    assert Job.objects.get(id=again).state == "done"
    assert Comparison.objects.count() == 1
    assert len(events("data.compared")) == len(events("data.imported")) == 1


def test_what_touches_nothing_is_not_compared(w: World) -> None:
    shares(w, of_days(OCTOBER, "1"), of_days(date(2025, 10, 2), "2"))
    assert not Job.objects.filter(kind=keeping.COMPARE).exists()
    assert sorted(Place.objects.values_list("number", flat=True)) == [1, 2]


def month_of(kwh: str) -> bytes:
    """A usage file of one longer period, the first days of October."""
    made = paper.usage_csv(account=ACCOUNT, first=OCTOBER, delivered=[Decimal(kwh)])
    return made.replace("to 2025-10-02 00:00,", "to 2025-10-04 00:00,").encode()


def test_what_a_bill_says_is_held_against_her_own_numbers(w: World) -> None:
    bill = paper.bill(account=ACCOUNT, begin=OCTOBER, end=date(2025, 10, 3), kwh=Decimal(7), charges=Decimal("9.00"))
    shares(w, bill, name="bill.pdf")
    at = f"/my/data/use/{w.account.id}/bill/"
    assert "What your bills say" not in her(w).get(at).content.decode()  # there is nothing to compare it with
    shares(w, of_days(OCTOBER, "1", "2"))
    assert "1 day is missing" in her(w).get(at).content.decode()
    shares(w, of_days(date(2025, 10, 3), "3"))
    assert "differs by -1.000 kWh" in her(w).get(at).content.decode()


def test_the_recipient_sees_whether_days_come_to_the_month(committing: str) -> None:
    w = world(data_types=["usage_monthly", "usage_daily"])
    shares(w, month_of("6"), of_days(OCTOBER, "1", "2", "3"))
    asked = w.post(w.ask(channel="customer_upload", data_types=["usage_monthly", "usage_daily"])).json()
    found = w.get(f"data-requests/{asked['id']}/readings").json()
    assert found["reconciliation"] == [
        {
            "account_id": account_id(w.organisation.id, w.account),
            "account_ending": w.account.last_four,
            "from": "2025-10-01",
            "to": "2025-10-04",
            "stated_kwh": "6.000",
            "counted_kwh": "6.000",
            "role": "delivered",
            "resolution": "P1D",
            "missing_days": 0,
            "agrees": True,
        }
    ]
    assert [each["resolution"] for each in found["series"]] == ["P1M", "P1D"]  # side by side, never added


# --- the database itself -----------------------------------------------------------------------------------------


def refused(w: World, change: Callable[[EventRef], Any]) -> str:
    """Make a change under an event of its own; give how the database says no."""
    with pytest.raises(DatabaseError) as no, transaction.atomic():
        change(log.append("data.imported", actor=ACTOR, subject=w.customer.id, obj="data", body={}))
    return str(no.value)


@pytest.mark.parametrize(
    "change",
    [
        {"count": 9}, {"role": "net"}, {"unit": "kW"}, {"resolution": "PT1H"}, {"zone": "UTC"}, {"importer": "x"},
        {"first": date(2020, 1, 1)}, {"data_type": "bill"},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_is_never_written_over(w: World, change: dict[str, Any]) -> None:
    shares(w, of_days(OCTOBER, "1"))
    rows = ReadingSeries.objects.all()
    assert "never written over" in refused(w, lambda ref: rows.update(**change, audit_event_id=ref.id))


def test_the_sealed_values_are_never_exchanged(w: World) -> None:
    shares(w, of_days(OCTOBER, "1"))
    row = ReadingSeries.objects.get()
    place = vault.Place("requests_app_readingseries", "values", row.id)

    def exchange(ref: EventRef) -> None:
        other = vault.seal("[]", subject=w.customer.id, place=place)
        ReadingSeries.objects.filter(id=row.id).update(values=other, audit_event_id=ref.id)

    assert "never written over" in refused(w, exchange)


def place_of(w: World, **changes: Any) -> Callable[[EventRef], Place]:
    """A place for a new series like the first one, with these changes."""

    def made(ref: EventRef) -> Place:
        row = ReadingSeries.objects.order_by("first", "id")[0]
        facts = {"file": row.file, "account": row.account, "role": row.role, "unit": row.unit}
        facts |= {"resolution": row.resolution, "number": 2, "series": row, **changes}
        return Place.objects.create(audit_event_id=ref.id, **facts)

    return made


def test_a_place_is_the_next_one_of_its_own_kind_and_stays(w: World) -> None:
    shares(w, of_days(OCTOBER, "1"))
    shares(w, paper.pdf([["A letter without a number", f"Account number: {ACCOUNT}"]]), name="letter.pdf")
    row, letter = ReadingSeries.objects.get(), ReceivedFile.objects.get(media_type="application/pdf")

    def again(ref: EventRef) -> ReadingSeries:
        facts = {f.attname: getattr(row, f.attname) for f in ReadingSeries._meta.concrete_fields}
        new = uuid.uuid4()
        place = vault.Place("requests_app_readingseries", "values", new)
        sealed = vault.seal("[]", subject=w.customer.id, place=place)
        facts |= {"id": new, "file_id": letter.id, "values": sealed, "audit_event_id": ref.id}
        return ReadingSeries.objects.create(**facts)

    def at(ref: EventRef, **changes: Any) -> Place:
        return place_of(w, **{"series": again(ref), "file": letter, **changes})(ref)

    with transaction.atomic():
        at(log.append("data.imported", actor=ACTOR, subject=w.customer.id, obj="data", body={}))
        transaction.set_rollback(True)  # as it should be, it is taken
    assert refused(w, lambda ref: at(ref, file=row.file))
    for wrong in ({"number": 3}, {"number": 0}, {"role": "net"}, {"unit": "kW"}, {"resolution": "PT1H"}):
        text = refused(w, lambda ref, wrong=wrong: at(ref, **wrong))
        assert "next place" in text or "check" in text.lower(), wrong
    assert refused(w, lambda ref: at(ref, number=1))
    place = Place.objects.get()
    for change in (lambda ref: Place.objects.filter(pk=place.pk).update(number=7), lambda ref: place.delete()):
        assert refused(w, change)


def test_a_comparison_counts_each_value_once_and_the_first_series_has_none(w: World) -> None:
    shares(w, of_days(OCTOBER, "1", "2"), of_days(OCTOBER, "1", "2.5"))
    first, second = Place.objects.order_by("number")

    def made(place: Place, *counts: int, **days: Any) -> Callable[[EventRef], Comparison]:
        fresh, same, differs = counts
        days = days or ({"differs_from": OCTOBER, "differs_through": OCTOBER} if differs > 0 else {})
        facts = {"fresh": fresh, "same": same, "differs": differs, "at": timezone.now(), **days}
        return lambda ref: Comparison.objects.create(place=place, audit_event_id=ref.id, **facts)

    for wrong in ((0, 1, 0), (1, 1, 1), (3, 0, -1)):
        assert refused(w, made(second, *wrong)), wrong
    assert "each value" in refused(w, made(first, 2, 0, 0))
    assert refused(w, made(second, 0, 1, 1, differs_from=None, differs_through=None))
    assert refused(w, made(second, 1, 1, 0, differs_from=OCTOBER, differs_through=OCTOBER))
    compared()
    found = Comparison.objects.get()
    assert refused(w, lambda ref: Comparison.objects.update(differs=0, same=2, audit_event_id=ref.id))
    assert refused(w, lambda ref: found.delete())
    assert refused(w, made(second, 0, 1, 1))


def test_series_that_come_at_the_same_moment_take_places_one_after_another(w: World) -> None:
    start = threading.Barrier(4)

    def push(number: int) -> None:
        try:
            start.wait(20)
            shares(w, of_days(OCTOBER, str(number + 1)))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(push, range(4)))
    assert sorted(Place.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    compared()
    assert sorted(Comparison.objects.values_list("differs", flat=True)) == [1, 1, 1]
    assert connection.vendor in ("sqlite", "postgresql")
