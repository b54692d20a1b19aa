"""What strangers and single members of staff try on the way in: post, held mail, resending, the desk, the lists."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.inlets import written
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.models import Role
from broker.rehearsal import paper
from broker.terms import Actor, Refusal
from requests_app import resending
from requests_app.completeness import disposing
from requests_app.completeness.models import OverDelivery
from requests_app.desk import codes
from requests_app.desk.models import DeskAct
from requests_app.desk_work import heard
from requests_app.desk_work.heard import Said
from requests_app.desk_work.models import Heard
from requests_app.ladder import open_tasks
from requests_app.ladder.models import FollowUp
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from tests import bills
from tests.clock import today, travel
from tests.integration.desk_support import ask, mailed, opened, press, told
from tests.integration.holds_support import keep
from tests.integration.mail_support import mail, packed, take
from tests.integration.test_forged_reports import forged
from tests.integration.test_held_files import changed, person, signed_in
from tests.ladder_world import NOW, fresh, on, work
from tests.request_lives import bring
from tests.requests_world import ACCOUNT, World, coop, events, reply, run_job, world
from tests.scenarios.coops import OBEC, both_coops

__all__ = ["both_coops"]


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world()


def sent(w: World, **changes: Any) -> ManualRequest:
    manual = w.manual(**changes)
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    return manual


def staff_actor(name: str = "one") -> Actor:
    return Actor("s", person(Role.STAFF, name).id, role="staff")


def by_post(manual: ManualRequest, scan: bytes, name: str = "sheet.pdf") -> Message:
    said = Said(Heard.Way.POST, Heard.Kind.ANSWER, timezone.now(), "", "A report on paper.", scan=scan, scan_name=name)
    made = heard.write_down(manual, said, person(Role.STAFF), actor=staff_actor(), now=timezone.now())
    assert isinstance(made, Message)
    return made


def usage(account: str = ACCOUNT) -> bytes:
    return paper.usage_report(account=account, rows=[("2025-10-19", "49.600")])


# --- one person makes no delivery ---------------------------------------------------------------------------------


def test_one_member_of_staff_delivers_nothing_that_they_entered_themselves(w: World) -> None:
    manual, one = sent(w), signed_in(Role.STAFF)
    form = {
        "way": "post",
        "kind": "answer",
        "on": today().isoformat(),
        "words": "A sheet.",
        "scan": SimpleUploadedFile("sheet.pdf", usage(), "application/pdf"),
    }
    assert one.post(f"/admin/requests/{manual.id}/heard/", form).status_code == 302
    file = ReceivedFile.objects.get()
    page = one.get(f"/admin/files/{file.id}/").content.decode()
    assert "A member of staff entered it" in page
    assert "Ask a second person to accept it" in page
    days = {"decision": "accept", "data_type": "usage_daily", "first_day": "2025-10-19", "last_day": "2025-10-19"}
    one.post(f"/admin/files/{file.id}/", days)
    assert not Approval.objects.exists(), "no program read the days of a scan: whoever opened it says them"
    days["by_eye"] = "on"
    one.post(f"/admin/files/{file.id}/", days)
    one.post(f"/admin/files/{file.id}/", days)
    file.refresh_from_db()
    assert file.state == "quarantined"
    asked = Approval.objects.get()
    told = signed_in(Role.OFFICER).get(f"/console/approvals/{asked.id}/").content.decode()
    assert "Compare it with the paper." in told
    assert "says that each of them stands on it" in told
    officer = Actor("s", person(Role.OFFICER).id, role="officer")
    decide.approve(asked.id, approver=officer, now=timezone.now())
    one.post(f"/admin/files/{file.id}/", days)
    file.refresh_from_db()
    assert file.state == "accepted"


def test_the_database_takes_no_entered_file_from_one_person(w: World) -> None:
    by_post(sent(w), usage())
    with pytest.raises(DatabaseError, match="by two people"):
        changed(w, ReceivedFile.objects.get(), {"state": "accepted", "decided_at": timezone.now()})


def test_what_came_too_much_by_post_can_be_destroyed(w: World) -> None:
    manual = sent(w, data_types=["bill"], **{"from": "2025-01-01", "to": "2025-03-01"})
    message = by_post(manual, bills.year(date(2024, 12, 1), date(2025, 2, 1)))
    file = ReceivedFile.objects.get()
    signed_in(Role.STAFF).get(f"/admin/files/{file.id}/")
    incident = OverDelivery.objects.get()
    asked = disposing.ask(incident, "destroy", requester=staff_actor(), now=timezone.now())
    assert isinstance(asked, Approval), asked
    officer = Actor("s", person(Role.OFFICER).id, role="officer")
    decide.approve(asked.id, approver=officer, now=timezone.now())
    keep(timezone.now())
    assert vault.is_destroyed(file.file)
    assert vault.is_destroyed(message.raw)


def test_to_look_at_a_file_mails_nobody_and_to_act_on_it_tells_the_co_op_once(w: World) -> None:
    manual = sent(w, data_types=["bill"], **{"from": "2025-01-01", "to": "2025-03-01"})
    answer = bills.mail_with(reply(manual, csv=False), bills.year(date(2024, 12, 1), date(2025, 2, 1)))
    assert take(answer, manual).kind == "answer"
    file, browser = ReceivedFile.objects.get(), signed_in(Role.STAFF)
    for _ in range(2):
        assert "Too much came" in browser.get(f"/admin/files/{file.id}/").content.decode()
    jobs = Job.objects.filter(kind="surplus.tell")
    assert not jobs.exists()
    for _ in range(2):
        browser.post(f"/admin/files/{file.id}/surplus/", {"disposition": "destroy"})
    assert jobs.count() == 1
    assert run_job("surplus.tell", OverDelivery.objects.get().mails.get().id) == "done"


def test_to_accept_what_brought_too_much_tells_the_co_op_too(w: World) -> None:
    manual = sent(w, data_types=["bill"], **{"from": "2025-01-01", "to": "2025-03-01"})
    answer = bills.mail_with(reply(manual, csv=False), bills.year(date(2024, 12, 1), date(2025, 2, 1)))
    take(answer, manual)
    days = {"decision": "accept", "data_type": "bill", "first_day": "2025-01-01", "last_day": "2025-01-31"}
    signed_in(Role.STAFF).post(f"/admin/files/{ReceivedFile.objects.get().id}/", days)
    assert Job.objects.filter(kind="surplus.tell").count() == 1


# --- held mails ---------------------------------------------------------------------------------------------------


def test_a_held_mail_takes_no_message_id_away_from_the_true_answer(w: World) -> None:
    manual = sent(w)
    early = reply(manual, message_id="<answer.1@coop.example>", proven="elsewhere.example")
    assert take(early, manual).kind == "held"
    answer = reply(manual, message_id="<answer.1@coop.example>")
    assert take(answer, manual).kind == "answer"
    again = reply(manual, message_id="<answer.1@coop.example>", text="The same once more.")
    assert take(again, manual).kind == "duplicate"


def test_what_a_sender_wrote_into_a_message_id_is_not_kept_readable(w: World) -> None:
    manual, wrote = sent(w), "<Thimble.Gravel8.of.Marge@coop.example>"
    first = take(reply(manual, message_id=wrote), manual)
    assert first.kind == "answer"
    kept = Message.objects.get(id=first.message).message_id
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", kept)
    again = reply(manual, message_id=wrote, text="The same once more.")
    assert take(again, manual).kind == "duplicate"


def test_a_login_in_a_message_id_is_refused_like_one_in_the_text_and_not_kept_readable(w: World) -> None:
    manual = sent(w)
    refused = take(reply(manual, message_id="<password=Thimble.Gravel8@coop.example>"), manual)
    assert refused.kind == "credentials"
    assert all("Thimble" not in kept for kept in Message.objects.values_list("message_id", flat=True))


def test_a_strangers_mail_that_names_numbers_holds_the_asking_back_for_two_days_together(
    both_coops: None, sqlite_db: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    with coop(tmp_path, settings) as mailbox, travel(NOW):
        manual = sent(world())
        for day, text in ((11, "one"), (12, "two"), (13, "three")):
            with on(date(2026, 3, day)):
                stranger = mail(f"{text}: about {manual.number}", sender="eve@elsewhere.example", proven=False)
                assert take(stranger).kind == "held"
        assert open_tasks.named_alone(manual).count() == 3
        with on(date(2026, 3, 13), 12) as now:
            assert open_tasks.holds_back(fresh(manual), now)
        with on(OBEC.first_follow_up) as now:
            assert not open_tasks.holds_back(fresh(manual), now)
            work(now)
        assert FollowUp.objects.count() == 1
        assert len(mailbox.mails.numbers()) == 2
        assert open_tasks.with_unread([manual.id]) == {manual.id}  # the desk still sees them
    told = Notice.objects.filter(template="staff_alert", key__startswith=f"staff:named:{manual.number}:")
    assert told.count() == 1  # however many they were


def test_a_mail_with_a_list_of_numbers_names_none(w: World) -> None:
    manual = sent(w)
    for words, held in ((f"{manual.number} R-900001 R-900002 R-900003", False), (f"{manual.number} R-900001", True)):
        assert take(mail(words, sender="eve@elsewhere.example", proven=False)).kind == "held"
        assert open_tasks.holds_back(fresh(manual), timezone.now()) is held
    by_token = reply(manual, proven="elsewhere.example")
    assert take(by_token, manual).kind == "held"
    assert open_tasks.named_alone(manual).count() == 1
    assert open_tasks.unread(manual).count() == 2
    with travel(timezone.now() + timedelta(days=30)):
        assert open_tasks.holds_back(fresh(manual), timezone.now())  # it shows that it saw our mail


# --- sending again ------------------------------------------------------------------------------------------------


def test_one_old_report_offers_no_resending_for_ever(w: World) -> None:
    manual = sent(w)
    forged(manual)
    assert resending.is_doubted(fresh(manual))
    assert resending.resend(fresh(manual), actor=staff_actor()) is None
    run_job("manual.send", manual.id)
    manual = fresh(manual)
    assert manual.state == ManualState.WAITING_ON_UTILITY
    assert not resending.may_resend(manual)
    assert isinstance(resending.resend(manual, actor=staff_actor()), Refusal)
    forged(manual, 2)
    assert resending.may_resend(fresh(manual))


# --- the desk's codes ---------------------------------------------------------------------------------------------


@pytest.fixture
def desk(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings) as mailbox:
        yield sent(world()), mailbox


def test_the_code_of_a_request_that_is_over_mails_nothing(desk: Any) -> None:
    manual, mailbox = desk
    bring(manual, ManualState.CLOSED_WITHOUT_RESPONSE)
    assert ask(Client(), codes.hint_of(manual)).status_code == 302
    assert mailed(mailbox) is None


def test_a_few_codes_of_our_mails_do_not_use_up_a_desks_day(desk: Any) -> None:
    manual, _ = desk
    found = [ask(Client(REMOTE_ADDR=f"192.0.2.{each}"), codes.hint_of(manual)).status_code for each in range(8)]
    assert found == [302] * 5 + [429] * 3
    assert codes.MAILED.most >= 5 * codes.ASKED_BY_ALL.most


def test_a_desk_moves_its_day_twice_and_then_a_person_sees_to_it(desk: Any) -> None:
    manual, mailbox = desk
    browser = opened(manual, mailbox)
    days = [today() + timedelta(days=each) for each in (7, 8, 9)]
    for day in days:
        told(browser, manual, "promise", day=str(day))
    assert fresh(manual).promised_for == days[1]
    assert list(DeskAct.objects.order_by("at").values_list("day", flat=True)) == days
    assert len(events("sla.promised")) == 2


# --- a portal login in a file -------------------------------------------------------------------------------------

LOGIN = "portal login rita, password Thimble!Gravel8\n"


@pytest.mark.parametrize("how", ["utf-16", "utf-16-le", "utf-16-be", "zip", "zip of utf-16"])
def test_a_portal_login_is_found_however_its_file_is_written(desk: Any, how: str) -> None:
    manual, mailbox = desk
    data = packed({"a.csv": LOGIN.encode(how.split()[-1])}) if " " in how else None
    data = data or (packed({"a.csv": LOGIN.encode()}) if how == "zip" else LOGIN.encode(how))
    browser = opened(manual, mailbox)
    answer = press(browser, manual, "files", attached=SimpleUploadedFile("usage.csv", data))
    assert answer.status_code == 403
    assert not DeskAct.objects.exists()
    assert take(mail("Here.", {"usage.csv": data}), manual).kind == "credentials"


def test_words_of_files_are_read_within_limits_and_no_file_breaks_the_reader() -> None:
    assert list(written.texts("kWh,9\n".encode("utf-16"))) == ["\ufeffkWh,9\n"]
    assert list(written.texts(bytes(range(256)) * 50)) == []
    assert list(written.texts(b"%PDF-1.7 words")) == []
    assert list(written.texts(b"PK\x03\x04 no archive at all")) == []
    _name, *pieces = written.texts(packed({"a.txt": b"x" * 30_000_000}))
    assert {len(each) <= written.MOST + written.OVERLAP for each in pieces} == {True}
    assert written.MOST_OF_ENTRY <= sum(map(len, pieces)) < 1.1 * written.MOST_OF_ENTRY


# --- the lists of the staff's site --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "desk_work/deskmailbox/?code_hash__startswith=a",
        "parties/application/?key_hash__isnull=0",
        "requests_app/manualrequest/?thread_token__startswith=a",
        "consents/consent/?stop_token_hash__isnull=0",
        "requests_app/message/?manual__request__customer__isnull=0",
    ],
)
def test_a_list_is_not_filtered_by_what_it_does_not_show(w: World, path: str) -> None:
    browser = signed_in(Role.STAFF)
    plain = browser.get(f"/admin/{path.partition('?')[0]}")
    assert plain.status_code == 200
    assert browser.get(f"/admin/{path}").status_code == 400
