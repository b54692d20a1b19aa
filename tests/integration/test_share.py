"""A customer hands over her own file, and a bill goes through Nectar and comes back as readings."""

import hashlib
import io
import struct
import uuid
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
from django.db.models import QuerySet
from django.utils import timezone

from broker.notices.models import Notice
from broker.rehearsal import paper
from broker.rehearsal.nectar import Nectar
from broker.terms import Actor, Refusal
from broker.transport import clamd
from consents import actions, effects, sharing
from requests_app import acceptance, quarantine
from requests_app.importing import BILLED
from requests_app.models import NectarPull, ReadingSeries, ReceivedFile
from requests_app.nectar.models import Company, Handing
from requests_app.request_state import WAITING as WAITS
from requests_app.share import receive_share
from tests.fuzz import bombs
from tests.requests_world import ACCOUNT, World, events, run_job, usage, world


def bill(account: str = ACCOUNT, begin: date = date(2025, 10, 1)) -> bytes:
    return paper.bill(
        account=account,
        begin=begin,
        end=begin + timedelta(days=30),
        kwh=Decimal("812.5"),
        charges=Decimal("98.10"),
        due=begin + timedelta(days=50),
    )


def feed(account: str, *, days: int = 2, zone: int = -21600) -> bytes:
    """The portal's feed of some days of October, 10 kWh each."""
    rows = "".join(
        "<IntervalReading><timePeriod><duration>86400</duration>"
        f"<start>{1760828400 - zone + 86400 * day}</start></timePeriod><value>10000</value></IntervalReading>"
        for day in range(days)
    )
    kinds = {"accumulationBehaviour": 4, "flowDirection": 1, "intervalLength": 86400, "uom": 72}
    rules = {"dstStartRule": "360E2000", "dstEndRule": "B40E2000", "dstOffset": 3600, "tzOffset": zone}
    contents = {
        ("/P", "/"): f"<UsagePoint><ServiceDeliveryPoint><name>{account}</name></ServiceDeliveryPoint></UsagePoint>",
        ("/L", "/"): f"<LocalTimeParameters>{_tags(rules)}</LocalTimeParameters>",
        ("/T", "/"): f"<ReadingType>{_tags(kinds)}</ReadingType>",
        ("/M", "/"): "<MeterReading/>",
        ("/M/IntervalBlock/0", "/M/IntervalBlock"): f"<IntervalBlock>{rows}</IntervalBlock>",
    }
    entries = "".join(
        f'<entry><link rel="self" href="{own}"/><link rel="up" href="{up}"/><link rel="related" href="/T"/>'
        f"<content>{inside}</content></entry>"
        for (own, up), inside in contents.items()
    )
    title = "<title>NISC Readings Feed</title>"
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{title}{entries}</feed>'.encode()


def _tags(values: dict[str, int | str]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items())


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


def of_nectar() -> QuerySet[ReadingSeries]:
    """Give the readings that Nectar found: not what we read off a bill ourselves, for her own page."""
    return ReadingSeries.objects.exclude(role=BILLED)


def share(w: World, name: str, data: bytes, *, to_nectar: bool = False) -> ReceivedFile | Refusal:
    me = Actor("c", w.customer.id)
    return receive_share(w.consent, w.account, name, data, to_nectar=to_nectar, actor=me, now=timezone.now())


def test_her_usage_file_is_read_at_once_and_serves_the_next_ask(committing: str) -> None:
    w = world()
    file = share(w, "usage.csv", usage(ACCOUNT).encode())
    assert isinstance(file, ReceivedFile)
    assert (file.state, file.data_type, file.covers_from) == ("accepted", "usage_daily", date(2025, 10, 19))
    answer = w.post(w.ask(channel="customer_upload"))
    assert answer.status_code == 201
    found = answer.json()
    assert (found["state"], len(found["files"])) == ("ready", 1)
    readings = w.get(f"data-requests/{found['id']}/readings").json()
    assert readings["series"][0]["provenance"]["channel"] == "customer_upload"
    assert w.get(f"data-requests/{found['id']}/files/{file.id}").content == usage(ACCOUNT).encode()
    assert len(events("share.received")) == 1


