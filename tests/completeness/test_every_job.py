"""Each kind of job, run once for real, leaves exactly the declared events; a new kind fails until it is declared."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.approvals import decide
from broker.audit import log, signer
from broker.console import acting
from broker.console.packs import demands
from broker.console.packs.lifecycle import Redaction
from broker.jobs import registry
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties import canary
from broker.parties.models import Role, User
from broker.rehearsal import paper
from broker.rehearsal.nectar import Nectar
from broker.terms import SERVICE, Actor
from consents import actions, rules, terms
from consents.ceremony import disclosure
from consents.models import Consent, Draft
from requests_app.models import NectarPull
from requests_app.nectar import hooks
from requests_app.nectar.models import Company, Hook
from requests_app.upload import drafts as share_drafts
from requests_app.watching import credentials
from tests.completeness.declared_jobs import JOBS
from tests.completeness.watch import Watch
from tests.factories import enrol
from tests.integration.audit_support import integrate
from tests.integration.console_support import desk as signing
from tests.integration.console_support import officer, refused
from tests.integration.grant_support import Desk, desk
from tests.integration.test_share import bill, share
from tests.packs_world import packs, proven_world
from tests.requests_world import ACCOUNT, coop, run_job, world

__all__ = ["desk", "signing"]


def watching(*kinds: str) -> Watch:
    """A watch over these jobs alone."""
    return Watch({f"job {each}": JOBS[each] for each in kinds}, prefix="job")


def runs(kind: str, subject: uuid.UUID, *, now: Any = None, ends: str = "done") -> Callable[[], None]:
    """Give what runs the newest job of a kind and subject once."""

    def run() -> None:
        assert run_job(kind, subject, now=now) == ends, Job.objects.filter(kind=kind).values("last_error_code")

    return run


def test_a_grant_and_its_end(desk: Desk) -> None:
    watch = watching("letter.seal", "consent.receipt", "notices.send", "consent.stopped", "stopping.receipt")
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    desk.sign(person)
    consent = Consent.objects.get()
    watch.know("her", consent.customer_id)
    watch.names["consent"] = str(consent.id)
    integrate(desk.signer.answer)
    watch.step("letter.seal", runs("letter.seal", consent.id))
    integrate(desk.signer.answer)
    watch.step("consent.receipt", runs("consent.receipt", consent.id))
    watch.step("notices.send", runs("notices.send", Notice.objects.get(template="receipt").id))
    consent.refresh_from_db()
    actions.revoke(consent, actor=Actor("c", consent.customer_id), how="test", now=timezone.now())
    watch.step("consent.stopped", runs("consent.stopped", consent.id))
    integrate(desk.signer.answer)
    watch.step("stopping.receipt", runs("stopping.receipt", consent.id))
    watch.finish()


def test_needs_of_electronic_records_that_changed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = watching("electronic.changed")
    desk.grant()
    her = Consent.objects.get().customer_id
    watch.know("her", her)
    for module in (rules, disclosure):
        monkeypatch.setattr(module, "DISCLOSURE", "esign 99.0.0")
    assert terms.enqueue_due() == 1
    watch.step("electronic.changed", runs("electronic.changed", her))
    watch.finish()


def test_a_draft_whose_days_are_over(desk: Desk) -> None:
    watch, person = watching("draft.end"), desk.visitor()
    desk.enter(person)
    draft = Draft.objects.get()
    watch.know("draft", draft.id)
    with time_machine.travel(draft.expires_at + timedelta(seconds=1)):
        watch.step("draft.end", runs("draft.end", draft.id, now=timezone.now()))
    assert not Draft.objects.exists()
    watch.finish()


def test_files_that_were_looked_at_and_not_saved(committing: str) -> None:
    watch, w = watching("share_draft.end"), world(onward_recipients=[])
    draft = share_drafts.begin(w.consent, now=timezone.now())
    given = share_drafts.Given("bill.pdf", bill())
    share_drafts.add(draft, [given], actor=Actor("c", w.customer.id), now=timezone.now())
    watch.know("her", w.customer.id)
    watch.know("shared", draft.id)
    with time_machine.travel(draft.expires_at + timedelta(seconds=1)):
        watch.step("share_draft.end", runs("share_draft.end", draft.id, now=timezone.now()))
    watch.finish()


def test_a_request_to_the_co_op_and_its_withdrawal(committing: str, tmp_path: Path, settings: Any) -> None:
    watch = watching("manual.send", "request.told", "recipient.told", "manual.withdraw", "stopping.follow", "gate.told")
    with coop(tmp_path, settings):
        w = world()
        watch.know("her", w.customer.id)
        manual = w.manual()
        watch.names |= {"number": manual.number, "request": str(manual.request_id), "consent": str(w.consent.id)}
        watch.step("manual.send", runs("manual.send", manual.id))
        watch.step("request.told", runs("request.told", manual.id))
        _enqueue("recipient.told", manual.request_id)
        watch.step("recipient.told", runs("recipient.told", manual.request_id))
        with transaction.atomic():
            credentials.held(manual, timezone.now())
        watch.step("gate.told", runs("gate.told", manual.id))
        actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
        watch.step("stopping.follow", runs("stopping.follow", w.consent.id, ends="queued"))
        watch.step("manual.withdraw", runs("manual.withdraw", manual.id))
    watch.finish()


def test_an_ask_that_waits_for_her_own_files(committing: str) -> None:
    watch, w = watching("request.waits_for_her"), world()
    watch.know("her", w.customer.id)
    asked = w.post(w.ask(channel="customer_upload")).json()["id"]
    watch.step("request.waits_for_her", runs("request.waits_for_her", uuid.UUID(asked)))
    watch.finish()


def _enqueue(kind: str, subject: uuid.UUID) -> None:
    with transaction.atomic():
        jobs.enqueue(kind, subject)


def test_a_round_to_the_mailbox(committing: str) -> None:
    from requests_app.mailbox import DAILY, MAIL_POLL

    watch = watching(MAIL_POLL)
    _enqueue(MAIL_POLL, DAILY)
    watch.step(MAIL_POLL, runs(MAIL_POLL, DAILY))
    watch.finish()


def test_a_bill_through_nectar(committing: str, settings: Any) -> None:
    watch, w = watching("nectar.upload", "nectar.poll", "nectar.hint", "nectar.forget"), world()
    watch.names["consent"] = str(w.consent.id)
    watch.know("her", w.customer.id)
    with Nectar(polls_until_done=0) as played:
        settings.NECTAR_URL, settings.NECTAR_API_KEY = played.url, played.api_key
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{played.port}"]
        share(w, "bill.pdf", bill(), to_nectar=True)
        pull = NectarPull.objects.get()
        watch.step("nectar.upload", runs("nectar.upload", pull.id))
        watch.step("nectar.poll", runs("nectar.poll", pull.id))
        (entry,), (document,) = played.usage.values(), played.documents.values()
        entry["usage"] = "800"
        settings.NECTAR_WEBHOOK_SECRETS = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
        told, now = played.tell("document.updated.v2", document), timezone.now()
        headers = told.headers(settings.NECTAR_WEBHOOK_SECRETS[0], now)
        assert hooks.accept(headers, told.body, address="here", now=now).status == 202
        watch.step("nectar.hint", runs("nectar.hint", Hook.objects.get().id))
        actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
        watch.step("nectar.forget", runs("nectar.forget", Company.objects.get().id))
    watch.finish()


def test_two_files_of_the_same_days(committing: str) -> None:
    watch, w = watching("series.compare"), world()
    watch.know("her", w.customer.id)
    for changed in ("49.600", "49.700"):
        share(w, "usage.csv", usage_csv(changed).encode())
    series = Job.objects.get(kind="series.compare").subject_id
    watch.step("series.compare", runs("series.compare", series))
    watch.finish()


def usage_csv(first: str) -> str:
    """A usage file of two days of one house, the first with this value."""
    values = [Decimal(first), Decimal("23.030")]
    return paper.usage_csv(account=ACCOUNT, first=date(2025, 10, 19), delivered=values)


def test_a_pack_and_a_notice_of_a_demand(committing: str, settings: Any, tmp_path: Path) -> None:
    watch = watching("pack.build begins", "pack.build", "pack.expire", "pack.clear", "demand.notice")
    with packs(settings, tmp_path / "log") as made:
        watch.know("her", made.world.customer.id)
        pack = made.ask(redaction=Redaction.MASKED)
        made.approve(pack)
        watch.names |= {"pack": str(pack.id), "number": pack.number}
        watch.know("pack", pack.id)
        watch.step("pack.build begins", runs("pack.build", pack.id, ends="queued"))
        integrate(made.desk.answer)
        watch.step("pack.build", runs("pack.build", pack.id, now=timezone.now() + timedelta(seconds=2)))
        pack.refresh_from_db()
        assert pack.state == "ready"
        assert pack.expires_at is not None
        with time_machine.travel(pack.expires_at, tick=False):
            watch.step("pack.expire", runs("pack.expire", pack.id))
        _enqueue("pack.clear", pack.id)
        watch.step("pack.clear", runs("pack.clear", pack.id))
        received = demands.Received("A court", "subpoena", "CV-1", "All", date(2026, 3, 2), date(2026, 3, 20), None)
        demand = demands.record(received, actor=made.actor(made.officer), now=timezone.now())
        demands.name_subjects(demand, ["pat@member.example"], actor=made.actor(made.officer), now=timezone.now())
        demands.give_notice(demand, actor=made.actor(made.officer), now=timezone.now())
        watch.names["demand"] = str(demand.id)
        watch.step("demand.notice", runs("demand.notice", demand.subjects.get().id))
    watch.finish()


def test_the_jobs_of_the_console(committing: str, signing: signer.Desk, tmp_path: Path, settings: Any) -> None:
    watch = watching("console.watch", "console.watch quiet", "console.verify", "canary.watch", "canary.watch touched")
    w, now = proven_world(), timezone.now()
    officer()
    user = User.objects.get(role=Role.OFFICER)
    view = acting.save_view(user, "Refusals", {"res": "denied"}, shared=False, notify=True, now=now)
    watch.names["view"] = str(view.id)
    integrate(signing.answer)
    watch.step("console.watch quiet", runs("console.watch", view.id))
    refused(w)
    integrate(signing.answer)
    watch.step("console.watch", runs("console.watch", view.id, now=now + timedelta(hours=1)))
    acting.ask_to_verify(user)
    watch.step("console.verify", runs("console.verify", Job.objects.get(kind="console.verify").subject_id))
    canary.plant("obec", now=now)
    watch.step("canary.watch", runs(canary.WATCH, canary.PLANTER.id, now=now + timedelta(hours=1)))
    facts: Any = {"actor": SERVICE("tests"), "subject": canary.subject(), "purpose": "support", "body": {}}
    watch.names["touch"] = log.append_read("data.read", **facts).id
    watch.step("canary.watch touched", runs(canary.WATCH, canary.PLANTER.id, now=now + timedelta(hours=2)))
    watch.finish()


def test_what_two_people_did_not_decide_in_time(committing: str) -> None:
    watch, asking = watching("approvals.expire"), Actor("s", uuid.uuid4(), role="officer")
    enrol(asking)
    made = decide.request("key.shred", requester=asking, reason="A test", now=timezone.now())
    with time_machine.travel(made.expires_at + timedelta(seconds=1)):
        watch.step("approvals.expire", runs(decide.EXPIRE, made.id, now=timezone.now()))
    watch.finish()


def test_every_kind_of_job_is_declared_and_every_declaration_has_its_kind() -> None:
    assert {name.split()[0] for name in JOBS} == jobs_of_the_product()


def jobs_of_the_product() -> set[str]:
    """The kinds that have a handler of ours; tests register some of their own."""
    return {kind for kind in registry.kinds() if not registry.handler_of(kind).__module__.startswith("tests.")}
