"""A release is good for what was found: that of some words is none of a file beside them, nor the other way round."""

from typing import Any

import pytest
from django.utils import timezone

from broker.console.receipt_views import ReceiptForm
from broker.inlets import middleware, overrides
from broker.inlets.models import Refused
from broker.looking import IN_FILES, SAID, letting_through, look
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.publishing import changing
from requests_app.desk.models import DeskAct
from requests_app.models import ReceivedFile
from requests_app.recipients.listed_forms import ListedAccountsMixin
from tests.integration.desk_support import opened, press, upload
from tests.integration.test_desk_page import desk
from tests.integration.test_gate_too_long import LONG, TOO_LONG
from tests.recipients_world import browser_of
from tests.requests_world import ACCOUNT, ACTOR, events, usage

__all__ = ["desk"]
WORDS = "my portal password is Thimble!Gravel8"
CSV = usage(ACCOUNT).encode()
ONCE = "7a0c6f0e-51f4-4f3e-8c87-2f0f1f0b7c11"  # of the form: a page that gives words back gives it back as well


@pytest.fixture
def people(desk: Any) -> list[Any]:
    """Two who may say that something was a false alarm, and let it through."""
    return [create_user(name, name.title(), Role.STAFF, password=None, actor=ACTOR) for name in ("ann", "ben")]


def let_through(row: Refused, people: list[Any]) -> None:
    now = timezone.now()
    assert overrides.ask(row, people[0], "They speak of a plant.", now=now) == ""
    assert overrides.release(row, people[1], now=now) == ""


def newest() -> Refused:
    return Refused.objects.latest("at")


@pytest.mark.parametrize(
    ("words", "rows", "released"),
    [
        (WORDS, b"", 1),
        ("As asked.", f"Please note: {WORDS}\r\n".encode(), 1),
        (WORDS, f"Please note: {WORDS}\r\n".encode(), 2),
    ],
)
def test_each_sort_of_text_takes_a_release_of_its_own(
    desk: Any, people: list[Any], words: str, rows: bytes, released: int
) -> None:
    _, manual, mailbox = desk
    client = opened(manual, mailbox)

    def told() -> int:
        file = upload("usage.csv", CSV + rows)
        return press(client, manual, "files", once=ONCE, words=words, attached=[file]).status_code

    for count in range(1, released + 1):
        assert told() == 403
        assert Refused.objects.count() == count
        assert not DeskAct.objects.exists()
        let_through(newest(), people)

    assert told() == 302
    assert len(events("gate.passed")) == released
    assert DeskAct.objects.count() == ReceivedFile.objects.count() == 1
    assert told() == 403  # each is good for one message
    assert {each.passed_at is None for each in Refused.objects.exclude(id=newest().id)} == {False}


def test_another_request_and_another_sender_take_none_of_it(people: list[Any]) -> None:
    """Said of one request it is another message than said of the next, and a release is for whoever asked."""
    ann, ben = (browser_of(each) for each in people)
    here, there = "/admin/gate/1/", "/admin/gate/2/"
    assert ann.post(here, {"text": WORDS}).status_code == 403
    row = newest()
    assert overrides.ask(row, people[1], "It names a plant.", now=timezone.now()) == ""
    carol = create_user("carol", "Carol", Role.STAFF, password=None, actor=ACTOR)
    assert overrides.release(row, carol, now=timezone.now()) == ""
    assert ann.post(there, {"text": WORDS}).status_code == ben.post(here, {"text": WORDS}).status_code == 403
    assert not events("gate.passed")
    assert ann.post(here, {"text": WORDS}).status_code == 404  # it passes the gate; there is no such page
    assert len(events("gate.passed")) == 1


def test_of_two_sorts_one_release_takes_nothing(desk: Any, people: list[Any]) -> None:
    _, manual, mailbox = desk
    client = opened(manual, mailbox)
    sent = {"once": ONCE, "words": WORDS}
    assert press(client, manual, "files", **sent, attached=[upload("a.txt", WORDS.encode())]).status_code == 403
    row = newest()
    let_through(row, people)
    row.refresh_from_db()
    assert row.mac is not None
    assert overrides.use(bytes(row.mac), {SAID, IN_FILES}, ACTOR, now=timezone.now()) == {IN_FILES}
    assert overrides.use(bytes(row.mac), {IN_FILES}, ACTOR, now=timezone.now()) == {IN_FILES}
    assert overrides.use(bytes(row.mac), {SAID}, ACTOR, now=timezone.now()) == set()
    assert overrides.use(bytes(row.mac), {SAID}, ACTOR, now=timezone.now()) == {SAID}


def test_what_is_too_long_to_be_read_goes_through_with_no_release(
    desk: Any, people: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looked at it, so nobody can say that it was a false alarm."""
    _, manual, mailbox = desk
    client = opened(manual, mailbox)
    monkeypatch.setattr(middleware, "look", lambda text, inlet: TOO_LONG if text == LONG else look(text, inlet))
    answer = press(client, manual, "files", once=ONCE, words=WORDS, more=LONG, attached=[upload("a.csv", CSV)])
    assert answer.status_code == 403
    assert newest().structural
    assert not overrides.open_ones(timezone.now()).exists()


def test_a_file_that_a_form_reads_is_none_of_the_words_beside_it(sqlite_db: str) -> None:
    now, login = timezone.now(), f"# {WORDS}\n"
    with letting_through([SAID]):
        with pytest.raises(changing.NotProposed, match="looks like a portal login"):
            changing.propose("obec", login, requester=ACTOR, reason="a test", now=now)
        receipt = ReceiptForm({"text": ""}, {"file": upload("receipt.txt", login.encode())})
        assert "portal login" in str(receipt.errors["file"])
        accounts = ListedAccountsMixin({"pasted": ""}, {"file": upload("accounts.csv", login.encode())})
        assert accounts.is_valid()
        accounts.read_list(accounts.cleaned_data)
        assert "portal login" in str(accounts.errors["file"])
