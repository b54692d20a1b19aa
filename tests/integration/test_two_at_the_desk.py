"""The same two at the desk and at the log: each of these acts from its beginning to its end, on the site's own pages.

Each way leads through a page that names the next one; what comes from outside (mail, days, a lost disk) is played.
"""

from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals.models import Approval
from broker.audit import log, quarantine, store
from broker.console.holds.models import Disposal
from broker.notices.models import Notice
from requests_app.completeness.models import Cut, OverDelivery, SurplusMail
from requests_app.differences.models import Settlement
from requests_app.ladder import open_tasks
from requests_app.ladder.models import LastDecision
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.one_value.models import Place
from requests_app.receive import receive
from tests import bills
from tests.clock import travel
from tests.integration.audit_support import integrate, log_world, verdict, write
from tests.integration.holds_support import keep
from tests.integration.test_console_log_alarms import bad_lane
from tests.integration.test_held_files import bill, strangers_mail
from tests.integration.test_older_copy import begun_anew, declared, instead_of_the_live_one, may_be_restored, running
from tests.integration.test_one_value import OCTOBER, compared, of_days, shares, told
from tests.integration.test_settling import answers, at
from tests.integration.test_surplus import LATE
from tests.integration.test_two_at_work import House, house, nobody_else, went
from tests.ladder_world import NOW, fresh, on, work
from tests.requests_world import ACCOUNT, coop, reply, run_job
from tests.scenarios.coops import OBEC
from tests.scenarios.test_ladder import CALL, DECIDE, SECOND

__all__ = ["house"]

BILL = {"decision": "accept", "data_type": "bill", "first_day": "2025-10-01", "last_day": "2025-10-31"}


def agreed(house: House, by: Client, asked_by: Client | None = None) -> Approval:
    """The other one finds it on the list of what waits, and says yes; whoever asked is shown no way to, nor has one."""
    asked = Approval.objects.latest("requested_at")
    one = f"/console/approvals/{asked.id}/"
    assert one in by.get("/console/approvals/").content.decode()
    if asked_by is not None:
        assert one not in asked_by.get("/console/approvals/").content.decode()
        assert "You asked for it: another person decides." in asked_by.get(f"{one}?sure=1").content.decode()
        page = asked_by.post(f"{one}decide/", {"decision": "approve"}, follow=True).content.decode()
        assert "You asked for it yourself" in page
    return house.agreed(by)


def says(answer: Any) -> str:
    """What stands on the page that is shown, or that follows."""
    if answer.status_code == 302:
        answer = answer.client.get(answer["Location"])
    return str(answer.content.decode())


def offers(house: House, path: str, button: str) -> None:
    """This page has a form for whoever may send it; the operator reads who does instead."""
    assert button in house.staff.get(path).content.decode()
    page = house.operator.get(path).content.decode()
    assert button not in page
    assert "A member of staff" in page


def test_a_bad_lane_is_acknowledged_and_the_log_holds_again(house: House) -> None:
    lane, last = bad_lane(house.desk)
    assert verdict()["kind"] == "lane_quarantined"
    alarms = "/console/integrity/alarms/"
    assert f"Lane {lane}, good up to its entry {last}" in house.officer.get(alarms).content.decode()
    went(house.officer.post(f"{alarms}lane/", {"lane": lane, "last": last, "why": "Looked into; a copy is kept."}))
    assert quarantine.unacknowledged(log.origin_id()) == {lane: last}
    assert agreed(house, house.approver).state == "executed"
    assert "No bad lane waits" in house.officer.get(alarms).content.decode()
    integrate(house.desk.answer)
    assert verdict()["ok"]
    assert nobody_else()


