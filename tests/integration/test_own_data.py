"""A customer takes copies of her own data: hers alone, also after she stopped, and each time an event she sees."""

import csv
import io
import uuid
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.audit import log, store
from broker.rehearsal import paper
from broker.terms import SERVICE, Actor, Refusal
from consents import actions
from consents.identity import notice
from consents.session import CUSTOMER
from requests_app import acceptance, own_data
from requests_app.acceptance import Choice
from requests_app.completeness.matrix import after
from requests_app.importing import BILLED
from requests_app.models import ReadingSeries, ReceivedFile
from requests_app.receive import receive
from requests_app.share import receive_share
from tests.bills import joined, mail_with
from tests.factories import customer
from tests.joint_world import proven, stranger
from tests.requests_world import ACCOUNT, World, coop, events, reply, run_job, usage, world


@pytest.fixture
def w(committing: str) -> World:
    return world()


def her(w: World, customer: uuid.UUID | None = None) -> Client:
    client = Client()
    kept = client.session
    kept[CUSTOMER] = str(customer or w.customer.id)
    kept.save()
    return client


def shared(w: World) -> ReceivedFile:
    me = Actor("c", w.customer.id)
    found = receive_share(
        w.consent, w.account, "usage.csv", usage(ACCOUNT).encode(), to_nectar=False, actor=me, now=timezone.now()
    )
    assert isinstance(found, ReceivedFile)
    return found


def test_nothing_has_come_in_yet(w: World) -> None:
    page = her(w).get("/my/data/").content.decode()
    assert "No file has come in yet" in page
    assert "There are no readings yet" in page
    empty = list(csv.reader(io.StringIO(her(w).get("/my/data/readings.csv").content.decode("utf-8-sig"))))
    assert len(empty) == 1


def test_she_takes_her_file_and_her_readings(w: World) -> None:
    file, client = shared(w), her(w)
    page = client.get("/my/data/").content.decode()
    assert f"/my/data/{file.id}/" in page
    assert not events("data.viewed")  # the list opens nothing
    answer = client.get(f"/my/data/{file.id}/")
    assert answer.content == usage(ACCOUNT).encode()
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    rows = list(csv.DictReader(io.StringIO(client.get("/my/data/readings.csv").content.decode("utf-8-sig"))))
    assert len(rows) == sum(one.count for one in ReadingSeries.objects.all())
    assert {row["account_ending"] for row in rows} == {w.account.last_four}
    assert all(row["value"] for row in rows)
    assert len(events("data.viewed")) == 2


def test_she_sees_her_readings_as_pictures_with_their_tables(w: World) -> None:
    file, client = shared(w), her(w)
    listed = client.get("/my/data/").content.decode()
    at = f"/my/data/use/{file.account_id}/{file.data_type}/"
    assert f'href="{at}"' in listed
    assert not events("data.viewed")
    page = client.get(at).content.decode()
    assert len(events("data.viewed")) == 1
    for words in ("From the co-op (kWh)", "49.600", "23.030", "In all: 72.630 kWh", "by day", "October 19, 2025"):
        assert words in page, words
    assert (
        page.count('<figure class="bars">') == page.count('<table class="months"') == 3
    )  # from, to, and the difference
    assert page[page.index("<figure") :].count("<rect") == 6
    client.cookies["django_language"] = "es"
    assert "De la cooperativa (kWh)" in client.get(at).content.decode()


def test_a_picture_is_nobody_elses_and_of_nothing_there_is_none(w: World) -> None:
    file = shared(w)
    at = f"/my/data/use/{file.account_id}/{file.data_type}/"
    assert her(w, customer().id).get(at).status_code == 404
    assert her(w).get(f"/my/data/use/{file.account_id}/usage_hourly/").status_code == 404
    assert Client().get(at)["Location"].endswith("/my/sign-in/")
    assert not events("data.viewed")


def test_it_stays_hers_after_she_stopped(w: World) -> None:
    file = shared(w)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    assert her(w).get(f"/my/data/{file.id}/").status_code == 200


def test_it_is_nobody_elses(w: World) -> None:
    file = shared(w)
    assert Client().get(f"/my/data/{file.id}/")["Location"].endswith("/my/sign-in/")
    stranger = her(w, customer().id)
    assert stranger.get(f"/my/data/{file.id}/").status_code == 404
    assert str(file.id) not in stranger.get("/my/data/").content.decode()
    assert not events("data.viewed")
    assert len(events("auth.foreign")) == 1


