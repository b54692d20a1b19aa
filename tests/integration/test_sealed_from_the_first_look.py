"""Another member's file: the look that finds it shows nothing of it, and nobody is offered to share more of it."""

import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, transaction
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.models import Role
from broker.terms import Actor, Refusal
from requests_app.completeness import disposing, query
from requests_app.completeness.models import OverDelivery
from requests_app.completeness.words import DESTROY, WIDER
from requests_app.models import ManualRequest, NectarPull, ReceivedFile
from requests_app.numbers import measures
from requests_app.receive import receive
from tests import bills
from tests.bills import ANNA
from tests.integration.test_held_files import person, signed_in
from tests.requests_world import ACTOR, World, coop, reply, run_job, world

FILES = "requests_app_receivedfile"
YEAR = (date(2025, 1, 1), date(2026, 1, 1))


@pytest.fixture
def w(sqlite_db: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world(history_from=YEAR[0], history_to=YEAR[1])


def asked(w: World, **ask: Any) -> ManualRequest:
    manual = w.manual(**{"data_types": ["bill"], "from": "2025-01-01", "to": "2025-04-01", **ask})
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    return manual


def came(manual: ManualRequest, *papers: bytes, **more: Any) -> list[ReceivedFile]:
    mail = bills.mail_with(reply(manual, csv="account" in more, **more), *papers)
    to = [f"r.{manual.thread_token}@localhost"]
    assert receive(mail, envelope_from="", envelope_to=to, now=timezone.now()).kind == "answer"
    return list(ReceivedFile.objects.filter(message__manual=manual).order_by("received_at", "id"))


def page_of(file: ReceivedFile) -> str:
    return signed_in(Role.STAFF).get(f"/admin/files/{file.id}/").content.decode()


@pytest.mark.parametrize("kind", ["bill", "usage"])
def test_s45_the_look_that_finds_another_members_file_shows_nothing_of_it(w: World, kind: str) -> None:
    if kind == "bill":
        (file,) = came(asked(w), bills.year(*YEAR, account=ANNA))
    else:
        (file,) = came(asked(w, data_types=["usage_daily"]), account=ANNA)
    first = page_of(file)
    assert OverDelivery.objects.get().kinds == ["other_account"]
    for secret in (ANNA[-4:], "usage.csv", "0.pdf", "values", "Read as", "Account that it names"):
        assert secret not in first, secret
    assert "file.other_account" in first
    assert "sealed" in first
    # The second look shows the same as the first one.
    assert [line for line in page_of(file).splitlines() if "csrf" not in line] == [
        line for line in first.splitlines() if "csrf" not in line
    ]


def incident_of(w: World, *, account: str) -> OverDelivery:
    papers = bills.of_months(date(2025, 1, 1), date(2025, 1, 31))
    other = bills.of_months(date(2025, 2, 1), date(2025, 2, 28), account) if account else []
    before = bills.of_months(date(2024, 12, 1), date(2024, 12, 31)) if not account else []
    (file,) = came(asked(w), bills.joined(*papers, *other, *before))
    page_of(file)
    return OverDelivery.objects.get()


def test_another_accounts_file_is_not_hers_to_share_more_of(w: World) -> None:
    incident, now = incident_of(w, account=ANNA), timezone.now()
    page = page_of(incident.file)
    assert 'value="destroy"' in page
    assert 'value="wider"' not in page
    path = f"/admin/files/{incident.file_id}/surplus/"
    signed_in(Role.STAFF).post(path, {"disposition": "wider"})
    assert not Approval.objects.exists()
    refused = disposing.ask(incident, WIDER, requester=ACTOR, now=now)
    assert isinstance(refused, Refusal)
    assert refused.code == "ask.invalid"


def test_months_that_she_did_not_share_may_still_become_hers_to_share(w: World) -> None:
    incident = incident_of(w, account="")
    assert 'value="wider"' in page_of(incident.file)


def test_the_database_keeps_another_accounts_file_from_being_shared(
    committing: str, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings):
        w = world(history_from=YEAR[0], history_to=YEAR[1])
        incident, now = incident_of(w, account=ANNA), timezone.now()
        staff, boss = person(Role.STAFF), person(Role.OFFICER)
        asked_for = disposing.ask(incident, DESTROY, requester=Actor("s", staff.id, role="staff"), now=now)
        assert isinstance(asked_for, Approval)
        decide.approve(asked_for.id, approver=Actor("s", boss.id, role="officer"), now=now)
    with pytest.raises(Error, match="evidence"), transaction.atomic():
        OverDelivery.objects.filter(id=incident.id).update(disposition="wider")
    OverDelivery.objects.get(id=incident.id, disposition="destroy")


def states(manual: ManualRequest) -> list[str]:
    return [each.state.value for each in query.matrix(manual.request).rows[0].cells]


def decide_on(file: ReceivedFile, decision: str, first: str = "", last: str = "") -> None:
    said = {"decision": decision, "data_type": "bill", "first_day": first, "last_day": last}
    answer = signed_in(Role.STAFF).post(f"/admin/files/{file.id}/", said)
    assert answer.status_code == 302, answer.content.decode()


def test_s46_an_unreadable_file_marks_only_what_did_not_come_and_counts_for_nothing_once_rejected(w: World) -> None:
    manual = asked(w)
    good, broken = came(manual, bills.year(date(2025, 1, 1), date(2025, 2, 1)), b"%PDF-1.7 broken")
    if good.verdict:
        good, broken = broken, good
    assert broken.verdict
    decide_on(good, "accept", "2025-01-01", "2025-01-31")
    assert states(manual) == ["received", "unreadable", "unreadable"]
    decide_on(broken, "reject")
    assert states(manual) == ["received", "missing", "missing"]


def test_a_grant_counts_once_by_whatever_of_a_channel_came_first(w: World) -> None:
    now = timezone.now()
    with transaction.atomic():
        ref = log.append("file.received", actor=ACTOR, subject=w.customer.id, obj="received_file", body={})
        for number, days in enumerate((3, 5)):
            file = ReceivedFile.objects.create(
                id=(row := uuid.uuid4()), consent=w.consent, account=w.account, channel="nectar",
                media_type="application/pdf", bytes=1,
                name=vault.seal("x", subject=w.customer.id, place=vault.Place(FILES, "name", row)),
                sha256=bytes([number]) * 32, file=vault.seal_file(b"x", subject=w.customer.id, name="file"),
                state="quarantined", received_at=now, audit_event_id=ref.id,
            )  # fmt: skip
            at = w.consent.signed_at + timedelta(days=days)
            ReceivedFile.objects.filter(id=file.id).update(state="accepted", decided_at=at, audit_event_id=ref.id)
            NectarPull.objects.create(file=file, state="done", updated_at=at, audit_event_id=ref.id)
    (nectar,) = [each for each in measures.grant_to_data() if each.title == "Nectar"]
    assert nectar.days.count == 1


def test_two_files_of_the_desk_are_one_grant_too(w: World) -> None:
    manual = asked(w, **{"from": "2025-01-01", "to": "2025-02-01"})
    for file in came(manual, bills.year(date(2025, 1, 1), date(2025, 2, 1))):
        decide_on(file, "accept", "2025-01-01", "2025-01-31")
    assert next(each for each in measures.grant_to_data() if each.title.startswith("Request")).days.count == 1
