"""S44 to S46: too much data, another member's bill, a partial answer; on both engines, with real PDFs."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.audit import log
from broker.parties.models import Role
from broker.terms import SERVICE, Actor
from requests_app.completeness import query
from requests_app.completeness.matrix import Cell
from requests_app.completeness.models import Cut, OverDelivery
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, ReadingSeries, ReceivedFile
from requests_app.receive import receive
from tests import bills
from tests.bills import ANNA
from tests.clock import today
from tests.integration.access_support import sign_in
from tests.integration.console_support import officer
from tests.integration.holds_support import keep
from tests.integration.test_held_files import person, signed_in
from tests.requests_world import World, coop, events, reply, run_job, usage, world

YEAR = (date(2025, 1, 1), date(2026, 1, 1))
BILL = {"decision": "accept", "data_type": "bill", "first_day": "2025-01-01", "last_day": "2025-12-31"}


@pytest.fixture(params=["sqlite_db", "postgresql_db"])
def at(request: Any, tmp_path: Path, settings: Any) -> Iterator[tuple[World, Any]]:
    request.getfixturevalue(request.param)
    with coop(tmp_path, settings) as mailbox:
        yield world(history_from=YEAR[0], history_to=YEAR[1]), mailbox


def waiting(w: World, **ask: Any) -> ManualRequest:
    manual = w.manual(**{"data_types": ["bill"], "from": "2025-01-01", "to": "2026-01-01", **ask})
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    return manual


def answered(manual: ManualRequest, *files: bytes) -> list[ReceivedFile]:
    mail = bills.mail_with(reply(manual, csv=False), *files)
    to = [f"r.{manual.thread_token}@localhost"]
    assert receive(mail, envelope_from="", envelope_to=to, now=timezone.now()).kind == "answer"
    return list(ReceivedFile.objects.filter(message__manual=manual).order_by("received_at", "id"))


def opened(file: ReceivedFile) -> bytes:
    ref = log.append_read(
        "file.read", actor=SERVICE("tests"), subject=file.consent.customer_id, purpose="support",
        obj="received_file", body={}, cnt=1,
    )  # fmt: skip
    return vault.open_file(file.file, under=ref)


def accept(file: ReceivedFile, **more: str) -> str:
    client = signed_in(Role.STAFF)
    answer = client.post(f"/admin/files/{file.id}/", {**BILL, **more})
    assert answer.status_code == 302, answer.content.decode()
    file.refresh_from_db()
    return client.get(answer["Location"]).content.decode()


def decided(incident: OverDelivery, disposition: str) -> None:
    """One asks on the file's page, another says yes."""
    answer = signed_in(Role.STAFF).post(f"/admin/files/{incident.file_id}/surplus/", {"disposition": disposition})
    assert answer.status_code == 302
    from broker.approvals.models import Approval

    asked = Approval.objects.get(about=incident.id)
    with pytest.raises(decide.NotAllowed):  # who asked never decides
        decide.approve(asked.id, approver=Actor("s", asked.requester, role="officer"), now=timezone.now())
    boss = person(Role.OFFICER)
    decide.approve(asked.id, approver=Actor("s", boss.id, role="officer"), now=timezone.now())
    incident.refresh_from_db()
    assert incident.state == "decided"


def hers(w: World) -> str:
    client = Client()
    sign_in(client, w.customer.id)
    manual = ManualRequest.objects.get()
    return client.get(f"/my/requests/{manual.id}/").content.decode()


def everywhere(word: str) -> list[str]:
    """Name the tables in which a word stands in plain text."""
    found = []
    with connection.cursor() as cursor:
        # The application may not select wrapped keys, and nothing of a file is in one.
        for table in set(connection.introspection.table_names(cursor)) - {"vault_key", "audit_key"}:
            cursor.execute(f'SELECT * FROM "{table}"')
            if word in repr(cursor.fetchall()):
                found.append(table)
    return found


