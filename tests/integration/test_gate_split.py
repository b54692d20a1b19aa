"""A login whose halves stand in two members of a body, or in two messages about one request."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker.inlets import halves
from broker.inlets.models import Refused
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.terms import Actor, Refusal
from requests_app.desk import acts
from requests_app.desk_work import heard
from requests_app.desk_work.models import Heard
from requests_app.fees import asking
from requests_app.fees.lifecycle import Answer, Asks
from requests_app.fees.models import Reply
from requests_app.models import ManualRequest, Message
from tests.integration.test_gate_files import comes, thread
from tests.requests_world import ACTOR, events, world

__all__ = ["thread"]
SECRET = "Thimble!Gravel8"
USER = "SmartHub user: rob77@mill.example"


@pytest.mark.parametrize(
    "body",
    [
        {"login": "rob77@mill.example", "word": SECRET},
        {"who": {"login": "rob77@mill.example"}, "what": [{"word": SECRET}]},
        {"lines": ["the portal password is", SECRET]},
        {"label": "SmartHub password", "id": 7, "value": SECRET},
        {"a": USER, "kind": "x", "b": SECRET},
        {"lines": [*(f"meter number {each}" for each in range(600)), USER, SECRET]},
    ],
)
def test_a_login_split_over_the_members_of_a_body_is_seen(sqlite_db: str, body: dict[str, Any]) -> None:
    answer = Client().post("/api/v1/consents", json.dumps(body), content_type="application/json")
    assert answer.status_code == 403
    assert SECRET not in answer.content.decode()
    assert Refused.objects.get().inlet == "api_json"


def test_clean_members_pass(sqlite_db: str) -> None:
    w = world()
    assert w.post(w.ask()).status_code == 202
    deep = "[" * 5000 + "]" * 5000
    assert Client().post("/api/v1/consents", deep, content_type="application/json").status_code != 403


def say(manual: ManualRequest, words: str) -> Any:
    said = acts.Said(acts.Kind.WORDS, uuid.uuid4(), words)
    return acts.say(manual, said, address="", now=timezone.now())


def test_the_desks_words_are_read_together_with_its_earlier_ones(thread: ManualRequest) -> None:
    assert not isinstance(say(thread, USER), Refusal)
    kept = Message.objects.filter(direction="in").count()
    answer = say(thread, SECRET)
    assert isinstance(answer, Refusal)
    assert answer.code == "channel.forbidden.credentials"
    assert Message.objects.filter(direction="in").count() == kept
    assert [(each.inlet, each.part) for each in Refused.objects.all()] == [("web_form", "words")]
    assert len(events("mail.read")) == 1


def test_the_desks_words_are_read_together_with_a_mail_and_a_mail_with_them(thread: ManualRequest) -> None:
    assert comes(thread, text=USER) == "message"
    assert isinstance(say(thread, SECRET), Refusal)


def test_a_mail_is_read_together_with_the_desks_words(thread: ManualRequest) -> None:
    assert not isinstance(say(thread, USER), Refusal)
    assert comes(thread, text=SECRET) == "credentials"


def test_what_the_desk_heard_is_read_together_with_a_mail(thread: ManualRequest) -> None:
    assert comes(thread, text=USER) == "message"
    ann = create_user("ann", "Ann", Role.STAFF, password=None, actor=ACTOR)
    said = heard.Said(Heard.Way.PHONE, Heard.Kind.OTHER, timezone.now(), "A clerk", SECRET)
    refusal = heard.write_down(thread, said, ann, actor=Actor("s", ann.id, role=ann.role), now=timezone.now())
    assert isinstance(refusal, Refusal)
    assert [each.inlet for each in Refused.objects.all()] == ["admin_note"]


def test_plain_words_of_the_desk_open_nothing(thread: ManualRequest) -> None:
    assert not isinstance(say(thread, "We work on it, and answer next week."), Refusal)
    assert not isinstance(say(thread, "There is no fee for this."), Refusal)
    assert not events("mail.read")


def test_her_answers_are_read_together_with_her_earlier_ones(thread: ManualRequest) -> None:
    customer = thread.request.customer
    assert customer is not None

    def answered(words: str) -> Any:
        asked = asking.ask_customer(thread, Asks.WORDS, "What do you know of it?", actor=ACTOR, now=timezone.now())
        assert not isinstance(asked, Refusal)
        return asking.reply(asked, Answer.DONE, words, customer=customer, now=timezone.now())

    assert answered(USER) is None
    refusal = answered(SECRET)
    assert refusal is not None
    assert refusal.code == "channel.forbidden.credentials"
    assert Reply.objects.count() == 1
    assert [(each.inlet, each.sender) for each in Refused.objects.all()] == [("web_form", "customer")]


def test_an_earlier_login_hides_none_that_is_split_behind_it() -> None:
    let_through = "SmartHub password: Oats-4412!"
    assert halves.beside("\n".join((let_through, USER)), SECRET, "admin_note") is None
    found = halves.beside_any((let_through, USER), SECRET, "admin_note")
    assert found is not None
    assert halves.beside_any((let_through, "The meter was read."), "Thank you.", "admin_note") is None
