"""The worklist: a person looks into a file and accepts it, and only what the consent covers gets through."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.db import installation
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.terms import Actor, Refusal
from consents import actions
from consents.models import Consent
from requests_app import acceptance
from requests_app.acceptance import Choice
from requests_app.admin_site import site
from requests_app.completeness.models import Cut, OverDelivery
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, ReadingSeries, ReceivedFile
from requests_app.receive import receive
from requests_app.worklist import OPEN
from tests.request_lives import bring
from tests.requests_world import ACCOUNT, ACTOR, World, coop, events, reply, run_job, world

STAFF = Actor("s", ACTOR.id, role="staff")
DAILY = Choice("usage_daily", date(2025, 10, 19), date(2025, 10, 21))


def answered(w: World, **more: Any) -> ManualRequest:
    manual = w.manual()
    run_job("manual.send", manual.id)
    raw = reply(manual, **more)
    receive(raw, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    manual.refresh_from_db()
    assert manual.state == ManualState.ANSWERED
    return manual


@pytest.fixture
def w(sqlite_db: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world()


def signed_in(role: Role) -> Client:
    assert installation.mode() == "rehearsal"
    user = User.objects.filter(role=role).first() or create_user(
        f"a-{role}", f"A person, {role}", role, password=None, actor=ACTOR
    )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def file_of(manual: ManualRequest, media_type: str = "text/csv") -> ReceivedFile:
    return ReceivedFile.objects.get(message__manual=manual, media_type=media_type)


# --- the action ---------------------------------------------------------------------------------------------------


def test_an_accepted_usage_file_becomes_sealed_readings_and_the_rest_is_waited_for(w: World) -> None:
    manual = answered(w)
    file = acceptance.accept(file_of(manual), DAILY, actor=STAFF, now=timezone.now())
    assert isinstance(file, ReceivedFile)
    assert (file.state, file.data_type, file.covers_from, file.covers_to) == (
        "accepted",
        "usage_daily",
        date(2025, 10, 19),
        date(2025, 10, 21),
    )
    assert sorted(ReadingSeries.objects.values_list("role", "count")) == [("delivered", 2), ("net", 2), ("received", 2)]
    manual.refresh_from_db()
    assert manual.state == ManualState.PARTIALLY_ANSWERED  # two days of the month that was asked for
    assert len(events("file.accepted")) == 1


def test_a_file_of_another_account_stays_in_quarantine(w: World) -> None:
    manual = answered(w, account="40900018")
    answer = acceptance.accept(file_of(manual), DAILY, actor=STAFF, now=timezone.now())
    assert isinstance(answer, Refusal)
    assert answer.code == "file.other_account"
    file = file_of(manual)
    assert (file.state, file.verdict) == ("quarantined", "file.other_account")
    assert not ReadingSeries.objects.exists()
    assert len(events("data.withheld")) == 1


def test_days_that_she_did_not_share_stay_sealed_whatever_a_person_types(
    sqlite_db: str, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings):
        w = world(history_from=date(2025, 10, 1), history_to=date(2025, 10, 20))
        manual = w.manual(to="2025-10-20")
        run_job("manual.send", manual.id)
        to = [f"r.{manual.thread_token}@localhost"]
        receive(reply(manual), envelope_from="", envelope_to=to, now=timezone.now())
        lie = Choice("usage_daily", date(2025, 10, 1), date(2025, 10, 2))
        answer = acceptance.accept(file_of(manual), lie, actor=STAFF, now=timezone.now())
    assert isinstance(answer, Refusal)
    assert answer.code == "file.extra_months"
    assert {each.state for each in ReceivedFile.objects.all()} == {"quarantined"}
    assert Cut.objects.get().original == OverDelivery.objects.get().file  # what may be had waits for a person by itself


def test_a_kind_that_she_did_not_share_stays_sealed(w: World) -> None:
    manual = answered(w, pdf=True)
    choice = Choice("usage_hourly", date(2025, 10, 19), date(2025, 10, 20))
    answer = acceptance.accept(file_of(manual, "application/pdf"), choice, actor=STAFF, now=timezone.now())
    assert isinstance(answer, Refusal)
    assert answer.code == "scope.data_type"


def test_a_file_cannot_be_called_what_it_is_not(w: World) -> None:
    manual = answered(w)
    choice = Choice("bill", date(2025, 10, 19), date(2025, 10, 21))
    answer = acceptance.accept(file_of(manual), choice, actor=STAFF, now=timezone.now())
    assert isinstance(answer, Refusal)
    assert answer.code == "state.conflict"
    assert file_of(manual).state == "quarantined"


def test_nothing_is_accepted_after_she_stopped(w: World) -> None:
    manual = answered(w)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    answer = acceptance.accept(file_of(manual), DAILY, actor=STAFF, now=timezone.now())
    assert isinstance(answer, Refusal)
    assert answer.code == "consent.revoked"
    # Nor looked into, nor handed out.
    client, path = signed_in(Role.STAFF), f"/admin/files/{file_of(manual).id}/"
    assert "stopped sharing" in client.get(path).content.decode()
    assert client.post(f"{path}open/").status_code == 302
    assert not events("file.read")


def test_a_file_is_decided_once(w: World) -> None:
    manual = answered(w)
    stale = file_of(manual)
    acceptance.accept(file_of(manual), DAILY, actor=STAFF, now=timezone.now())
    again = acceptance.accept(stale, DAILY, actor=STAFF, now=timezone.now())
    late = acceptance.reject(stale, actor=STAFF, now=timezone.now())
    assert isinstance(again, Refusal)
    assert isinstance(late, Refusal)
    assert ReadingSeries.objects.count() == 3
    assert len(events("file.accepted")) == 1
    assert not events("file.rejected")


def test_when_every_file_is_rejected_the_co_op_is_waited_for_again(w: World) -> None:
    manual = answered(w)
    acceptance.reject(file_of(manual), actor=STAFF, now=timezone.now())
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY


def test_the_recipient_is_told_and_the_mail_holds_nothing_of_her(w: World, settings: Any) -> None:
    manual = answered(w)
    acceptance.accept(file_of(manual), DAILY, actor=STAFF, now=timezone.now())
    assert run_job("recipient.told", manual.request_id) == "done"
    from broker.notices.models import Notice

    def written() -> int:
        return Notice.objects.filter(template="files_ready_recipient", subject=w.organisation.id).count()

    assert written() == 1
    for hours, number in ((0, 1), (23, 1), (25, 2)):
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            with transaction.atomic():
                jobs.enqueue("recipient.told", manual.request_id, key=f"another file {hours}")
            jobs.run_due(now=timezone.now())
        assert written() == number, "the same mail again only when a day is over"


# --- the pages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.OFFICER, Role.APPROVER])
def test_only_staff_get_in(w: World, role: Role) -> None:
    manual = answered(w)
    pages = ["/admin/", f"/admin/requests/{manual.id}/", f"/admin/files/{file_of(manual).id}/", "/admin/tables/"]
    for page in [*pages, "/admin/requests_app/receivedfile/"]:
        assert Client().get(page).status_code == 302
        answer = signed_in(role).get(page, follow=True)
        assert answer.status_code == 403, page
        assert manual.number not in answer.content.decode()
    assert not events("admin.viewed")


def test_the_worklist_shows_requests_masked_and_is_an_event(w: World) -> None:
    manual = answered(w)
    page = signed_in(Role.STAFF).get("/admin/").content.decode()
    assert manual.number in page
    assert f"ending {ACCOUNT[-4:]}" in page
    assert ACCOUNT not in page
    assert "Pat" not in page
    assert len(events("admin.viewed")) == 1


def test_each_group_of_the_worklist_opens(w: World) -> None:
    answered(w)
    client = signed_in(Role.STAFF)
    for tab in ("today", "soon", "overdue", "customer", "us", "lost", "pen", "open", "mine", "ended", "no such group"):
        assert client.get("/admin/", {"tab": tab}).status_code == 200


def test_a_request_in_each_state_is_shown(w: World) -> None:
    client = signed_in(Role.STAFF)
    for state in ManualState:
        manual = bring(w.manual(), state)
        tab = "open" if state in OPEN else "ended"
        assert manual.number in client.get("/admin/", {"tab": tab}).content.decode()
        assert client.get(f"/admin/requests/{manual.id}/").status_code == 200


def test_an_overdue_request_says_so(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import time_machine

    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here, and forty days pass
    manual = w.manual()
    run_job("manual.send", manual.id)
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        page = signed_in(Role.STAFF).get("/admin/", {"tab": "overdue"}).content.decode()
    assert manual.number in page
    assert "overdue" in page


def test_the_page_of_a_request_is_masked_until_a_click_that_is_logged(w: World) -> None:
    manual = answered(w)
    client = signed_in(Role.STAFF)
    page = client.get(f"/admin/requests/{manual.id}/").content.decode()
    assert manual.number in page
    assert ACCOUNT not in page
    assert not events("account.read")
    assert client.get(f"/admin/requests/{manual.id}/reveal/").status_code == 405
    shown = client.post(f"/admin/requests/{manual.id}/reveal/").content.decode()
    for word in (ACCOUNT, "Pat Member", "2 Example Road"):
        assert word in shown
    assert len(events("account.read")) == 1


def test_a_person_accepts_a_file_with_the_form_that_the_importer_filled_in(w: World) -> None:
    manual = answered(w)
    client, path = signed_in(Role.STAFF), f"/admin/files/{file_of(manual).id}/"
    page = client.get(path).content.decode()
    fields = dict(re.findall(r'<input type="date" name="(\w+)" value="([^"]+)"', page))
    assert fields == {"first_day": "2025-10-19", "last_day": "2025-10-20"}
    assert '<option value="usage_daily" selected>' in page
    assert file_of(manual).state == "quarantined"
    answer = client.post(path, {**fields, "data_type": "usage_daily", "decision": "accept"})
    assert answer.status_code == 302
    assert file_of(manual).state == "accepted"
    assert "received" in client.get(answer["Location"]).content.decode()


def test_a_form_with_wrong_days_changes_nothing(w: World) -> None:
    manual = answered(w)
    client, path = signed_in(Role.STAFF), f"/admin/files/{file_of(manual).id}/"
    for days in (("2025-02-29", "2025-03-01"), ("2025-10-20", "2025-10-19"), ("", "")):
        body = {"data_type": "usage_daily", "first_day": days[0], "last_day": days[1], "decision": "accept"}
        assert client.post(path, body).status_code == 422
    assert file_of(manual).state == "quarantined"


def test_a_person_rejects_a_file_without_filling_in_anything(w: World) -> None:
    manual = answered(w)
    assert signed_in(Role.STAFF).post(f"/admin/files/{file_of(manual).id}/", {"decision": "reject"}).status_code == 302
    assert file_of(manual).state == "rejected"


def test_a_file_in_quarantine_is_handed_out_only_as_a_download_and_as_an_event(w: World) -> None:
    manual = answered(w, pdf=True)
    client = signed_in(Role.STAFF)
    path = f"/admin/files/{file_of(manual, 'application/pdf').id}/open/"
    assert client.get(path).status_code == 405
    answer = client.post(path)
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert len(events("file.read")) == 1


def test_a_held_mail_is_read_as_plain_text_and_as_an_event(w: World) -> None:
    head = b"Received: from a.example\r\nReply-To: <eve@third.example>\r\nFrom: eve@elsewhere.example\r\n"
    raw = head + b"Subject: <b>hello</b>\r\n\r\n<script>alert(1)</script> my account\r\n"
    held = receive(raw, envelope_from="", envelope_to=["desk@localhost"], now=timezone.now())
    client = signed_in(Role.STAFF)
    path = f"/admin/held/{held.message}/"
    assert path in client.get("/admin/").content.decode()
    looked = client.get(path)
    assert (looked.status_code, looked["Location"], events("mail.read")) == (302, "/admin/", [])
    page = client.post(path).content.decode()
    assert "eve@elsewhere.example" in page
    assert "my account" in page
    assert "Received: from a.example\nReply-To: &lt;eve@third.example&gt;" in page.replace("\r", "")  # every line of it
    assert "<b>hello" not in page
    assert "alert(1)</script>" not in page
    assert len(events("mail.read")) == 1


def test_a_mail_with_a_portal_login_is_opened_by_no_single_person(w: World) -> None:
    manual = w.manual()
    raw = reply(manual, text="Her SmartHub password is Rehearsal!Fence7, please look yourself.")
    held = receive(raw, envelope_from="", envelope_to=["desk@localhost"], now=timezone.now())
    answer = signed_in(Role.STAFF).post(f"/admin/held/{held.message}/", follow=True)
    assert "Fence7" not in answer.content.decode()
    assert not events("mail.read")


def test_passwords_are_changed_nowhere_here(w: World) -> None:
    assert signed_in(Role.STAFF).get("/admin/password_change/").status_code == 404


def test_a_person_sends_again_what_did_not_arrive(w: World, settings: Any, tmp_path: Path) -> None:
    with coop(tmp_path / "second", settings) as mailbox:
        mailbox.order("drop_after_data")
        manual = w.manual()
        run_job("manual.send", manual.id)
        client = signed_in(Role.STAFF)
        assert "Send it again" in client.get(f"/admin/requests/{manual.id}/").content.decode()
        client.post(f"/admin/requests/{manual.id}/resend/")
        run_job("manual.send", manual.id)
        client.post(f"/admin/requests/{manual.id}/resend/")  # it has been sent: nothing more happens
        assert len(mailbox.mails.numbers()) == 2
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY


def test_every_table_can_be_looked_at_and_none_can_be_changed(w: World) -> None:
    from requests_app.admin_site import site

    answered(w)
    client = signed_in(Role.STAFF)
    assert client.get("/admin/tables/").status_code == 200
    for model, model_admin in site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        page = client.get(base)
        assert page.status_code == 200, base
        assert client.get(f"{base}add/").status_code == 403
        assert model_admin.actions is None
        row = model._default_manager.first()
        if row is not None:
            shown = client.get(f"{base}{row.pk}/change/").content.decode()
            assert "Pat Member" not in shown
            assert ACCOUNT not in shown
            assert w.key not in shown
            assert client.post(f"{base}{row.pk}/delete/").status_code == 403
            assert client.post(f"{base}{row.pk}/change/", {}).status_code == 403


def test_a_page_shows_nothing_when_the_log_cannot_be_written(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    manual = answered(w)
    client = signed_in(Role.STAFF)

    def broken(*_: Any, **__: Any) -> None:
        raise log.LogUnavailable("no")

    monkeypatch.setattr(log, "_write", broken)
    for path in ("/admin/", f"/admin/requests/{manual.id}/", f"/admin/files/{file_of(manual).id}/"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert manual.number not in answer.content.decode()


def test_no_table_of_the_staffs_site_offers_a_change_a_deletion_or_an_act_on_many(w: World) -> None:
    client = signed_in(Role.STAFF)
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(role=Role.STAFF)
    tables = site._registry
    assert len(tables) >= 21
    for model, table in tables.items():
        label = model._meta.label
        assert table.get_actions(request) == {}, label
        may = (
            table.has_add_permission(request),
            table.has_change_permission(request),
            table.has_delete_permission(request),
        )
        assert may == (False, False, False), label
        at = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert client.post(f"{at}add/", {}).status_code == 403, label
        page = client.get(at).content.decode()
        assert 'name="action"' not in page, label
        assert "delete_selected" not in page, label
    assert Consent.objects.count() == 1