def test_an_ask_for_her_own_files_waits_for_her_when_she_shared_none(sqlite_db: str) -> None:
    w = world()
    answer = w.post(w.ask(channel="customer_upload"))
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting_on_customer")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("usage.csv", b"x" * (26 * 1024 * 1024), "request.too_large"),
        ("usage.csv", b"", "file.unreadable"),
        ("usage.csv", b"\x7fELF....", "file.type"),
        ("usage.csv", bill(), "file.type"),
        ("usage.exe", usage(ACCOUNT).encode(), "file.type"),
        ("../usage.csv", usage(ACCOUNT).encode(), "file.type"),
        ("usage.xml", feed("40900018"), "scope.account"),
        ("usage.xml", feed(ACCOUNT, zone=-25200), "file.other_zone"),
        ("usage.xml", feed(ACCOUNT, days=0), "file.not_usage"),
        ("usage.xml", b"<?xml version='1.0'?><!DOCTYPE a><a/>", "file.unreadable"),
        ("usage.xml", b"<html><script>", "file.type"),
        ("usage.csv", feed(ACCOUNT), "file.type"),
        ("usage.zip", b"PK\x03\x04 no archive", "file.unreadable"),
        ("usage.zip", zipped({"a.exe": b"MZ"}), "file.layout_unknown"),
        ("usage.zip", zipped({"a.csv": usage("40900018").encode()}), "scope.account"),
        ("usage.zip", zipped({"a.csv": b"my SmartHub password is Fence!7777,\n"}), "channel.forbidden.credentials"),
        ("usage.csv", usage("40900018").encode(), "scope.account"),
        ("usage.csv", usage("-").encode(), "scope.account"),
        ("usage.csv", usage(ACCOUNT, date(2024, 12, 31)).encode(), "scope.range"),
        ("bill.pdf", b"%PDF-1.7\nnothing more", "file.unreadable"),
        ("password Fence!7777.csv", usage(ACCOUNT).encode(), "channel.forbidden.credentials"),
    ],
)
def test_what_is_no_file_of_hers_under_this_consent_is_not_taken(
    sqlite_db: str, name: str, data: bytes, code: str
) -> None:
    answer = share(world(), name, data)
    assert isinstance(answer, Refusal)
    assert answer.code == code
    assert not ReceivedFile.objects.exists()
    assert len(events("share.rejected")) == 1