def test_the_log_is_declared_lost_and_a_new_one_begins(
    committing: str, house: House, settings: Any, tmp_path: Path
) -> None:
    may_be_restored(committing, settings, tmp_path)
    integrate(house.desk.answer)
    call_command("backup", str(tmp_path / "night.backup"), stdout=StringIO())
    write()  # the day that will be lost
    integrate(house.desk.answer)
    last_note = store.notes(1)[-1].note
    log.close_lanes()
    with instead_of_the_live_one(tmp_path / "night.backup", tmp_path / "restored", settings):
        with running(house.desk, settings):
            hers = f"/console/cases/consent/{house.w.consent.id}/"
            assert house.officer.get(hers).status_code == 503
            asked = Approval.objects.get(id=declared(house.officer, house.approver))
        two = (house.two.olga["officer"].id, house.two.sam["approver"].id)
        assert (asked.requester, asked.approver) == two
        with begun_anew(asked.id, last_note, tmp_path, settings) as fresh:
            integrate(fresh.answer)
            asked.refresh_from_db()
            assert asked.state == "executed"
            assert verdict()["ok"]
            assert house.officer.get(hers).status_code == 200
            assert nobody_else()


def test_two_sources_that_do_not_agree_are_settled_and_settled_again(house: House) -> None:
    """The clerk asks; once it is confirmed at the desk, once on the console."""
    w = house.w
    shares(w, of_days(OCTOBER, "1", "2"), of_days(OCTOBER, "1", "2.5"))
    compared()
    told(w)  # the recipient was given one of them
    assert at() in house.staff.get("/admin/differences/").content.decode()
    offers(house, at(), "Ask a second person")
    assert "staff ask" in says(house.operator.post(at(), answers()))
    assert not Approval.objects.exists()
    went(house.staff.post(at(), answers()))
    second, confirm = f"{at()}second/", {"decision": "confirm"}
    assert "staff ask" in says(house.staff.post(second, confirm))
    assert not Settlement.objects.exists()
    assert 'value="confirm"' in house.operator.get(at()).content.decode()
    went(house.operator.post(second, confirm))
    assert told(w)["readings"][1]["value"] == "2.500"
    earlier = str(Place.objects.earliest("number").series_id)
    went(house.staff.post(at(), answers(stands=earlier, rule="utility_says")))
    assert agreed(house, house.officer, house.approver).state == "executed"
    assert told(w)["readings"][1]["value"] == "2.000"
    asked = set(Approval.objects.values_list("id", flat=True))
    assert set(Settlement.objects.values_list("approval", flat=True)) == asked
    assert len(asked) == 2
    assert nobody_else()


def asked_of_the_coop(house: House, **what: Any) -> ManualRequest:
    """A request that the co-op has."""
    manual = house.w.manual(**what)
    assert run_job("manual.send", manual.id) == "done"
    return fresh(manual)


def test_a_file_of_a_held_mail_is_accepted(house: House, tmp_path: Path, settings: Any) -> None:
    with coop(tmp_path / "coop", settings):
        manual = asked_of_the_coop(house, data_types=["bill"])
        paper = bill(ACCOUNT)
        held = receive(strangers_mail(paper), envelope_from="", envelope_to=["desk@localhost"], now=timezone.now())
        opened = f"/admin/held/{held.message}/"
        assert opened in house.staff.get("/admin/?tab=pen").content.decode()
        assert "Where it belongs" in house.staff.post(opened).content.decode()
        went(house.staff.post(f"{opened}choose/", {"choice": "attach", "number": manual.number}))
        file = ReceivedFile.objects.get()
        check = f"/admin/files/{file.id}/"
        assert check in house.staff.get(f"/admin/requests/{manual.id}/").content.decode()
        offers(house, check, "Ask a second person to accept it")
        assert 'value="reject"' in house.operator.get(check).content.decode()
        assert "A member of staff asks" in says(house.operator.post(check, BILL))
        assert not Approval.objects.exists()
        went(house.staff.post(check, BILL))
        assert "It waits for an officer or approver" in house.staff.get(check).content.decode()
        assert agreed(house, house.officer, house.approver).state == "approved"
        given = f"data-requests/{manual.request_id}/files/{file.id}"
        assert house.w.get(given).status_code == 404
        for each in (house.staff, house.operator):  # what two agreed to, either takes
            page = each.get(check).content.decode()
            assert "Accept it with the same answers." in page
            assert 'value="accept"' in page
        went(house.staff.post(check, BILL))
        file.refresh_from_db()
        assert (file.state, Approval.objects.get().state) == ("accepted", "executed")
        assert house.w.get(given).content == paper
    assert nobody_else()


