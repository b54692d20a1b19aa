"""Files in, clean numbers out: the scenarios S50 and S51, from her file to what the recipient reads."""

import csv
import io
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from broker import jobs
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.rehearsal import paper
from broker.terms import Actor
from requests_app import acceptance
from requests_app.acceptance import Choice
from requests_app.models import ReceivedFile
from requests_app.one_value import keeping
from requests_app.receive import receive
from tests.bills import mail_with
from tests.integration.test_own_data import her
from tests.integration.test_share import share
from tests.requests_world import ACCOUNT, World, coop, reply, run_job, world

HOME = ZoneInfo("America/Chicago")


def hours(first: datetime, count: int, *, missing: tuple[int, ...] = ()) -> tuple[str, Decimal]:
    """Rows of the portal from this local hour on, each of another value; and what they come to."""
    rows, total = [], Decimal(0)
    start = first.replace(tzinfo=HOME).astimezone(UTC)
    for number in range(count):
        if number in missing:
            continue
        a = (start + timedelta(hours=number)).astimezone(HOME).replace(tzinfo=None, fold=0)
        b = (start + timedelta(hours=number + 1)).astimezone(HOME).replace(tzinfo=None, fold=0)
        value = Decimal(number % 7 + 1) / 4
        total += value
        rows.append(f" {a:%Y-%m-%d %H:%M} to {max(b, a + timedelta(hours=1)):%Y-%m-%d %H:%M},{value:.3f},,\n")
    return "".join(rows), total


def usage(rows: str) -> bytes:
    whole = paper.usage_csv(account=ACCOUNT, first=date(2025, 3, 9), delivered=[Decimal(1)])
    return (whole.partition(" 2025-03-09 00:00 to ")[0] + rows).encode()


@pytest.mark.parametrize(
    ("day", "count", "missing"),
    [
        (datetime(2025, 3, 9), 23, ()),
        (datetime(2025, 11, 2), 25, ()),
        (datetime(2025, 3, 9), 23, (5, 6)),
        (datetime(2025, 11, 2), 25, (7,)),
    ],
    ids=["23 hours", "25 hours", "23 hours with a hole", "25 hours with a hole"],
)
def test_s50_hours_that_the_clocks_change_come_to_the_files_total_with_their_holes_marked(
    committing: str, day: datetime, count: int, missing: tuple[int, ...]
) -> None:
    w = world(assurance="L3", data_types=["usage_hourly"])
    rows, total = hours(day, count, missing=missing)
    file = share(w, "usage.csv", usage(rows))
    assert isinstance(file, ReceivedFile)
    days = {"from": f"{day:%Y-%m-%d}", "to": f"{day + timedelta(days=1):%Y-%m-%d}"}
    asked = w.post(w.ask(channel="customer_upload", data_types=["usage_hourly"], **days)).json()
    (series,) = w.get(f"data-requests/{asked['id']}/readings").json()["series"]
    values = series["readings"]
    assert (len(values), sum(Decimal(each["value"]) for each in values)) == (count - len(missing), total)
    assert (series["unit"], series["zone"]) == ("kWh", "America/Chicago")
    assert len({datetime.fromisoformat(each["start"]).astimezone(UTC) for each in values}) == len(values)
    assert series["gaps_count"] == len(series["gaps"]) == (1 if missing else 0)
    for gap in series["gaps"]:
        lasts = datetime.fromisoformat(gap["end"]) - datetime.fromisoformat(gap["start"])
        assert lasts == timedelta(hours=len(missing))  # nothing is put into it


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Iterator[World]:
    with coop(tmp_path, settings):
        yield world(data_types=["bill"])


def her_rows(w: World) -> list[dict[str, str]]:
    table = her(w).get("/my/data/readings.csv").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(table)))


@pytest.mark.parametrize(("charges", "same"), [("98.11", True), ("103.40", False)], ids=["the same", "another sum"])
def test_s51_a_bill_that_she_and_the_co_op_send_is_one_value_with_two_sources_or_a_flag(
    w: World, charges: str, same: bool
) -> None:
    september: dict[str, Any] = {"begin": date(2025, 9, 1), "end": date(2025, 9, 30), "account": ACCOUNT}
    assert isinstance(share(w, "bill.pdf", paper.bill(**september)), ReceivedFile)
    manual = w.manual(data_types=["bill"], **{"from": "2025-09-01", "to": "2025-10-01"})
    run_job("manual.send", manual.id)
    other = paper.bill(**september, charges=Decimal(charges), due=date(2025, 11, 6))
    mail = mail_with(reply(manual, csv=False), other)
    receive(mail, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    file = ReceivedFile.objects.get(message__manual=manual)
    staff, choice = Actor("s", uuid.uuid4(), role="staff"), Choice("bill", date(2025, 9, 1), date(2025, 10, 1))
    assert isinstance(acceptance.accept(file, choice, actor=staff, now=timezone.now()), ReceivedFile)
    (row,) = her_rows(w)  # one value, whoever sent it
    assert row["value"] == "98.11"
    assert (row["quality"], row["also_came_by"], row["another_file_says"]) == (
        ("", "manual_request", "") if same else ("flagged", "", f"{charges} (manual_request)")
    )
    before = Notice.objects.filter(template="staff_alert").count()
    for job in Job.objects.filter(kind=keeping.COMPARE):
        jobs.run(job.id)
    assert Notice.objects.filter(template="staff_alert").count() - before == (0 if same else 1)