def png(wide: int, high: int) -> bytes:
    """The head of a picture of so many pixels, which is all that says how large it is; nothing of it is white paper."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


def acting(**catalogue: Any) -> bytes:
    """A bill with something in its catalogue that acts."""
    with pikepdf.open(io.BytesIO(bill())) as document:
        for name, value in catalogue.items():
            document.Root[f"/{name}"] = value
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "code", "words"),
    [
        ("bill.pdf", lambda: bombs.plain((b"/FlateDecode", bombs.deflated(2**29))), "file.pdf_bomb", "grow"),
        ("bill.png", lambda: png(100_000, 20_000), "file.bomb", "grow"),
        ("bill.png", lambda: png(10_000, 9_000), "file.bomb", "grow"),
        ("bill.pdf", lambda: acting(OpenAction=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1")),
         "file.javascript", "program"),
    ],
)  # fmt: skip
def test_her_file_is_looked_into_like_one_that_came_by_mail(
    sqlite_db: str, name: str, data: Callable[[], bytes], code: str, words: str
) -> None:
    w, made = world(onward_recipients=[]), data()
    refused = share(w, name, made)
    assert isinstance(refused, Refusal)
    assert refused.code == code == quarantine.examine(name, made).codes[0]
    answer = sharing.share(w.consent, name, made, actor=Actor("c", w.customer.id), now=timezone.now())
    assert not answer.ok
    assert words in answer.text
    assert "Send a PDF" not in answer.text
    assert not ReceivedFile.objects.exists()


def test_a_feed_is_looked_at_by_the_virus_scanner_alone(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clamd, "scan", lambda data: clamd.Scan("a scanner", "Feed" if b"Feed" in data else ""))
    w = world()
    for name, data in (("usage.xml", feed(ACCOUNT)), ("usage.zip", zipped({"usage.xml": feed(ACCOUNT)}))):
        refused = share(w, name, data)
        assert isinstance(refused, Refusal)
        assert refused.code == "file.virus"
    assert not ReceivedFile.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "verdict"),
    [
        ("bill.pdf", paper.pdf([[""]]), "file.no_words"),
        ("bill.png", png(1000, 1400), "file.no_words"),
        ("bill.pdf", paper.pdf([[f"Account number: {ACCOUNT}", "Thank you"]]), "file.bill_unread"),
        ("bill.pdf", paper.pdf([["Billing period: 10/01/2025 - 10/31/2025"]]), "file.bill_unread"),
    ],
    ids=["blank", "picture", "no days", "no account"],
)
def test_a_bill_that_says_neither_whose_nor_of_when_counts_for_no_month(
    committing: str, name: str, data: bytes, verdict: str
) -> None:
    w = world(onward_recipients=[])
    asked = w.post(w.ask(data_types=["bill"], channel="customer_upload", to="2025-12-01")).json()
    file = share(w, name, data)
    assert isinstance(file, ReceivedFile)
    assert (file.state, file.verdict, file.data_type) == ("quarantined", verdict, "")
    assert Notice.objects.filter(template="staff_alert").count() == 1
    found = w.get(f"data-requests/{asked['id']}").json()
    assert (found["state"], found["files"]) == ("waiting_on_customer", [])
    person = Actor("s", uuid.uuid4(), role="staff")
    choice = acceptance.Choice("bill", date(2025, 10, 1), date(2025, 11, 1))
    refused = acceptance.accept(file, choice, actor=person, now=timezone.now())
    assert refused in (Refusal("file.account_unread"), Refusal("file.days_unread"))
    said = replace(choice, by_eye=True, days_by_eye=True)
    assert isinstance(acceptance.accept(file, said, actor=person, now=timezone.now()), ReceivedFile)
    found = w.get(f"data-requests/{asked['id']}").json()
    assert (found["state"], len(found["files"])) == ("ready", 1)


def test_a_bill_serves_the_months_that_it_says_and_no_other(committing: str) -> None:
    w = world(onward_recipients=[])
    assert isinstance(share(w, "bill.pdf", bill()), ReceivedFile)
    for months, state in ((("2025-10-01", "2025-12-01"), "ready"), (("2025-11-01", "2026-01-01"), WAITS)):
        ask = w.ask(data_types=["bill"], channel="customer_upload", **dict(zip(("from", "to"), months, strict=True)))
        assert w.post(ask).json()["state"] == state


def test_the_portals_archive_is_kept_as_its_one_usage_file(committing: str) -> None:
    w = world()
    whole = zipped({"usage.xml": feed(ACCOUNT), "usage_formatted.html": b"<script>alert(1)</script>"})
    file = share(w, "green_button.zip", whole)
    assert isinstance(file, ReceivedFile)
    assert (file.state, file.media_type, file.data_type) == ("accepted", "application/xml", "usage_daily")
    assert bytes(file.sha256) == hashlib.sha256(feed(ACCOUNT)).digest()
    alone = share(w, "usage.xml", feed(ACCOUNT))
    assert isinstance(alone, ReceivedFile)
    assert alone.id == file.id  # the archive and the file in it are one
    asked = w.post(w.ask(channel="customer_upload")).json()
    readings = w.get(f"data-requests/{asked['id']}/readings").json()
    assert [each["value"] for each in readings["series"][0]["readings"]] == ["10.000", "10.000"]
    assert w.get(f"data-requests/{asked['id']}/files/{file.id}").content == feed(ACCOUNT)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"Bill Date,Total\n09/24/2025,89.45\n", "file.layout_unknown"),
        (usage(ACCOUNT).replace("-6.490", "-6.000").encode(), "file.roles_unproven"),
    ],
)
def test_a_usage_file_that_nobody_can_read_is_kept_and_a_person_is_told(
    committing: str, data: bytes, code: str
) -> None:
    w = world()
    file = share(w, "usage.csv", data)
    assert isinstance(file, ReceivedFile)
    assert (file.state, file.verdict, file.data_type, file.decided_at) == ("quarantined", code, "", None)
    assert not ReadingSeries.objects.exists()
    assert Notice.objects.filter(template="staff_alert").count() == 1
    assert w.post(w.ask(channel="customer_upload")).json()["state"] == "waiting_on_customer"
    me = Actor("c", w.customer.id)
    answer = sharing.share(w.consent, "usage.csv", data, actor=me, now=timezone.now())
    assert answer.ok
    assert "cannot read it with certainty" in answer.text
    assert ReceivedFile.objects.count() == 1
    seen = acceptance.look(file, actor=Actor("s", uuid.uuid4(), role="staff"), why="to check it", now=timezone.now())
    assert seen.found is not None
    assert (seen.found.importer, seen.found.series, seen.codes) == ("none", [], (code,))


def test_nothing_unread_is_kept_under_a_consent_that_ended(sqlite_db: str) -> None:
    w = world()
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    answer = share(w, "usage.csv", b"Bill Date,Total\n09/24/2025,89.45\n")
    assert isinstance(answer, Refusal)
    assert answer.code == "consent.revoked"


def test_a_kind_that_she_does_not_share_is_not_taken(sqlite_db: str) -> None:
    answer = share(world(data_types=["bill"]), "usage.csv", usage(ACCOUNT).encode())
    assert isinstance(answer, Refusal)
    assert answer.code == "scope.data_type"


def test_nothing_is_taken_under_a_consent_that_ended(sqlite_db: str) -> None:
    w = world()
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    answer = share(w, "usage.csv", usage(ACCOUNT).encode())
    assert isinstance(answer, Refusal)
    assert answer.code == "consent.revoked"


def test_the_same_file_twice_is_one(sqlite_db: str) -> None:
    w = world()
    one, two = (share(w, "usage.csv", usage(ACCOUNT).encode()) for _ in range(2))
    assert isinstance(one, ReceivedFile)
    assert isinstance(two, ReceivedFile)
    assert one.id == two.id
    assert len(events("share.received")) == 1


def test_the_customers_page_gets_an_answer_in_words(sqlite_db: str) -> None:
    w = world()
    me, now = Actor("c", w.customer.id), timezone.now()
    assert sharing.share(w.consent, "bill.pdf", bill(), actor=me, now=now).ok
    assert ReceivedFile.objects.get().channel == "nectar"
    no = sharing.share(w.consent, "usage.exe", bill(), actor=me, now=now)
    assert not no.ok
    assert no.text


# --- Nectar -------------------------------------------------------------------------------------------------------


@pytest.fixture
def nectar(settings: Any) -> Any:
    with Nectar(polls_until_done=1) as played:
        settings.NECTAR_URL, settings.NECTAR_API_KEY = played.url, played.api_key
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{played.port}"]
        yield played


def through(w: World, data: bytes | None = None) -> NectarPull:
    """Share a bill to Nectar and run its jobs to the end."""
    file = share(w, "bill.pdf", data or bill(), to_nectar=True)
    assert isinstance(file, ReceivedFile)
    pull = NectarPull.objects.get(file=file)
    run_job("nectar.upload", pull.id)
    pull.refresh_from_db()
    if pull.state == "waiting":
        for minutes in range(3):
            run_job("nectar.poll", pull.id, now=timezone.now() + timedelta(minutes=minutes))
    pull.refresh_from_db()
    return pull


def test_a_shared_bill_comes_back_from_nectar_as_readings(committing: str, nectar: Nectar) -> None:
    w = world()
    asked = w.post(w.ask(data_types=["bill"], channel="nectar", to="2025-12-01"))
    assert asked.status_code == 202
    pull = through(w)
    assert (pull.state, pull.code) == ("done", "")
    file = ReceivedFile.objects.get()
    assert (file.covers_from, file.covers_to) == (date(2025, 10, 1), date(2025, 11, 1))
    answer = w.get(f"data-requests/{asked.json()['id']}/readings")
    assert answer.status_code == 200
    series = answer.json()["series"]
    assert [(each["data_type"], each["role"], each["readings"][0]["value"]) for each in series] == [
        ("bill", "delivered", "812.5")
    ]
    assert series[0]["provenance"]["channel"] == "nectar"
    assert len(events("nectar.uploaded")) == len(events("nectar.received")) == 1
    assert effects.targets(w.consent)[-2].state == "waiting"  # would be deleted there


def test_nothing_goes_to_nectar_without_her_tick(sqlite_db: str, nectar: Nectar) -> None:
    w = world(onward_recipients=[])
    answer = share(w, "bill.pdf", bill(), to_nectar=True)
    assert isinstance(answer, Refusal)
    assert answer.code == "scope.onward_recipient"
    assert nectar.calls == []
    assert w.post(w.ask(data_types=["bill"], channel="nectar")).json()["code"] == "scope.onward_recipient"


def test_her_tick_is_looked_at_again_before_anything_leaves(sqlite_db: str, nectar: Nectar) -> None:
    w = world()
    file = share(w, "bill.pdf", bill(), to_nectar=True)
    assert isinstance(file, ReceivedFile)
    pull = NectarPull.objects.get(file=file)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    run_job("nectar.upload", pull.id)
    pull.refresh_from_db()
    assert pull.state == "cancelled"
    assert nectar.calls == []
    assert not events("nectar.uploaded")


def test_what_comes_back_after_she_stopped_is_not_kept(sqlite_db: str, nectar: Nectar) -> None:
    w = world()
    file = share(w, "bill.pdf", bill(), to_nectar=True)
    assert isinstance(file, ReceivedFile)
    pull = NectarPull.objects.get(file=file)
    run_job("nectar.upload", pull.id)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    for minutes in range(3):
        run_job("nectar.poll", pull.id, now=timezone.now() + timedelta(minutes=minutes))
    pull.refresh_from_db()
    assert (pull.state, pull.code) == ("cancelled", "consent.revoked")
    assert not of_nectar().exists()


def test_a_bill_that_names_another_account_is_refused_before_anything_is_kept(committing: str) -> None:
    w = world()
    refused = share(w, "bill.pdf", bill(account="40900018"))
    assert isinstance(refused, Refusal)
    assert refused.code == "share.other_account"
    both = paper.pdf([[f"Account number: {ACCOUNT}"], ["Account number: 40900018"]])
    again = share(w, "bill.pdf", both)
    assert isinstance(again, Refusal)
    assert again.code == "share.other_account"
    assert not ReceivedFile.objects.exists()
    me = Actor("c", w.customer.id)
    no = sharing.share(w.consent, "bill.pdf", bill(account="40900018"), actor=me, now=timezone.now())
    assert "an account that is not the one you share" in str(no)
    assert "40900018" not in str(no)
    assert isinstance(share(w, "bill.pdf", bill()), ReceivedFile)


def test_a_bill_of_another_account_gives_no_readings(sqlite_db: str, nectar: Nectar) -> None:
    """Its number is written in a way that our own reader takes for none; Nectar tells it."""
    pull = through(world(), bill(account="A-40900018"))
    assert (pull.state, pull.code) == ("failed", "scope.account")
    assert not ReadingSeries.objects.exists()


def test_a_bill_of_two_periods_gives_no_readings_of_days_that_she_did_not_share(sqlite_db: str, nectar: Nectar) -> None:
    lines = f"Account number: {ACCOUNT}|Service from 2024-11-20 to 2024-12-20|Meter reading 2024-11-19 to 2024-12-19"
    lines += "|Bill date: 2024-12-22|Energy used: 812 kWh|Total due: $98.10|Due date: 2025-01-10|Co-op - Electric bill"
    pull = through(world(), paper.pdf([lines.split("|")]))
    assert (pull.state, pull.code) == ("failed", "scope.range")
    assert not ReadingSeries.objects.exists()


@pytest.mark.parametrize("fault", ["down", "500", "429"])
def test_nectar_away_is_waited_for(sqlite_db: str, nectar: Nectar, fault: str) -> None:
    w = world()
    file = share(w, "bill.pdf", bill(), to_nectar=True)
    assert isinstance(file, ReceivedFile)
    pull = NectarPull.objects.get(file=file)
    now = timezone.now()
    nectar.order(fault, times=2)
    assert run_job("nectar.upload", pull.id, now=now) == "queued"
    assert run_job("nectar.upload", pull.id, now=now + timedelta(hours=2)) == "queued"
    assert run_job("nectar.upload", pull.id, now=now + timedelta(hours=9)) == "done"
    pull.refresh_from_db()
    assert pull.state == "waiting"


def test_nonsense_from_nectar_is_a_task_for_a_person_and_no_reading(sqlite_db: str, nectar: Nectar) -> None:
    w = world()
    file = share(w, "bill.pdf", bill(), to_nectar=True)
    assert isinstance(file, ReceivedFile)
    pull = NectarPull.objects.get(file=file)
    run_job("nectar.upload", pull.id)
    nectar.order("malformed", times=50)
    now = timezone.now()
    for hours in range(8):
        run_job("nectar.poll", pull.id, now=now + timedelta(hours=6 * hours))
    assert not of_nectar().exists()
    assert Notice.objects.filter(template="staff_alert").count() == 2  # that it fails, and that it ended
    assert len(events("nectar.failed")) == 9
    pull.refresh_from_db()
    assert (pull.state, pull.code) == ("failed", "nectar.unusable")


def test_an_upload_that_is_repeated_after_a_crash_gives_its_readings_once(sqlite_db: str, nectar: Nectar) -> None:
    w = world()
    file = share(w, "bill.pdf", bill(), to_nectar=True)
    assert isinstance(file, ReceivedFile)
    pull = NectarPull.objects.get(file=file)
    nectar.order("lost", path="/job", method="POST")
    now = timezone.now()
    assert run_job("nectar.upload", pull.id, now=now) == "queued"
    assert (len(nectar.jobs), Company.objects.count()) == (1, 1)
    assert run_job("nectar.upload", pull.id, now=now + timedelta(hours=1)) == "done"
    assert len(nectar.jobs) == 1
    for minutes in range(3):
        run_job("nectar.poll", pull.id, now=timezone.now() + timedelta(minutes=minutes))
    pull.refresh_from_db()
    assert pull.state == "done"
    assert of_nectar().count() == 1


def test_the_name_of_her_file_never_reaches_nectar(sqlite_db: str, nectar: Nectar) -> None:
    w = world()
    file = share(w, "Pat Member bill.pdf", bill(), to_nectar=True)
    assert isinstance(file, ReceivedFile)
    pull = NectarPull.objects.get(file=file)
    run_job("nectar.upload", pull.id)
    assert [job["_name"] for job in nectar.jobs.values()] == [f"{Handing.objects.get().id}.pdf"]
    assert "Pat" not in repr(nectar.companies)
