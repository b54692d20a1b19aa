"""A file that only a person can read has a place on the worklist, and is accepted by eye if it names nobody else."""

import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from broker.approvals.models import Approval
from broker.audit import log
from broker.notices.models import Notice
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.rehearsal import paper
from broker.terms import Actor, Refusal
from requests_app import importing
from requests_app.acceptance import look
from requests_app.models import ManualRequest, ReadingSeries, ReceivedFile
from requests_app.receive import receive
from requests_app.share import receive_share
from tests.integration.test_share import feed
from tests.requests_world import ACCOUNT, ACTOR, World, coop, events, reply, run_job, usage, world

OTHER = "40922222"
MINE = f"Account Number,{ACCOUNT}\nMonth,kWh\n2025-10,812\n"
ACCEPT = {"decision": "accept", "data_type": "usage_daily", "first_day": "2025-10-01", "last_day": "2025-10-31"}


@pytest.fixture(params=["sqlite_db", "postgresql_db"])
def w(request: Any, tmp_path: Path, settings: Any) -> Iterator[World]:
    request.getfixturevalue(request.param)
    with coop(tmp_path, settings):
        yield world(onward_recipients=[])


def staff() -> Client:
    client = Client()
    person = create_user("one", "A person", Role.STAFF, password=None, actor=ACTOR)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def mailed(w: World, table: str) -> ReceivedFile:
    """The co-op's proven answer with a table of its own making."""
    manual = w.manual()
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    base = reply(manual, csv=False).decode()
    from email import message_from_string, policy
    from email.message import EmailMessage

    mail = message_from_string(base, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    mail.add_attachment(table.encode(), maintype="text", subtype="csv", filename="a.csv")
    receive(mail.as_bytes(), envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    return ReceivedFile.objects.get(message__manual=manual)


def handed_over(w: World, name: str, data: bytes) -> ReceivedFile | Refusal:
    me = Actor("c", w.customer.id)
    return receive_share(w.consent, w.account, name, data, to_nectar=False, actor=me, now=timezone.now())


def known(number: str) -> None:
    """An account of somebody else whom we know."""
    customer_id = uuid.uuid4()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", customer_id), subject=customer_id, body={})
        somebody = ensure_customer(customer_id, "sam@member.example", language="en", ref=ref, now=timezone.now())
        ensure_account(somebody, "obec", AccountFacts(number, "Sam", "3 Road"), ref=ref, now=timezone.now())


def test_the_co_ops_own_table_is_accepted_by_eye_and_handed_on_as_it_is(w: World) -> None:
    file, client = mailed(w, MINE), staff()
    page = client.get(reverse("admin:file", args=[file.id])).content.decode()
    assert "file.layout_unknown" in page
    assert "No numbers are taken from it" in page
    client.post(reverse("admin:file", args=[file.id]), ACCEPT)
    file.refresh_from_db()
    assert file.state == "quarantined", "not before somebody says to have looked at all of it"
    client.post(reverse("admin:file", args=[file.id]), {**ACCEPT, "by_eye": "on"})
    file.refresh_from_db()
    assert (file.state, file.data_type, file.covers_from) == ("accepted", "usage_daily", date(2025, 10, 1))
    assert events("file.accepted")
    assert not ReadingSeries.objects.exists()
    assert not Approval.objects.exists(), "its sender is proven, as with a paper that is accepted by eye"
    manual = ManualRequest.objects.get()
    assert manual.state == "delivered"
    assert w.get(f"data-requests/{manual.request_id}/files/{file.id}").content == MINE.encode()
    assert w.get(f"data-requests/{manual.request_id}/readings").json()["series"] == []


@pytest.mark.parametrize(
    "table",
    [
        f"Account Number,{OTHER}\nMonth,kWh\n2025-10,812\n",
        f"{MINE}Account Number,{OTHER}\n",
        f"Customer,kWh\n{ACCOUNT},812\n{OTHER},900\n",
    ],
)
def test_a_table_that_names_another_account_stays_sealed(w: World, table: str) -> None:
    known(OTHER)
    file, client = mailed(w, table), staff()
    for fields in ({}, {"by_eye": "on"}):
        client.post(reverse("admin:file", args=[file.id]), {**ACCEPT, **fields})
        file.refresh_from_db()
        assert (file.state, file.verdict) == ("quarantined", "file.other_account")
    assert file.surplus.kinds == ["other_account"]
    page = client.get(reverse("admin:file", args=[file.id])).content.decode()
    assert OTHER not in page
    assert 'value="accept"' not in page


def test_a_customers_table_that_names_another_account_is_not_taken(w: World) -> None:
    refused = handed_over(w, "a.csv", f"Account Number,{OTHER}\nMonth,kWh\n2025-10,812\n".encode())
    assert isinstance(refused, Refusal)
    assert refused.code == "share.other_account"
    assert not ReceivedFile.objects.exists()


@pytest.mark.parametrize("other", ["77777777", "0077777777", "A-777"])
def test_a_customers_file_with_blocks_of_two_accounts_of_the_portal_is_not_taken(w: World, other: str) -> None:
    """Nobody knows the other number here: the portal's own line says that it is an account all the same."""
    two = f"{usage(ACCOUNT)}\n{usage(other)}".encode()
    assert handed_over(w, "two.csv", two) == Refusal("share.other_account")
    assert handed_over(w, "other.csv", f"{usage(other)}\nmore".encode()) == Refusal("share.other_account")
    assert isinstance(handed_over(w, "one.csv", f"{usage(ACCOUNT)}\nmore".encode()), ReceivedFile)


def test_a_customers_feed_of_two_service_points_is_not_taken(w: World) -> None:
    two = feed(ACCOUNT).replace(b"</feed>", b"") + feed("77777777").split(b"</title>")[1]
    assert handed_over(w, "two.xml", two) == Refusal("share.other_account")
    hers = feed(ACCOUNT).replace(b"</feed>", b"") + feed(ACCOUNT).split(b"</title>")[1]
    assert isinstance(handed_over(w, "one.xml", hers), ReceivedFile)


@pytest.mark.parametrize("number", ["٣٣٣٣٣٣٣٣", "0-A", "²²²²²²", "000000"])
def test_digits_that_no_account_has_are_an_answer_and_no_fault(w: World, number: str) -> None:
    for text in (usage(number), f"{usage(number)}\nmore", f"Account Number,{number}\nMonth,kWh\n2025-10,812\n"):
        answer = handed_over(w, "a.csv", text.encode())
        if isinstance(answer, Refusal):
            assert answer.code in ("scope.account", "share.other_account")
        else:
            assert answer.state == "quarantined"


def test_what_cannot_be_accepted_has_no_button_for_it(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    file = mailed(w, MINE)
    monkeypatch.setattr(importing, "read", lambda *_a, **_k: Refusal("file.unreadable"))
    page = staff().get(reverse("admin:file", args=[file.id])).content.decode()
    assert 'value="accept"' not in page
    assert 'value="reject"' in page


def test_a_customers_file_that_waits_for_a_person_has_a_line_and_a_way_to_it(w: World) -> None:
    client = staff()
    assert "Customers’ files (0)" in client.get(reverse("admin:index")).content.decode()
    file, bill = handed_over(w, "a.csv", MINE.encode()), handed_over(w, "b.pdf", paper.pdf([[""]]))
    assert isinstance(file, ReceivedFile)
    assert isinstance(bill, ReceivedFile)
    path = reverse("admin:file", args=[file.id])
    for tab in ("", "?tab=files"):
        page = client.get(reverse("admin:index") + tab).content.decode()
        assert "Customers’ files (2)" in page
        assert f'href="{path}"' in page
        assert "in letters that no program can tell: none read it for passwords" in page
        assert "The file is not, line for line, one that we know how to read" in page
    assert Notice.objects.filter(key=f"staff:unread:{file.id}").count() == 1
    client.post(path, {**ACCEPT, "by_eye": "on"})
    file.refresh_from_db()
    assert file.state == "accepted"
    seen = client.get(f"{reverse('admin:index')}?tab=files").content.decode()
    assert "Customers’ files (1)" in seen
    asked = w.post(w.ask(channel="customer_upload")).json()
    assert (asked["state"], len(asked["files"])) == ("ready", 1)


def test_a_file_of_a_permission_that_ended_waits_for_nobody(w: World) -> None:
    from consents import actions

    file = handed_over(w, "a.csv", MINE.encode())
    assert isinstance(file, ReceivedFile)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    assert "Customers’ files (0)" in staff().get(reverse("admin:index")).content.decode()
    file.consent.refresh_from_db()
    assert look(file, actor=ACTOR, why="to check it", now=timezone.now()).codes == ("consent.revoked",)
