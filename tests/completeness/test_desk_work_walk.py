"""The desk's own work: each page and act leaves exactly the declared events."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from broker import jobs
from broker.audit import log
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.rehearsal import paper
from requests_app.desk_work import digest, mailboxes
from requests_app.desk_work.models import Absence, DeskMailbox
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message, ReceivedFile
from tests.clock import today, travel
from tests.completeness.declared import DECLARED
from tests.completeness.test_every_job import runs, watching
from tests.completeness.watch import Watch
from tests.integration.test_desk_digest import proven_mailbox
from tests.integration.test_receive import take
from tests.ladder_world import NOW, fresh, on, work
from tests.request_lives import bring
from tests.requests_world import ACCOUNT, ACTOR, coop, reply, run_job, world
from tests.scenarios.coops import OBEC, both_coops

__all__ = ["both_coops"]

CALL, SECOND, DECIDE = date(2026, 3, 19), date(2026, 3, 24), date(2026, 3, 31)


@pytest.fixture
def in_march(both_coops: None, committing: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    with travel(NOW):
        yield


def clerk(name: str) -> tuple[Client, User]:
    user = create_user(name, f"{name.title()} Example", Role.STAFF, password=None, actor=ACTOR)
    return browser(user), user


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sends(client: Client, expect: int) -> Callable[..., Callable[[], Any]]:
    """Give what sends to an address and demands its status."""

    def to(path: str, data: dict[str, Any] | None = None, status: int = expect) -> Callable[[], Any]:
        def sent() -> Any:
            answer = client.get(path) if data is None else client.post(path, data)
            assert answer.status_code == status, (path, answer.status_code, answer.content[:500])
            return answer

        return sent

    return to


def test_the_desks_own_work_leaves_what_is_declared(in_march: None, tmp_path: Path, settings: Any) -> None:
    watch = Watch(DECLARED, prefix="desk-work")
    with coop(tmp_path, settings) as mailbox:
        w = world()
        watch.know("her", w.customer.id)
        manual, other = w.manual(), w.manual(data_types=["bill"])
        for each in (manual, other):
            run_job("manual.send", each.id)
        watch.names["number"] = manual.number
        client, user = clerk("ann")
        watch.know("clerk", user.id)
        to, at = sends(client, 302), f"/admin/requests/{manual.id}/"
        _whose(watch, to, at, manual)
        _notes(watch, to, at)
        _heard(watch, to, at)
        _thread(watch, to, manual)
        _away(watch, to, user)
        _morning(watch, to, user, mailbox)
        watch.names["number"] = other.number
        _ladder(watch, user, other)
    watch.finish()


def _whose(watch: Watch, to: Any, at: str, manual: ManualRequest) -> None:
    watch.step("admin:find POST", to("/admin/find/", {"number": manual.number.lower()}))
    watch.step("admin:find POST unknown", to("/admin/find/", {"number": "R-0"}))
    watch.step("admin:next POST nothing", to("/admin/next/", {}))  # both wait for the co-op
    watch.step("admin:request-take POST", to(f"{at}take/", {}))
    watch.step("admin:request-take POST again", to(f"{at}take/", {}))
    other = clerk("sam")[1]
    watch.step("admin:request-give POST", to(f"{at}give/", {"person": str(other.id)}))
    watch.step("admin:request-give POST wrong", to(f"{at}give/", {"person": "nobody"}))
    watch.step("admin:request-release POST", to(f"{at}release/", {}))
    watch.step("admin:request-release POST again", to(f"{at}release/", {}))


def _notes(watch: Watch, to: Any, at: str) -> None:
    watch.step("admin:request-note POST wrong", to(f"{at}note/", {"text": ""}, 422))
    watch.step("admin:request-note POST", to(f"{at}note/", {"text": "Ask for billing."}))
    watch.step("admin:request-notes POST", to(f"{at}notes/", {}, 200))


def _heard(watch: Watch, to: Any, at: str) -> None:
    said = {"way": "post", "kind": "own_form", "words": "They want a form of their own.", "on": today().isoformat()}
    report = paper.usage_report(account=ACCOUNT, rows=[("2025-10-19", "49.600")])
    scan = SimpleUploadedFile("form.pdf", report, "application/pdf")
    watch.step("admin:request-heard GET", to(f"{at}heard/", None, 200))
    watch.step("admin:request-heard POST wrong", to(f"{at}heard/", {**said, "words": ""}, 422))
    watch.step("admin:request-heard POST", to(f"{at}heard/", {**said, "scan": scan}))


def _thread(watch: Watch, to: Any, manual: ManualRequest) -> None:
    letter = Message.objects.get(manual=manual, direction="out", kind="request")
    watch.step("admin:message POST", to(f"/admin/messages/{letter.id}/", {}, 200))
    take(reply(manual, csv=False, sender="eve@elsewhere.example"), manual)
    sealed = Message.objects.get(kind="held", manual=manual)
    watch.step("admin:message POST sealed", to(f"/admin/messages/{sealed.id}/", {}))
    heard = Message.objects.get(kind="post")
    watch.step("admin:message-scan POST", to(f"/admin/messages/{heard.id}/scan/", {}, 200))


def _away(watch: Watch, to: Any, user: User) -> None:
    stand_in, day = User.objects.get(username="sam"), today().isoformat()
    said = {"person": str(user.id), "cover": str(stand_in.id), "first": day, "last": day}
    watch.step("admin:absences GET", to("/admin/away/", None, 200))
    watch.step("admin:absences POST wrong", to("/admin/away/", {**said, "cover": str(user.id)}, 422))
    watch.step("admin:absences POST", to("/admin/away/", said))
    back = f"/admin/away/{Absence.objects.get().id}/back/"
    watch.step("admin:absence-back POST", to(back, {}))
    watch.step("admin:absence-back POST again", to(back, {}))


def _morning(watch: Watch, to: Any, user: User, mailbox: Any) -> None:
    at = "/admin/morning/"
    watch.step("admin:morning GET", to(at, None, 200))
    watch.step("admin:morning POST address", to(at, {"do": "address", "email": "ann@desk.example"}))
    watch.step("admin:morning GET known", to(at, None, 200))
    assert run_job("notices.send", Notice.objects.get(template="desk_code").id) == "done"
    (code,) = mailbox.mails.search(to="ann@desk.example")[0]["codes"]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    watch.step("admin:morning POST wrong", to(at, {"do": "code", "code": wrong}, 422))
    watch.step("admin:morning POST code", to(at, {"do": "code", "code": code}))
    watch.step("admin:morning POST another", to(at, {"do": "address", "email": "ann@other.example"}))
    assert run_job("notices.send", Notice.objects.get(template="desk_code", state="queued").id) == "done"
    (code,) = mailbox.mails.search(to="ann@other.example")[0]["codes"]
    watch.step("admin:morning POST another code", to(at, {"do": "code", "code": code}))
    watch.step("admin:morning POST off", to(at, {"do": "off"}))
    assert not DeskMailbox.objects.get(person=user).wanted


def _ladder(watch: Watch, user: User, manual: ManualRequest) -> None:
    at = f"/admin/requests/{manual.id}/"
    for day in (OBEC.first_follow_up, CALL):
        with on(day) as now:
            work(now)
    with on(CALL, 14):
        to = sends(browser(user), 302)
        watch.step("admin:next POST", to("/admin/next/", {}))
        watch.step("admin:next POST again", to("/admin/next/", {}))
        said = {"on": CALL.isoformat(), "at": "13:30", "outcome": "not_reached"}
        watch.step("admin:request-call GET", to(f"{at}call/", None, 200))
        watch.step("admin:request-call POST wrong", to(f"{at}call/", {**said, "at": "15:30"}, 422))
        watch.step("admin:request-call POST", to(f"{at}call/", said))
    for day in (SECOND, DECIDE):
        with on(day) as now:
            work(now)
    with on(DECIDE, 11):
        to = sends(browser(user), 302)
        asks = {"choice": "close", "reason": "Nothing came."}
        watch.step("admin:request-decide GET", to(f"{at}decide/", None, 200))
        watch.step("admin:request-decide POST wrong", to(f"{at}decide/", {**asks, "choice": "wait"}, 422))
        watch.step("admin:request-decide POST", to(f"{at}decide/", asks))
        take(reply(fresh(manual), csv=False, text="Which meter do you mean?"), manual)
        mail = Message.objects.get(manual=manual, kind="message")
        read_as = f"/admin/messages/{mail.id}/read-as/"
        watch.step("admin:message-read-as POST", to(read_as, {"what": "question"}))
        watch.step("admin:message-read-as POST again", to(read_as, {"what": "question"}))
        take(reply(fresh(manual), csv=False, pdf=True), manual)
        file = ReceivedFile.objects.get()
        watch.step("admin:file-beside POST", to(f"/admin/files/{file.id}/beside/", {}, 200))


def test_an_address_of_the_morning_mail_whose_code_is_over(in_march: None) -> None:
    watch, user = watching(mailboxes.OVER, f"{mailboxes.OVER} early"), clerk("ann")[1]
    watch.know("clerk", user.id)
    proven_mailbox(user)
    for minutes in (0, 5):
        mailboxes.begin(user, "ann@other.example", actor=ACTOR, now=NOW + timedelta(minutes=minutes))
    early, late = Job.objects.filter(kind=mailboxes.OVER).order_by("due_at")
    with travel(NOW + timedelta(minutes=11)):  # the code of the second one is still good
        watch.step(f"{mailboxes.OVER} early", lambda: jobs.run(early.id))
    with travel(NOW + timedelta(minutes=16)):
        watch.step(mailboxes.OVER, lambda: jobs.run(late.id))
    watch.finish()
    assert DeskMailbox.objects.get().asked is None


def test_the_morning_mail_opens_an_address_once_for_each_that_it_writes(in_march: None) -> None:
    watch, w = watching("desk.morning"), world()
    user = clerk("ann")[1]
    watch.know("clerk", user.id)
    proven_mailbox(user)
    bring(w.manual(), ManualState.ANSWERED)
    with transaction.atomic():
        jobs.enqueue(digest.KIND, digest.DAILY, key="desk.morning:today")
    watch.step("desk.morning", runs(digest.KIND, digest.DAILY))
    watch.finish()
