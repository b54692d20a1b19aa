"""Whoever has no mailbox, or chose paper, is told by a letter that staff print and post; no mail goes to `.invalid`."""

import ast
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from broker import jobs, notices
from broker.notices.models import Notice
from broker.terms import SERVICE, Actor
from broker.transport import Proof, ProvenAddress
from consents import electronic
from consents.identity import notice
from consents.joint import objecting
from consents.models import Consent, PaperChoice, PaperNotice
from consents.paper import posting
from tests.requests_world import World, coop, run_job, world

ROOT = Path(__file__).resolve().parents[2]
# She is signed in by a code of her own mailbox, or asks for the last mail to it.
BY_HER_OWN_MAILBOX = {"consents/electronic.py", "consents/life_views.py"}
STAFF = Actor("s", uuid.uuid4(), role="staff")


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Iterator[World]:
    """A customer who chose paper: her mailbox is not opened any more."""
    with coop(tmp_path, settings):
        made = world(data_types=["bill", "usage_hourly"])
        with transaction.atomic():
            ref = electronic.printed(electronic.Message("paused", made.customer, {}, "test"), actor=SERVICE("tests"))
            PaperChoice.objects.create(customer=made.customer, since=timezone.now(), audit_event_id=ref.id)
        yield made


def run(kind: str, subject: uuid.UUID) -> str:
    """Have a job of this kind done."""
    with transaction.atomic():
        jobs.enqueue(kind, subject, key=uuid.uuid4().hex)
    return run_job(kind, subject)


def letters() -> list[str]:
    """Give the templates of what waits for the post; no mail to her may stand beside them."""
    return list(PaperNotice.objects.order_by("made_at").values_list("template", flat=True))


def test_no_mail_is_written_to_an_address_that_nobody_reads(committing: str) -> None:
    """The one door of all mail refuses it, whoever calls."""
    for address in ("x@paper.invalid", "x@PAPER.INVALID", "x@invalid.invalid"):
        with pytest.raises(ValueError, match="goes by post"), transaction.atomic():
            notices.send_later(
                "objection_paused",
                to=ProvenAddress(address, Proof("code", "test")),
                subject=uuid.uuid4(),
                context={"number": "OB-1", "who": "A", "my_path": "/my/"},
                key=address,
            )
    assert not Notice.objects.exists()


def test_nobody_opens_an_address_past_the_choice_of_paper() -> None:
    """Every caller goes through `electronic`, or has her signed in by that mailbox."""
    found = set()
    for path in [p for package in ("broker", "consents", "requests_app") for p in (ROOT / package).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and "customer_address" in ast.unparse(node.func):
                found.add(str(path.relative_to(ROOT)))
    assert found == BY_HER_OWN_MAILBOX


def test_that_the_co_op_was_asked_goes_by_post(w: World) -> None:
    manual = w.manual(data_types=["bill"])
    assert run_job("manual.send", manual.id) == "done"
    for _again in range(2):
        assert run("request.told", manual.id) == "done"
    assert letters() == ["request_sent"]
    assert not Notice.objects.filter(template="request_sent").exists()


def test_that_a_permission_rests_and_goes_on_goes_by_post(w: World) -> None:
    assert run(objecting.RESUMED_MAIL, w.consent.id) == "done"
    assert letters() == ["objection_resumed"]
    assert not Notice.objects.exists()


def test_the_hours_before_hourly_data_run_from_when_a_letter_has_come(w: World) -> None:
    """Not from when it was printed, and not before staff say that it went out."""
    assert run(notice.NOTICE, w.consent.id) == "done"
    assert letters() == ["hourly_notice"]
    assert run_job(notice.SENT, w.consent.id) == "queued"
    now = timezone.now()
    assert posting.posted(PaperNotice.objects.get(), actor=STAFF, now=now)
    assert run_job(notice.SENT, w.consent.id) == "queued"
    assert Consent.objects.get().notice_at is None
    later = now + notice.POST_DAYS + timedelta(hours=1)
    with time_machine.travel(later):
        assert run_job(notice.SENT, w.consent.id, now=later) == "done"
    assert Consent.objects.get().notice_at == now + notice.POST_DAYS


def test_what_tells_of_no_consent_goes_with_the_newest(w: World) -> None:
    message = electronic.Message(
        "question_answered",
        w.customer,
        {"number": "Q-1", "at": timezone.now(), "reply": "A reply.", "my_path": "/my/"},
        "question-answered:1",
    )
    told = {electronic.tell(message, why="reply", actor=SERVICE("tests"), now=timezone.now()) for _ in range(2)}
    assert told == set(PaperNotice.objects.filter(consent=w.consent).values_list("id", flat=True))
    assert not Notice.objects.exists()