def test_s44_fourteen_months_for_a_permission_of_twelve(at: tuple[World, Any]) -> None:
    w, _ = at
    manual = waiting(w)
    (file,) = answered(manual, bills.year(date(2024, 11, 1), YEAR[1]))
    signed_in(Role.STAFF).get(f"/admin/files/{file.id}/")
    incident = OverDelivery.objects.get()
    assert (incident.kinds, incident.pages) == (["extra_months"], [1, 2])
    assert incident.months == {"bill": ["2024-11-01", "2024-12-01"]}
    assert incident.due > today()
    cut = Cut.objects.get()
    assert cut.pages == list(range(3, 15))
    pages = bills.texts(opened(cut.file))
    assert len(pages) == 12
    assert not any("2024-" in text for text in pages)
    # The original is accepted by nobody; what was cut out is, and ends the request.
    assert "It stays sealed" in accept(file)
    accept(cut.file)
    manual.refresh_from_db()
    assert (cut.file.state, manual.state) == ("accepted", ManualState.DELIVERED)
    found = query.matrix(manual.request)
    assert len(found.of_state(Cell.RECEIVED)) == 12
    assert [month for *_, month in found.of_state(Cell.OUT_OF_SCOPE)] == [date(2024, 11, 1), date(2024, 12, 1)]
    api = w.get(f"data-requests/{manual.request_id}").json()
    (only,) = api["files"]
    assert (only["cut"]["pages"], only["cut"]["by"]) == (list(range(3, 15)), "us")
    assert only["cut"]["of_sha256"] == bytes(file.sha256).hex()
    data = w.get(f"data-requests/{manual.request_id}/files/{cut.file_id}")
    assert data.status_code == 200
    assert b"".join(data.streaming_content if data.streaming else [data.content]) == opened(cut.file)
    page = hers(w)
    assert "months that you did not share" in page
    assert "Two people decide by" in page
    decided(incident, "destroy")
    file.refresh_from_db()
    assert file.state == "rejected"
    assert keep(timezone.now()) >= 1  # as the keeper, with its own role
    with pytest.raises(vault.Destroyed):
        opened(file)
    assert opened(cut.file)
    assert "was destroyed" in hers(w)


def test_s45_another_members_bill(at: tuple[World, Any]) -> None:
    w, mailbox = at
    manual = waiting(w)
    theirs = bills.of_months(date(2025, 3, 1), date(2025, 4, 1), ANNA)
    (file,) = answered(manual, bills.year(*YEAR, *theirs))
    page = signed_in(Role.STAFF).get(f"/admin/files/{file.id}/").content.decode()
    assert ANNA not in page
    incident = OverDelivery.objects.get()
    assert (incident.kinds, incident.pages) == (["other_account"], [13])
    assert not signed_in(Role.STAFF).post(f"/admin/files/{file.id}/open/").content.startswith(b"%PDF")
    cut = Cut.objects.get().file
    assert not any(ANNA in text for text in bills.texts(opened(cut)))
    assert ANNA.encode() not in opened(cut)
    mail = incident.mails.get()
    accept(file)  # nothing goes out because somebody looked
    assert run_job("surplus.tell", mail.id) == "done"
    assert run_job("surplus.tell", mail.id) == "done"  # nothing twice
    sent = [mailbox.mails.message(number) for number in mailbox.mails.numbers()]
    assert len(sent) == 2
    told = sent[-1]
    assert told["In-Reply-To"] == manual.message_id
    text = told.get_body(("plain",)).get_content()
    assert manual.number in text
    assert "about another account" in text
    for secret in (ANNA, ANNA[-4:], "PAT MEMBER", "Alpha"):
        assert secret not in text
    assert not list(told.iter_attachments())
    accept(cut)
    manual.refresh_from_db()
    assert manual.state == ManualState.DELIVERED
    # What her own bills came to is read off the piece that is hers, and nothing off the file with the other's.
    assert {each.file_id for each in ReadingSeries.objects.all()} == {cut.id}
    her_page = hers(w)
    assert "not about your account" in her_page
    assert ANNA[-4:] not in her_page.replace(manual.number, "")
    assert everywhere(ANNA) == []
    boss = officer().get("/console/surplus/").content.decode()
    assert manual.number in boss
    assert ANNA not in boss
    decided(incident, "return")
    assert len(events("file.disposed")) == 1


