"""What the database itself refuses of files that a recipient brought: to become data without the customer's yes."""

import uuid
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from broker.audit import log
from broker.terms import Actor, Refusal
from requests_app import share
from requests_app.brought import rules
from requests_app.brought.models import Answer, BroughtFile, Drop
from requests_app.models import ReceivedFile
from requests_app.share import Push
from tests.brought_world import bookkeeper, dropped
from tests.integration.test_brought import bill
from tests.joint_world import stranger
from tests.requests_world import ACTOR, World, organisation, world


@pytest.fixture
def w(committing: str) -> World:
    return world(onward_recipients=[])


@pytest.fixture
def file(w: World) -> BroughtFile:
    ana: Client = bookkeeper(w)
    dropped(ana, {"a.pdf": bill(1)})
    return BroughtFile.objects.get()


def becomes(file: BroughtFile, **values: Any) -> None:
    """Change the row as a bug of ours would: with an entry, and without anything else."""
    with transaction.atomic():
        ref = log.append("brought.ended", actor=ACTOR, subject=None, obj="share", body={})
        BroughtFile.objects.filter(id=file.id).update(**values, audit_event_id=ref.id)


def answered(file: BroughtFile, customer: uuid.UUID, *, yes: bool) -> Answer:
    with transaction.atomic():
        ref = log.append("brought.confirmed", actor=ACTOR, subject=customer, obj="share", body={})
        now = timezone.now()
        return Answer.objects.create(file=file, customer_id=customer, yes=yes, at=now, audit_event_id=ref.id)


@pytest.mark.promise("brought-waits-for-yes")
def test_no_held_file_is_taken_without_her_yes(w: World, file: BroughtFile) -> None:
    for values in ({"state": "confirmed"}, {"state": "not_taken", "settled_at": timezone.now()}):
        with pytest.raises(DatabaseError, match="evidence"):
            becomes(file, **values)
    other = share.receive_share(
        w.consent, None, "b.pdf", bill(2), to_nectar=False, actor=Actor("c", w.customer.id), now=timezone.now()
    )
    assert isinstance(other, ReceivedFile)
    with pytest.raises(DatabaseError, match="evidence"):
        becomes(file, state="taken", received=other, settled_at=timezone.now())
    answered(file, w.customer.id, yes=True)
    with pytest.raises(DatabaseError, match="evidence"):  # nor in one step, nor as another file than it is
        becomes(file, state="taken", received=other, settled_at=timezone.now())
    becomes(file, state="confirmed")
    with pytest.raises(DatabaseError, match="evidence"):
        becomes(file, state="taken", received=other, settled_at=timezone.now())


def test_no_file_with_its_bytes_is_taken_as_shared_while_it_waits(
    w: World, file: BroughtFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    push = share.look(w.consent, None, "a.pdf", bill(1), to_nectar=False, now=timezone.now())
    assert isinstance(push, Push)
    monkeypatch.setattr(share, "_before", [])  # nobody ends the waiting
    with pytest.raises((DatabaseError, ReceivedFile.DoesNotExist)):
        share.keep(push, actor=Actor("c", w.customer.id), now=timezone.now())
    assert not ReceivedFile.objects.exists()
    assert not isinstance(push, Refusal)


def test_nobody_answers_for_another_or_too_late_or_twice(w: World, file: BroughtFile) -> None:
    with pytest.raises(DatabaseError, match="evidence"):
        answered(file, stranger(w).customer_id, yes=True)
    answered(file, w.customer.id, yes=False)
    with pytest.raises(DatabaseError, match="evidence"):
        becomes(file, state="confirmed")
    with pytest.raises(DatabaseError):
        answered(file, w.customer.id, yes=True)
    becomes(file, state="declined", settled_at=timezone.now())
    with pytest.raises(DatabaseError, match="evidence"):
        becomes(file, state="waiting", settled_at=None)


def test_an_answer_and_a_drop_stay_as_they_are(w: World, file: BroughtFile) -> None:
    answered(file, w.customer.id, yes=False)
    for model, values in ((Answer, {"yes": True}), (Drop, {"expires_at": F("begun_at")})):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(**values)
    with pytest.raises(DatabaseError), transaction.atomic():
        Answer.objects.all()._raw_delete("default")


def test_a_file_is_held_for_a_permission_of_those_who_brought_it(w: World, file: BroughtFile) -> None:
    rival, _app, _key = organisation("rival", timezone.now())
    with transaction.atomic():
        ref = log.append("brought.begun", actor=ACTOR, subject=None, obj="share", body={})
        theirs = Drop.objects.create(
            organisation=rival,
            by=file.drop.by,
            begun_at=timezone.now(),
            expires_at=timezone.now() + rules.WAITS,
            audit_event_id=ref.id,
        )
    for values in ({"drop": theirs}, {"sha256": bytes(32)}, {"consent": stranger(w)}):
        with pytest.raises(DatabaseError, match="evidence"):
            becomes(file, **values)
    kept = {
        name: getattr(file, name) for name in ("consent", "account", "data_type", "media_type", "file", "preview", "at")
    }
    with transaction.atomic():
        ref = log.append("brought.waits", actor=ACTOR, subject=w.customer.id, obj="share", body={})
        with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
            BroughtFile.objects.create(
                drop=theirs, number=1, state="waiting", sha256=b"x" * 32, audit_event_id=ref.id, **kept
            )