def test_what_was_too_much_is_destroyed(house: House, tmp_path: Path, settings: Any) -> None:
    with coop(tmp_path / "coop", settings) as mailbox:
        manual = asked_of_the_coop(house, **LATE)
        mail = bills.mail_with(reply(manual, csv=False), bills.year(date(2024, 12, 1), date(2025, 2, 1)))
        receive(mail, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
        file = ReceivedFile.objects.get()
        check = f"/admin/files/{file.id}/"
        assert check in house.staff.get(f"/admin/requests/{manual.id}/").content.decode()
        offers(house, check, "Ask a second person")
        before = len(mailbox.mails.numbers())
        destroy = {"disposition": "destroy"}
        assert "Your role may not ask for this." in says(house.operator.post(f"{check}surplus/", destroy))
        went(house.staff.post(f"{check}surplus/", destroy))
        assert OverDelivery.objects.get().state == "open"
        agreed(house, house.officer, house.approver)
        keep(timezone.now())
        assert (Disposal.objects.get().state, Approval.objects.get().state) == ("finished", "executed")
        assert vault.is_destroyed(file.file)
        assert vault.is_destroyed(Message.objects.get(id=file.message_id).raw)
        assert not vault.is_destroyed(Cut.objects.get().file.file)
        assert "It is destroyed." in house.staff.get(check).content.decode()
        for each in SurplusMail.objects.order_by("at"):
            assert run_job("surplus.tell", each.id) == "done"
        assert len(mailbox.mails.numbers()) == before + 2
    assert nobody_else()


@pytest.fixture
def in_march(committing: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The same house on the day of the ladder's letter."""
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while weeks pass
    with travel(NOW), log_world(settings, tmp_path) as desk:
        yield House(desk)
        log.close_lanes()


def test_a_request_that_nobody_answers_waits_once_more_and_is_closed(
    in_march: House, tmp_path: Path, settings: Any
) -> None:
    house = in_march
    with coop(tmp_path / "coop", settings) as mailbox:
        manual = asked_of_the_coop(house, channel="manual_request")
        about = f"/admin/requests/{manual.id}/"
        with on(OBEC.first_follow_up) as now:
            work(now)
        with on(CALL["obec"]) as now:
            work(now)
        with on(CALL["obec"], 14):
            house.signed_in()
            assert f"{about}call/" in house.staff.get("/admin/").content.decode()
            said = {"on": CALL["obec"].isoformat(), "at": "13:30", "outcome": "not_reached"}
            went(house.staff.post(f"{about}call/", said))
        with on(SECOND["obec"]) as now:
            work(now)
        decided_on(house, manual, DECIDE["obec"], choice="wait", until="2026-04-10")
        with on(date(2026, 4, 13)) as now:
            work(now)
        assert len(mailbox.mails.numbers()) == 4  # the letter, and each time that it was asked
        decided_on(house, manual, date(2026, 4, 20), choice="close", until="")
        with on(date(2026, 4, 20), 12) as now:
            work(now)
            final = house.w.get(f"data-requests/{manual.request_id}").json()["final"]
    assert fresh(manual).state == ManualState.CLOSED_WITHOUT_RESPONSE
    assert final["code"] == "utility.no_response"
    for template in ("request_unanswered", "unanswered_recipient"):
        assert Notice.objects.filter(template=template).count() == 1
    assert open_tasks.undecided().count() == 0
    assert nobody_else()


def decided_on(house: House, manual: ManualRequest, day: date, **what: str) -> None:
    """On the day on which it is to be decided, the one asks from the worklist, and the other one agrees."""
    with on(day) as now:
        work(now)
        house.signed_in()
        asks = f"/admin/requests/{manual.id}/decide/"
        assert asks in house.staff.get("/admin/").content.decode()
        said = {**what, "reason": "Nothing came."}
        offers(house, asks, "Ask a second person")
        assert "A member of staff asks" in says(house.operator.post(asks, said))
        went(house.staff.post(asks, said))
        assert "waits for an officer or approver" in house.staff.get(asks).content.decode()
        before = LastDecision.objects.count()
        assert agreed(house, house.officer, house.approver).state == "executed"
        assert LastDecision.objects.count() == before + 1