@pytest.mark.parametrize("state", ["quarantined", "rejected"])
def test_what_nobody_has_accepted_is_not_there(w: World, state: str) -> None:
    file = shared(w)
    with transaction.atomic():
        ref = log.append("file.rejected", actor=SERVICE("tests"), subject=w.customer.id, body={})
        decided = None if state == "quarantined" else timezone.now()
        ReceivedFile.objects.filter(id=file.id).update(state=state, audit_event_id=ref.id, decided_at=decided)
    assert her(w).get(f"/my/data/{file.id}/").status_code == 404


def test_a_log_that_cannot_be_written_gives_nothing(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    file = shared(w)

    def broken(*_args: Any, **_more: Any) -> None:
        raise log.LogUnavailable("tests")

    monkeypatch.setattr(log, "append_read", broken)
    assert her(w).get(f"/my/data/{file.id}/").status_code == 503
    assert store.rows("SELECT count(*) FROM audit_event WHERE act = 306") == [(0,)]


def sent_by_the_co_op(w: World, data_type: str = "usage_daily") -> ReceivedFile:
    """A file as the co-op's answer brings it: not her own push."""
    shared_file = shared(w)
    facts = {f.attname: getattr(shared_file, f.attname) for f in ReceivedFile._meta.concrete_fields}
    with transaction.atomic():
        ref = log.append("file.accepted", actor=SERVICE("tests"), subject=w.customer.id, body={})
        file_id = uuid.uuid4()
        place = vault.Place("requests_app_receivedfile", "name", file_id)
        name = vault.seal("usage.csv", subject=w.customer.id, place=place)
        changes = {
            "id": file_id,
            "name": name,
            "share_id": None,
            "sha256": uuid.uuid4().bytes * 2,
            "data_type": data_type,
        }
        return ReceivedFile.objects.create(
            **{**facts, **changes, "channel": "manual_request", "audit_event_id": ref.id}
        )


@pytest.mark.parametrize(
    ("level", "data_type", "hers"),
    [
        ("L1", "usage_daily", False),
        ("L2", "usage_daily", True),
        ("L2", "usage_hourly", False),
        ("L3", "usage_hourly", True),
    ],
)
def test_what_the_co_op_sent_waits_until_the_account_is_proven(
    committing: str, level: str, data_type: str, hers: bool
) -> None:
    """Whoever knows a name and an account number learns nothing from her own pages either."""
    w = world(assurance=level)
    file, client = sent_by_the_co_op(w, data_type), her(w)
    page = client.get("/my/data/").content.decode()
    assert (f"/my/data/{file.id}/" in page) is hers
    assert ("It waits until it is proven" in page) is not hers
    assert client.get(f"/my/data/{file.id}/").status_code == (200 if hers else 404)


def test_what_the_co_op_sent_opens_to_neither_of_two_who_proved_the_account(w: World) -> None:
    """A bill can be forged; what she handed over herself is hers all the same."""
    sent, pushed, client = sent_by_the_co_op(w, "usage_daily"), shared(w), her(w)
    assert client.get(f"/my/data/{sent.id}/").status_code == 200
    proven(stranger(w))
    page = client.get("/my/data/").content.decode()
    assert f"/my/data/{sent.id}/" not in page
    assert "Our people look at this account first" in page
    assert client.get(f"/my/data/{sent.id}/").status_code == 404
    assert client.get(f"/my/data/{pushed.id}/").status_code == 200
    proven(w.consent, "L3")
    assert client.get(f"/my/data/{sent.id}/").status_code == 200


def test_a_notice_opens_hourly_data_to_herself_as_well(sqlite_db: str) -> None:
    w = world(assurance="L2")
    file, now = sent_by_the_co_op(w, "usage_hourly"), timezone.now()
    assert notice.record(w.consent, notice=uuid.uuid4(), at=now)
    early, late = now + timedelta(hours=47, minutes=59), now + timedelta(hours=48)
    assert file not in own_data.files(w.customer, now=early)
    assert file in own_data.files(w.customer, now=late)


# --- what her bills came to -------------------------------------------------------------------------------------


def a_bill(begin: date, charges: str, **more: Any) -> bytes:
    end = after(begin) - timedelta(days=1)
    facts = {"account": ACCOUNT, "name": "PAT MEMBER", "address": "2 Example Road", "charges": Decimal(charges), **more}
    return paper.bill(begin=begin, end=end, **facts)


def bills_of(w: World, *files: bytes) -> None:
    me = Actor("c", w.customer.id)
    for number, data in enumerate(files):
        name = f"{number}.pdf"
        found = receive_share(w.consent, w.account, name, data, to_nectar=False, actor=me, now=timezone.now())
        assert isinstance(found, ReceivedFile)


def test_she_sees_what_her_bills_came_to_as_a_table_and_a_picture(w: World) -> None:
    september, october = a_bill(date(2025, 9, 1), "98.11"), a_bill(date(2025, 10, 1), "120.40")
    bills_of(w, joined(september, october), paper.pdf([["Letter without a sum", f"Account number: {ACCOUNT}"]]))
    client, at = her(w), f"/my/data/use/{w.account.id}/bill/"
    listed = client.get("/my/data/").content.decode()
    assert f'href="{at}"' in listed
    assert "2 bills" in listed
    assert "September 1, 2025 – October 31, 2025" in listed
    assert "There are no readings yet" in listed
    assert not events("data.viewed")
    page = client.get(at).content.decode()
    assert len(events("data.viewed")) == 1
    for words in ("What your bills came to (USD)", "In all: 218.51 USD", "98.11", "120.40", "October 3, 2025"):
        assert words in page, words
    assert "September 1, 2025 – September 30, 2025" in page
    assert page[page.index("<figure") :].count("<rect") == 2
    rows = list(csv.DictReader(io.StringIO(client.get("/my/data/readings.csv").content.decode("utf-8-sig"))))
    assert [(row["role"], row["unit"], row["start"], row["value"]) for row in rows] == [
        ("billed", "USD", "2025-09-01", "98.11"),
        ("billed", "USD", "2025-10-01", "120.40"),
    ]
    assert len(events("data.viewed")) == 2
    client.cookies["django_language"] = "es"
    assert "Lo que sumaron sus facturas" in client.get(at).content.decode()


def test_a_bill_that_comes_twice_with_another_sum_is_flagged_and_nothing_is_written_over(w: World) -> None:
    bills_of(w, a_bill(date(2025, 9, 1), "98.11"), a_bill(date(2025, 9, 1), "89.00"))
    page = her(w).get(f"/my/data/use/{w.account.id}/bill/").content.decode()
    for words in ("In all: 98.11 USD", "another file says 89.00", "Two files do not agree on 1 value"):
        assert words in page, words
    (row,) = csv.DictReader(io.StringIO(her(w).get("/my/data/readings.csv").content.decode("utf-8-sig")))
    assert (row["value"], row["quality"], row["another_file_says"]) == ("98.11", "flagged", "89.00 (customer_upload)")


def test_what_we_read_off_a_bill_is_sealed_and_is_no_reading_of_a_meter(
    w: World, tmp_path: Path, settings: Any
) -> None:
    days = (date(2025, 9, 1), date(2025, 10, 1))
    with coop(tmp_path, settings):
        manual = w.manual(data_types=["bill"], **{"from": days[0].isoformat(), "to": days[1].isoformat()})
        run_job("manual.send", manual.id)
        mail = mail_with(reply(manual, csv=False), a_bill(days[0], "98.11"))
        receive(mail, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
        file = ReceivedFile.objects.get(message__manual=manual)
        staff, choice = Actor("s", uuid.uuid4(), role="staff"), Choice("bill", *days)
        assert isinstance(acceptance.accept(file, choice, actor=staff, now=timezone.now()), ReceivedFile)
    kept = ReadingSeries.objects.get()
    assert (kept.role, kept.unit, kept.count) == (BILLED, "USD", 1)
    assert "98.11" not in str(kept.values)
    assert w.get(f"data-requests/{manual.request_id}/readings").json()["series"] == []
    [bill] = w.get(f"data-requests/{manual.request_id}/bills").json()["bills"]
    assert (bill["total"], bill["quality"]) == ("98.11", "as_read")
    assert "98.11" in her(w).get(f"/my/data/use/{w.account.id}/bill/").content.decode()


def test_a_bill_of_days_or_an_account_that_is_not_shared_gives_no_amount(w: World) -> None:
    other_days = a_bill(date(2024, 11, 1), "98.11")
    me, now = Actor("c", w.customer.id), timezone.now()
    refused = receive_share(w.consent, w.account, "old.pdf", other_days, to_nectar=False, actor=me, now=now)
    assert isinstance(refused, Refusal)
    assert refused.code == "scope.range"  # a bill cannot be cut, so nothing of it is kept
    assert not ReceivedFile.objects.exists()
    unsure = paper.bill(account="A-40900018", begin=date(2025, 9, 1), end=date(2025, 9, 30))
    bills_of(w, unsure)
    assert not ReadingSeries.objects.exists()
    assert "What your bills came to" not in her(w).get("/my/data/").content.decode()
