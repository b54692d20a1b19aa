"""What pages of the desk and of the billing desk say, and when they offer nothing."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker.terms import Actor
from consents import actions
from requests_app.desk import listing
from requests_app.fees import quoting
from requests_app.fees.lifecycle import SaidBy
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.receive import receive
from tests import clock
from tests.integration.mail_support import signed_in
from tests.requests_world import ACTOR, RECEIVER, World, coop, reply, run_job, world


@pytest.fixture
def sent(committing: str, tmp_path: Path, settings: Any) -> tuple[World, ManualRequest]:
    with coop(tmp_path, settings):
        w = world()
        manual = w.manual()
        assert run_job("manual.send", manual.id) == "done"
    return w, ManualRequest.objects.get(id=manual.id)


def heard(manual: ManualRequest, **form: str) -> str:
    facts = {"way": "post", "kind": "answer", "on": clock.today().isoformat(), "words": "They look for it."}
    answer = signed_in().post(f"/admin/requests/{manual.id}/heard/", facts | form)
    assert answer.status_code == 422
    return answer.content.decode()


def test_what_lies_before_the_request_is_said_at_its_day(sent: tuple[World, ManualRequest]) -> None:
    _, manual = sent
    page = heard(manual, on=(clock.today() - timedelta(days=3)).isoformat())
    assert "This lies before the request, which was made on" in page
    assert "or something is missing" not in page
    assert "id_on_error" in page


def test_the_billing_desk_sees_its_fee_and_no_date_while_the_clock_rests(sent: tuple[World, ManualRequest]) -> None:
    _, manual = sent
    now = timezone.now()
    assert (listing.shown(manual, now=now).fee, listing.shown(manual, now=now).files) == ("", 0)
    quoting.quote(manual, Decimal("25.00"), said_by=SaidBy.PHONE, actor=ACTOR, now=now)
    manual.refresh_from_db()
    assert listing.shown(manual, now=now).fee == "$25.00"
    assert manual.paused_on is not None


def test_a_file_of_an_ended_permission_offers_nothing_and_the_page_says_when_it_ended(
    committing: str, tmp_path: Path, settings: Any
) -> None:
    settings.MAIL_AUTHSERV_ID = RECEIVER
    with coop(tmp_path, settings):
        w = world()
        manual = w.manual()
        run_job("manual.send", manual.id)
        to = [f"r.{manual.thread_token}@localhost"]
        receive(reply(manual), envelope_from="", envelope_to=to, now=timezone.now())
        file, person = ReceivedFile.objects.get(), signed_in()
        page = person.get(f"/admin/files/{file.id}/").content.decode()
        assert 'value="accept"' in page
        actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
    page = person.get(f"/admin/files/{file.id}/").content.decode()
    assert "nobody can accept or download it" in page
    assert not any(each in page for each in ('value="accept"', 'value="reject"', "Download it to read it"))
    page = person.get(f"/admin/requests/{manual.id}/").content.decode()
    assert "until the end of" not in page.split("<h2>Permission</h2>")[1].split("</section>")[0]