def test_s45_with_a_page_that_cannot_be_told_nothing_is_cut(at: tuple[World, Any]) -> None:
    from broker.rehearsal import paper

    w, _ = at
    manual = waiting(w)
    theirs = bills.of_months(date(2025, 3, 1), date(2025, 4, 1), ANNA)
    (file,) = answered(manual, bills.year(*YEAR, paper.pdf([["Page 2 of 2: details of use"]]), *theirs))
    signed_in(Role.STAFF).get(f"/admin/files/{file.id}/")
    assert OverDelivery.objects.get().kinds == ["other_account"]
    assert not Cut.objects.exists()
    manual.refresh_from_db()
    assert manual.state == ManualState.ANSWERED


def test_s46_ten_of_twelve_months(at: tuple[World, Any]) -> None:
    w, _ = at
    manual = waiting(w)
    due = manual.due
    some = bills.of_months(*YEAR)
    (file,) = answered(manual, bills.joined(*some[:4], *some[6:]))
    accept(file)
    manual.refresh_from_db()
    assert manual.state == ManualState.PARTIALLY_ANSWERED
    assert (manual.due, manual.paused_on) == (due, None)  # the clock runs on
    api = w.get(f"data-requests/{manual.request_id}").json()
    assert (api["state"], api["waiting_on"]) == ("partially_answered", "utility")
    missing = [each["month"] for each in api["completeness"]["cells"] if each["state"] == "missing"]
    assert missing == ["2025-05", "2025-06"]
    assert w.get(f"data-requests/{manual.request_id}/files/{file.id}").status_code == 200
    assert api["files"][0]["sha256"] == bytes(file.sha256).hex()
    page = signed_in(Role.STAFF).get(f"/admin/requests/{manual.id}/completeness/").content.decode()
    assert "May 2025" in page
    assert "missing" in page
    client = Client()
    sign_in(client, w.customer.id)
    her_page = client.get(f"/my/requests/{manual.id}/").content.decode()
    assert "10 of 12 came" in her_page
    # The co-op says that it has none for one month, and sends the other.
    said = {"cell": f"{w.account.id}|bill|2025-05-01", "reason": "not_served"}
    done = signed_in(Role.STAFF).post(f"/admin/requests/{manual.id}/none/", said)
    assert done.status_code == 302
    manual.refresh_from_db()
    assert manual.state == ManualState.PARTIALLY_ANSWERED
    *_, late = answered(manual, some[5])
    manual.refresh_from_db()
    assert manual.state == ManualState.ANSWERED
    accept(late, first_day="2025-06-01", last_day="2025-06-30")
    manual.refresh_from_db()
    assert manual.state == ManualState.DELIVERED
    assert len(events("file.none_said")) == 1


def test_s44_rows_of_a_usage_file_outside_are_counted_and_left_behind(at: tuple[World, Any]) -> None:
    from email import message_from_bytes, policy
    from email.message import EmailMessage

    w, _ = at
    manual = waiting(w, data_types=["usage_daily"], **{"from": "2025-12-01"})
    mail: Any = message_from_bytes(reply(manual, csv=False), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    text = usage("40900017", date(2025, 12, 31))  # one day inside, one in the next year
    mail.add_attachment(text.encode(), maintype="text", subtype="csv", filename="usage.csv")
    to = [f"r.{manual.thread_token}@localhost"]
    receive(mail.as_bytes(), envelope_from="", envelope_to=to, now=timezone.now())
    file = ReceivedFile.objects.get()
    signed_in(Role.STAFF).get(f"/admin/files/{file.id}/")
    incident = OverDelivery.objects.get()
    assert (incident.kinds, incident.values) == (["extra_months"], 3)  # three blocks, one row each
    cut = Cut.objects.get()
    assert b"2026-01-01 00:00 to" not in opened(cut.file)
    accept(cut.file, data_type="usage_daily", first_day="2025-12-31", last_day="2025-12-31")
    assert cut.file.state == "accepted"
    assert set(ReadingSeries.objects.values_list("count", flat=True)) == {1}
    manual.refresh_from_db()
    assert manual.state == ManualState.PARTIALLY_ANSWERED
