"""A mailbox is one mailbox, however its address is written: counted as one, and left alone as one."""

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from broker import vault
from broker.audit import log
from broker.notices.models import Notice
from broker.parties import links
from broker.parties.mailbox import mailbox_of
from broker.parties.models import EmailLink
from consents.asking import acts, ending, inviting
from consents.asking.acts import Asker, Made
from consents.asking.models import AskBlock, ConsentAsk
from tests import factories
from tests.integration.asking_support import HER, application, body, code, make

NAME, HOUSE = HER.split("@")
WAYS = [f"{NAME}+rates@{HOUSE}", f"{NAME.upper()}@{HOUSE.upper()}", f"{NAME}+a+b@{HOUSE.title()}"]
pytestmark = pytest.mark.usefixtures("committing")


@pytest.fixture
def asker(committing: str) -> Asker:
    return Asker.app(application(factories.organisation())[0])


def again(asker: Asker, email: str, key: str) -> object:
    return acts.ask(asker, body(email=email), idempotency_key=key, now=timezone.now())


@pytest.mark.parametrize("written", [HER, WAYS[0]])
def test_who_wants_no_more_is_reached_by_no_other_way_of_writing_her_address(asker: Asker, written: str) -> None:
    first, waits = make(asker, email=written), make(asker, "waits", email=WAYS[2])
    assert ending.block(first, now=timezone.now())
    for number, email in enumerate([HER, *WAYS]):
        assert code(again(asker, email, f"again-{number}")) == "asking.not_wanted"
    inviting.invite(ConsentAsk.objects.select_related("organisation").get(id=waits.id), now=timezone.now())
    assert not Notice.objects.filter(template="consent_asked").exists()
    assert isinstance(again(asker, f"other@{HOUSE}", "other"), Made)


def test_a_word_from_before_stands_under_the_address_as_it_was_written(asker: Asker) -> None:
    ask = make(asker, email=WAYS[0])
    index = vault.blind_index("email", WAYS[0])
    with transaction.atomic():
        ref = log.append("ask.blocked", actor=ending.person(ask), subject=ask.id, obj="contact", body={})
        AskBlock.objects.create(
            organisation=ask.organisation, email_index=index, at=timezone.now(), audit_event_id=ref.id
        )
    assert code(again(asker, WAYS[0], "k-2")) == "asking.not_wanted"


def test_one_mailbox_is_asked_five_times_a_month_in_all(asker: Asker) -> None:
    found = [again(asker, (HER, *WAYS)[n % 4], f"k-{n}") for n in range(7)]
    assert [isinstance(each, Made) for each in found] == [True] * 5 + [False] * 2


def test_the_invitation_goes_to_the_address_as_it_was_written(asker: Asker, monkeypatch: Any) -> None:
    sent = []
    monkeypatch.setattr(inviting.notices, "send_later", lambda *_, to, **__: sent.append(to.address))
    ask = make(asker, email=WAYS[0])
    inviting.invite(ConsentAsk.objects.select_related("organisation").get(id=ask.id), now=timezone.now())
    assert sent == [WAYS[0]] != [mailbox_of(WAYS[0])]


def test_links_and_codes_flood_no_mailbox_under_many_ways_of_writing_it(committing: str) -> None:
    now = timezone.now().replace(minute=0)
    made = [
        links.begin(
            f"{NAME}+{n}@{HOUSE}", EmailLink.Purpose.MY, organisation=None, language="en", now=now, address="192.0.2.1"
        )
        for n in range(8)
    ]
    assert [each is not None for each in made] == [True] * 6 + [False] * 2
