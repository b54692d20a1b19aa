"""Who is suspended is refused on every way: page, key, link, message, and what waits to be sent; so all at a stop."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import jobs
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.duties import bars
from broker.duties.models import Bar
from broker.jobs.models import Job
from broker.jobs.states import OPEN
from broker.parties.models import Role
from broker.parties.signin import leaving
from broker.terms import Refusal
from consents.asking.inviting import KIND as INVITE
from requests_app import acceptance
from requests_app.hooks import outbox
from requests_app.hooks.events import TYPES
from requests_app.hooks.outbox import SEND as MESSAGE
from requests_app.models import ManualRequest, ReceivedFile, Release
from requests_app.receive import receive
from requests_app.watching import barred
from tests.duties_world import SYSTEM, actor, person, suspended
from tests.factories import event
from tests.hooks_world import HooksWorld, enter, hooked
from tests.integration.test_release import DAILY, STAFF
from tests.recipients_world import analyst, browser_of
from tests.requests_world import coop, events, reply, run_job


class Ways:
    """A recipient with data, and every way by which it comes by it."""

    def __init__(self, made: HooksWorld, mailbox: Any) -> None:
        self.made, self.mailbox, w = made, mailbox, made.world
        enter(w.consent)
        self.manual = w.manual()
        run_job("manual.send", self.manual.id)
        to = [f"r.{self.manual.thread_token}@localhost"]
        receive(reply(self.manual), envelope_from="", envelope_to=to, now=timezone.now())
        file = ReceivedFile.objects.get(message__manual=self.manual)
        acceptance.accept(file, DAILY, actor=STAFF, now=timezone.now())
        self.waits = w.manual(**{"from": "2025-09-01", "to": "2025-10-01"})
        request = f"data-requests/{self.manual.request_id}"
        self.file = f"{request}/files/{file.id}"
        self.link = str(w.call("post", f"{self.file}/link").json()["link"]).removeprefix("/api/v1/")
        self.reads = [f"{request}/readings", self.file, self.link, request, "consents"]
        self.ana = analyst(w.organisation)
        self.browser = browser_of(self.ana)
        self.pages = ["/recipient/", f"/recipient/requests/{self.manual.request_id}/data/"]
        self.mails = len(mailbox.mails.numbers())

    def run(self, kind: str, subject: Any = None) -> Job:
        found = Job.objects.filter(kind=kind, state__in=OPEN)
        job = (found if subject is None else found.filter(subject_id=subject)).latest("created_at")
        assert jobs.run(job.id, now=max(timezone.now(), job.due_at))
        return Job.objects.get(id=job.id)

    def all_go(self) -> None:
        for path in self.reads:
            assert self.made.world.get(path).status_code == 200, path
        for path in self.pages:
            assert self.browser.get(path).status_code == 200, path

    def none_goes(self, code: str, status: int, *, pages: bool = True) -> None:
        before = Release.objects.count(), len(events("data.read")), len(self.made.receiver.got)
        for path in self.reads:
            answer = self.made.world.get(path)
            assert (answer.status_code, answer.json()["code"]) == (status, code), path
        posted = self.made.world.post(self.made.world.ask())
        assert (posted.status_code, posted.json()["code"]) == (status, code)
        for path in self.pages if pages else ():
            assert self.browser.get(path).status_code == status, path
        for kind, subject in ((MESSAGE, self.made.delivery("data.ready").id), ("manual.send", self.waits.id)):
            job = self.run(kind, subject)
            assert (job.state, job.last_error_code, job.attempts, job.waits) == ("queued", code, 0, 0), kind
        self.waits.refresh_from_db()
        assert (self.waits.state, len(self.mailbox.mails.numbers())) == ("queued", self.mails)
        assert before == (Release.objects.count(), len(events("data.read")), len(self.made.receiver.got))

    def goes_on(self) -> None:
        self.all_go()
        assert self.run(MESSAGE, self.made.delivery("data.ready").id).state == "done"
        self.run("manual.send", self.waits.id)
        assert self.made.delivery("data.ready").state == "delivered"


@pytest.fixture
def ways(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings) as mailbox, hooked(settings) as made:
        yield Ways(made, mailbox)


def _house(ways: Ways) -> Any:
    return ways.made.world.organisation


def _program(ways: Ways) -> Any:
    return ways.made.world.application


@pytest.mark.parametrize("whom", [_house, _program])
def test_a_suspended_recipient_is_refused_on_every_way_and_goes_on_where_it_was(
    ways: Ways, whom: Callable[[Ways], Any]
) -> None:
    ways.all_go()
    officer = person("Olga Officer", Role.OFFICER)
    bar = suspended(whom(ways), officer)
    ways.none_goes("requester.suspended", 403, pages=whom is _house)
    assert len(events("duties.refused")) >= len(ways.reads)
    assert bars.lift(bar, officer, "It was our mistake.", now=timezone.now()) == ""
    ways.goes_on()


def test_a_suspended_person_has_no_page_any_more_whatever_the_role(ways: Ways) -> None:
    officer, sam = person("Olga Officer", Role.OFFICER), person("Sam Staff", Role.STAFF)
    for each, path in ((ways.ana, "/recipient/"), (sam, "/admin/"), (person("Otto", Role.OPERATOR), "/operating/")):
        browser = browser_of(each)
        assert browser.get(path).status_code == 200, path
        bar = suspended(each, officer)
        refused = browser.get(path)
        assert (refused.status_code, b"suspended" in refused.content.lower()) == (403, True), path
        assert browser.post(path, {"any": "thing"}).status_code == 403
        assert browser.post("/logout/").status_code in (200, 302)
        assert bars.lift(bar, officer, "Back.", now=timezone.now()) == ""
        assert browser_of(each).get(path).status_code == 200, path
    assert ways.made.world.get("consents").status_code == 200  # the program is not its person


@pytest.mark.parametrize("type_", ["consent.expired", "consent.suspended", "file.destroyed"])
def test_what_narrows_a_permission_reaches_a_suspended_recipient_too(ways: Ways, type_: str) -> None:
    w, ids = ways.made.world, {name: uuid.uuid4() for name in TYPES[type_].ids}
    suspended(w.organisation, person("Olga Officer", Role.OFFICER))
    with transaction.atomic():
        ref = event("consent.suspended")
        (row,) = outbox.tell(type_, ids, ref=ref, now=timezone.now(), application=w.application.id, consent=w.consent)
    assert ways.run(MESSAGE, row.id).state == "done"
    assert type_ in [name for name, _ in ways.made.got()]


def test_what_ends_a_permission_still_reaches_a_suspended_recipient(ways: Ways) -> None:
    suspended(ways.made.world.organisation, person("Olga Officer", Role.OFFICER))
    ways.made.revoke()
    assert ways.run(MESSAGE, ways.made.delivery("consent.revoked").id).state == "done"
    assert ("consent.revoked", {"consent": str(ways.made.world.consent.id)}) in ways.made.got()


def test_every_job_that_discloses_is_looked_at_first() -> None:
    assert jobs.guarded() == set(barred.GUARDED)
    assert {"manual.send", "nectar.upload", MESSAGE, INVITE} < jobs.guarded()


def test_one_press_stops_every_way_and_two_people_let_it_go_on(ways: Ways) -> None:
    sam, olga, ada = (
        person("Sam Staff", Role.STAFF), person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER),
    )  # fmt: skip
    now = timezone.now()
    bar = bars.stop(sam, "Somebody reads what they should not.", now=now)
    assert bars.stop(olga, "The same.", now=now).id == bar.id
    ways.none_goes("disclosures.halted", 503)
    assert ways.made.world.get("consents")["Retry-After"]
    assert browser_of(sam).get("/admin/").status_code == 200  # our own people work on
    assert bars.lift(bar, olga, "Alone.", now=now) == "approval.over"
    asked = bars.ask_to_resume(olga, "It was a test.", now=now)
    with pytest.raises(decide.NotAllowed):
        decide.approve(asked.id, approver=actor(olga), now=now)
    ways.none_goes("disclosures.halted", 503)
    decide.approve(asked.id, approver=actor(ada), now=timezone.now())
    ways.goes_on()
    assert [len(events(act)) for act in ("duties.stopped", "duties.resumed")] == [1, 1]


def test_the_database_lets_nobody_end_a_stop_alone(committing: str) -> None:
    now, olga = timezone.now(), person("Olga Officer", Role.OFFICER)
    bar = bars.stop(olga, "Look.", now=now)
    asked = bars.ask_to_resume(olga, "Fine.", now=now)
    for approval in (None, asked.id):
        with pytest.raises(DatabaseError), transaction.atomic():
            Bar.objects.filter(id=bar.id).update(
                lifted_by=olga.id, lifted_at=now, approval=approval, audit_event_id=event("duties.resumed").id
            )
    with pytest.raises(DatabaseError), transaction.atomic():
        Bar.objects.filter(id=bar.id).delete()
    assert bars.code_for() == bars.HALTED
    assert Approval.objects.get(id=asked.id).state == "requested"


def test_nobody_lifts_what_is_about_them_or_their_house(ways: Ways) -> None:
    house = ways.made.world.organisation
    theirs = person("Petra Partial", Role.OFFICER, house)
    also = person("petra partial", Role.APPROVER, username="petra-too")
    olga = person("Olga Officer", Role.OFFICER)
    for whom in (house, ways.made.world.application, theirs):
        bar = unreviewed(whom)
        for each in (theirs, also):
            assert bars.lift(bar, each, "We are fine.", now=timezone.now()) == "approval.same_person"
        assert bars.lift(bar, olga, "Looked.", now=timezone.now()) == ""
    with pytest.raises(decide.NotAllowed):
        suspended(house, person("Sam Staff", Role.STAFF))


def unreviewed(whom: Any) -> Bar:
    """Suspended by the job that misses a review: it may suspend anybody."""
    found = bars.suspend(whom, Bar.Because.REVIEW, actor=SYSTEM, why="Nobody looked.", now=timezone.now())
    assert found is not None
    return found


def test_nobody_alone_puts_out_whoever_decides(committing: str) -> None:
    """One of two deciders could else decide alone; two people disable such a person."""
    olga, ada, otto = (
        person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER), person("Otto", Role.OFFICER),
    )  # fmt: skip
    sam = person("Sam Staff", Role.STAFF)
    hers = browser_of(olga)
    page = hers.get("/duties/suspensions/").content.decode()
    assert f"person:{sam.id}" in page
    for each in (ada, otto, olga):
        assert f"person:{each.id}" not in page
        said = {"whom": f"person:{each.id}", "why": "Out of the way."}
        assert hers.post("/duties/suspensions/new/", said).status_code == 422
        with pytest.raises(decide.NotAllowed):
            suspended(each, olga)
    assert not Bar.objects.exists()
    assert suspended(sam, olga).of == "person"


def test_who_is_suspended_is_not_left_to_decide(committing: str) -> None:
    olga, otto = person("Olga Officer", Role.OFFICER), person("Otto", Role.OFFICER)
    ada = person("Ada", Role.APPROVER)
    unreviewed(otto)
    no = leaving.disable(olga, by=otto, reason="Gone.", now=timezone.now())
    assert isinstance(no, Refusal)
    assert no.code == "state.conflict"
    assert isinstance(leaving.disable(ada, by=olga, reason="Gone.", now=timezone.now()), Refusal)


def test_the_pages_press_ask_suspend_and_lift(ways: Ways) -> None:
    olga, ada = person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER)
    hers, other = browser_of(olga), browser_of(ada)
    assert "Disclosures go on" in hers.get("/duties/stop/").content.decode()
    assert hers.post("/duties/stop/", {"why": ""}).status_code == 422
    assert hers.post("/duties/stop/", {"why": "Look first."}).status_code == 302
    page = hers.get("/duties/stop/").content.decode()
    assert "Nothing goes out since" in page
    assert "Olga Officer" in page
    assert hers.post("/duties/stop/resume/", {"why": "Looked."}).status_code == 302
    assert "A second person is asked" in hers.get("/duties/stop/").content.decode()
    asked = Approval.objects.get(act=bars.RESUME)
    assert "disclosures go on" in other.get(f"/console/approvals/{asked.id}/").content.decode()
    decide.approve(asked.id, approver=actor(ada), now=timezone.now())
    house = ways.made.world.organisation
    said = {"whom": f"organisation:{house.id}", "why": "A complaint."}
    assert hers.post("/duties/suspensions/new/", said).status_code == 302
    bar = Bar.objects.get(of="organisation")
    assert house.legal_name in other.get("/duties/suspensions/").content.decode()
    assert hers.post(f"/duties/suspensions/{bar.id}/lift/", {"why": ""}).status_code == 422
    assert hers.post(f"/duties/suspensions/{bar.id}/lift/", {"why": "Answered."}).status_code == 302
    assert "Nobody is suspended" in other.get("/duties/suspensions/").content.decode()
    assert Bar.objects.get(id=bar.id).lifted_at is not None
    assert timezone.now() - bar.since < timedelta(hours=1)
    assert ManualRequest.objects.count() == 2
