"""Another member's file: the look that finds it shows nothing of it, and nobody is offered to share more of it."""

import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, transaction
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.jobs.models import Job
from broker.parties.models import Role
from broker.terms import Actor, Refusal
from consents import access_words
from requests_app.completeness import disposing, query
from requests_app.completeness.models import OverDelivery
from requests_app.completeness.words import DESTROY, WIDER
from requests_app.desk import listing
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, NectarPull, ReceivedFile
from requests_app.moves import move
from requests_app.numbers import measures
from requests_app.receive import receive
from tests import bills
from tests.bills import ANNA
from tests.integration.access_support import sign_in
from tests.integration.test_held_files import person, signed_in
from tests.requests_world import ACCOUNT, ACTOR, World, coop, reply, run_job, world

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
        with pytest.raises(Error, match="evidence"), transaction.atomic():  # while nothing else stands against it
            OverDelivery.objects.filter(id=incident.id).update(disposition="wider")
        staff, boss = person(Role.STAFF), person(Role.OFFICER)
        asked_for = disposing.ask(incident, DESTROY, requester=Actor("s", staff.id, role="staff"), now=now)
        assert isinstance(asked_for, Approval)
        page = signed_in(Role.OFFICER).get(f"/console/approvals/{asked_for.id}/").content.decode()
        assert "of another account" in page
        assert not [raw for raw in ("vault_keys", "files [", "class case", "case</") if raw in page]
        decide.approve(asked_for.id, approver=Actor("s", boss.id, role="officer"), now=now)
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


def hers(w: World, path: str) -> str:
    client = Client()
    sign_in(client, w.customer.id)
    return client.get(path).content.decode()


def test_a_file_of_other_months_wants_an_explicit_yes_and_its_recipient_is_told_of_nothing(w: World) -> None:
    manual = asked(w, data_types=["usage_daily"], **{"from": "2025-06-01", "to": "2025-07-01"})
    (file,) = came(manual, account=ACCOUNT)  # two days of October: inside the permission, outside the request
    person = signed_in(Role.STAFF)
    path = f"/admin/files/{file.id}/"
    assert "Not of this request’s months." in person.get(path).content.decode()
    said = {"decision": "accept", "data_type": "usage_daily", "first_day": "2025-10-19", "last_day": "2025-10-20"}
    refused = person.post(path, said)
    assert refused.status_code == 422
    assert "file.other_months" in refused.content.decode()
    file.refresh_from_db()
    assert file.state == "quarantined"
    assert person.post(path, {**said, "beside": "on"}).status_code == 302
    file.refresh_from_db()
    manual.refresh_from_db()
    assert (file.state, manual.state) == ("accepted", ManualState.WAITING_ON_UTILITY)
    assert not Job.objects.filter(kind="recipient.told").exists()


def test_a_rejected_answer_is_asked_for_again_and_is_no_silence(w: World) -> None:
    manual = asked(w)
    (file,) = came(manual, bills.year(date(2025, 1, 1), date(2025, 2, 1)))
    assert listing.all_open("obec", now=timezone.now())[0].says == listing.SAYS[ManualState.ANSWERED]
    decide_on(file, "reject")
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY
    (row,) = listing.all_open("obec", now=timezone.now())
    assert row.says.startswith("we could not use what came: please send")
    for page in ("/admin/", f"/admin/requests/{manual.id}/"):
        text = signed_in(Role.STAFF).get(page, {"tab": "open"}).content.decode()
        assert "What came could not be used" in text, page
        assert "No reply yet" not in text
    (again,) = came(manual, bills.year(date(2025, 1, 1), date(2025, 3, 1)))[1:]
    decide_on(again, "accept", "2025-01-01", "2025-02-28")
    assert not listing.all_open("obec", now=timezone.now())[0].says.startswith("we could not")


def test_the_day_that_the_co_op_named_comes_before_the_usual_time(w: World) -> None:
    manual = asked(w)
    assert "answer expected between" in hers(w, "/my/")
    assert "Your co-op’s time runs on" in hers(w, f"/my/requests/{manual.id}/")
    with transaction.atomic():
        ref = log.append("request.state", actor=ACTOR, subject=w.customer.id, obj="manual_request", body={})
        ManualRequest.objects.filter(id=manual.id).update(promised_for=date(2030, 1, 8), audit_event_id=ref.id)
    text = hers(w, "/my/")
    assert "your co-op named" in text
    assert "January 8, 2030" in text
    assert "answer expected between" not in text
    board = signed_in(Role.STAFF).get("/admin/", {"tab": "open"}).content.decode()
    assert "they named January 8" in board
    assert "No reply yet" not in board
    with transaction.atomic():
        ref = log.append("request.state", actor=ACTOR, subject=w.customer.id, obj="manual_request", body={})
        manual.refresh_from_db()
        move(manual, ManualState.WAITING_ON_US, ref=ref)
    assert "time runs on" not in hers(w, f"/my/requests/{manual.id}/")


def test_her_list_says_of_a_strangers_file_that_it_should_not_have_come() -> None:
    for act in ("disposal.done", "disposal.finished"):
        assert "of yours" not in access_words.says(act, how="surplus").text
        assert "of yours" in access_words.says(act).text
    assert "law" not in access_words.WHYS["surplus"]
