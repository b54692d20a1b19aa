"""S33 to S37: a manual request, its clock, a storm, a bounce, an out-of-office reply; for two co-ops, by data alone."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import jobs, utilities
from broker.audit import log
from broker.notices import compose
from broker.notices.models import Notice
from broker.utilities import closings
from consents import electronic
from requests_app import clock_lines, told
from requests_app.clocks.models import ClockStep
from requests_app.deadlines import Rest, Usual, for_profile, replay
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message
from requests_app.moves import move
from tests import shared_world
from tests.faults.test_clock_properties import server_zone
from tests.integration.access_support import sign_in
from tests.integration.console_support import officer
from tests.integration.test_receive import dsn, take
from tests.requests_world import ACCOUNT, ACTOR, LETTER, World, coop, events, reply, run_job, world
from tests.scenarios.coops import JUNEGRASS, JUNEGRASS_VECTORS, OBEC, Coop, both_coops
from tests.unit.clock_support import VECTORS

__all__ = ["both_coops", "server_zone"]

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
THREATS = re.compile(r"\b(law|legal action|statut\w*|sue|court|liab\w+|penalt\w+|fine[sd]?|must|violat\w+)\b", re.I)
COOPS = pytest.mark.parametrize("place", [OBEC, JUNEGRASS], ids=lambda each: each.id)


@pytest.fixture
def at_nine(both_coops: None, sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    with time_machine.travel(NOW, tick=False):
        yield


def asked(place: Coop) -> tuple[World, ManualRequest]:
    w = world(utility=place.id)
    return w, w.manual(channel="manual_request", utility=place.id)


def sent(place: Coop, folder: Path, settings: Any) -> tuple[World, ManualRequest, Any]:
    with coop(folder, settings) as mailbox:
        w, manual = asked(place)
        assert manual.due is None
        assert run_job("manual.send", manual.id) == "done"
        mail = mailbox.mails.message(1)
    manual.refresh_from_db()
    return w, manual, mail


@COOPS
def test_s33_a_letter_to_the_verified_address_whose_clock_starts_with_the_proof(
    at_nine: None, place: Coop, tmp_path: Path, settings: Any
) -> None:
    w, manual, mail = sent(place, tmp_path, settings)
    assert str(mail["To"]) == place.address == utilities.for_mode(place.id, "rehearsal").contacts.email.value
    assert [part.get_content() for part in mail.iter_attachments()] == [LETTER]
    text = mail.get_body(("plain",)).get_content()
    assert THREATS.findall(text) == []
    assert ACCOUNT not in text
    assert manual.state == ManualState.WAITING_ON_UTILITY
    dates = (manual.day0, manual.expected_from, manual.due, manual.due_at, manual.first_follow_up)
    assert dates == (date(2026, 3, 2), place.expected_from, place.due, place.due_at, place.first_follow_up)
    api = w.get(f"data-requests/{manual.request_id}").json()
    assert (api["clock"]["due"], api["waiting_on"]) == (str(place.due), "utility")


@pytest.mark.parametrize(("utility", "vectors"), [("obec", VECTORS), ("junegrass", JUNEGRASS_VECTORS)])
def test_s34_the_vectors_wherever_the_server_stands(
    both_coops: None, server_zone: str, utility: str, vectors: list[Any]
) -> None:
    profile = utilities.published(utility)
    for delivered, day0, expected_from, due, due_at, follow_up in vectors:
        found = for_profile(datetime.fromisoformat(delivered), profile)
        said = (found.day0, found.expected_from, found.due, found.due_at, found.first_follow_up)
        days = [date.fromisoformat(each) for each in (day0, expected_from, due, follow_up)]
        assert said == (*days[:3], datetime.fromisoformat(f"{due}T{due_at}Z"), days[3]), delivered
    (line,) = clock_lines.answers([b'{"id": 1, "delivered_at": "2026-03-02T15:00:00Z"}'], profile)
    assert f'"due": "{vectors[0][3]}"' in line


@COOPS
def test_s34_the_pause_vector_wherever_the_server_stands(both_coops: None, server_zone: str, place: Coop) -> None:
    profile = utilities.published(place.id)
    calendar, usual = closings.at(profile).calendar, Usual(profile.clock.first_days, profile.clock.last_days)
    still = replay(NOW, [Rest(place.paused_on)], calendar, usual)
    assert still.paused is not None
    assert still.paused.remaining == place.remaining
    answered = datetime(2026, 3, 18, 15, tzinfo=UTC)
    assert replay(NOW, [Rest(place.paused_on, answered)], calendar, usual).dates.due == place.due_after_rest


@COOPS
def test_s35_a_closing_day_moves_the_due_date_and_the_page_shows_it(
    at_nine: None, place: Coop, tmp_path: Path, settings: Any
) -> None:
    w, manual, _ = sent(place, tmp_path, settings)
    storm = {"act": "close", "day": str(place.storm), "name": "Ice storm", "source": "phone"}
    assert officer().post(f"/console/closing-days/{place.id}/", storm).status_code == 302
    manual.refresh_from_db()
    assert manual.due == place.due_after_storm
    assert len(events("sla.recomputed")) == 1
    her = Client()
    sign_in(her, w.customer.id)
    page = her.get(f"/my/requests/{manual.id}/date/").content.decode()
    assert "office closed: Ice storm" in page
    assert f"Worked out anew: the office is closed on March {place.storm.day}, 2026" in page
    if place is JUNEGRASS:
        assert "office closed: Founders&#x27; Day (the co-op said so)" in page


@COOPS
def test_s35_a_rest_by_its_own_days(at_nine: None, place: Coop, tmp_path: Path, settings: Any) -> None:
    _, manual, _ = sent(place, tmp_path, settings)
    for state, at in (
        (ManualState.WAITING_ON_CUSTOMER, datetime.combine(place.paused_on, NOW.timetz())),
        (ManualState.WAITING_ON_UTILITY, datetime(2026, 3, 18, 15, tzinfo=UTC)),
    ):
        with transaction.atomic():
            ref = log.append("request.state", actor=ACTOR, subject=manual.request.customer_id, body={})
            assert move(manual, state, ref=ref, happened_at=at)
    assert manual.due == place.due_after_rest
    assert ClockStep.objects.get(kind="paused").remaining == place.remaining


@pytest.mark.parametrize(("place", "first", "last"), [(OBEC, 5, 10), (JUNEGRASS, 3, 7)])
def test_s68_while_there_is_no_clock_she_is_told_the_usual_time_of_her_own_co_op(
    at_nine: None, place: Coop, first: int, last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[electronic.Message] = []
    monkeypatch.setattr(electronic, "tell", lambda message, **_more: said.append(message))
    _, manual = asked(place)
    told.customer_told_job(jobs.JobView(manual.id, "request.told", manual.id, 1, 0, NOW))
    (message,) = said
    english, spanish = (compose.render("request_sent", language=each, context=message.context) for each in ("en", "es"))
    assert f"usually within {first} to {last} business days after the letter arrives" in english.text
    assert f"normalmente de {first} a {last} días hábiles" in spanish.text


@COOPS
def test_s36_a_bounce_stops_everything_and_staff_hear_of_it_at_once(
    at_nine: None, place: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from broker.channels.manual_request import ManualRequestChannel
    from broker.transport import Delivery

    taken = Delivery("accepted_by_relay", "relay", "250 ok")
    monkeypatch.setattr(ManualRequestChannel, "hand_over", lambda _self, _order: taken)
    _, manual = asked(place)
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    assert (manual.state, manual.due) == (ManualState.DELIVERY_UNPROVEN, None)
    assert take(dsn(manual, recipient=place.address, action="failed")).kind == "bounce"
    manual.refresh_from_db()
    assert (manual.state, manual.due, manual.delivered_at) == (ManualState.NOT_DELIVERED, None, None)
    assert ClockStep.objects.count() == 0
    assert Notice.objects.get(template="staff_alert").created_at == timezone.now()


@COOPS
def test_s37_an_out_of_office_reply_neither_stops_the_clock_nor_asks_again(
    at_nine: None, place: Coop, tmp_path: Path, settings: Any
) -> None:
    _, manual, _ = sent(place, tmp_path, settings)
    away = reply(manual, csv=False, sender=place.address, text="I am out of the office until Monday.")
    with time_machine.travel(datetime(2026, 3, 4, 15, tzinfo=UTC), tick=False):
        take(away.replace(b"From:", b"Auto-Submitted: auto-replied\nFrom:", 1), manual)
    kept = ManualRequest.objects.get(id=manual.id)
    assert kept.state == ManualState.WAITING_ON_UTILITY
    assert (kept.due, kept.first_follow_up, kept.paused_on) == (place.due, place.first_follow_up, None)
    assert Message.objects.filter(direction="in").count() == 1  # the mail is filed
    assert Message.objects.filter(direction="out").count() == 1  # and nothing was sent because of it
    assert ClockStep.objects.count() == 1


@COOPS
def test_one_mail_for_whom_the_co_op_says(at_nine: None, place: Coop, tmp_path: Path, settings: Any) -> None:
    """Given two members of one recipient, then the desk gets one mail or two, as its profile says."""
    with coop(tmp_path, settings) as mailbox:
        both = shared_world.two(mailbox, place.id)
        for each in both.rows:
            assert run_job("manual.send", each.id) == "done"
        mails = [mailbox.mails.message(each) for each in mailbox.mails.numbers()]
    assert utilities.published(place.id).desk.one_mail_for == place.one_mail_for
    numbers = [
        [each.number for each in rows if each.number in str(mail["Subject"])] for mail in mails for rows in (both.rows,)
    ]
    hers, his = [each.number for each in both.hers], [each.number for each in both.his]
    assert numbers == ([[*hers, *his]] if place is JUNEGRASS else [hers, his])
    assert [len(list(mail.iter_attachments())) for mail in mails] == ([2] if place is JUNEGRASS else [1, 1])
    assert {ManualRequest.objects.get(id=each.id).due for each in both.rows} == {place.due}
    # Whatever the mails are, each member's page and her application's answer name what is hers.
    for row in both.rows:
        found = both.world.get(f"data-requests/{row.request_id}").json()
        assert found["clock"]["due"] == str(place.due)
    for customer, rows, _ in both.people:
        her = Client()
        sign_in(her, customer)
        theirs = both.his if rows == both.hers else both.hers
        pages = "".join(her.get(path).content.decode() for path in ("/my/", f"/my/requests/{rows[0].id}/date/"))
        assert rows[0].number in pages
        assert not any(each.number in pages for each in theirs)
        assert her.get(f"/my/requests/{theirs[0].id}/date/").status_code == 404
