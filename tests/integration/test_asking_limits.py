"""Asking is bounded and happens once: one key, one effect, also for many at once; so many mails and no more."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from broker.duties import bars
from broker.jobs import Held
from broker.jobs.models import Job
from broker.limits.counting import Limit
from broker.notices.models import Notice
from broker.parties.models import Organisation, Role
from broker.parties.staff import create_user
from broker.terms import SERVICE
from consents.asking import acts, inviting, listing
from consents.asking.acts import Asker, Made, TooMany
from consents.asking.ending import AskBlock
from consents.asking.models import ConsentAsk
from tests import factories
from tests.duties_world import person, suspended
from tests.integration.asking_support import HER, application, body, code, make
from tests.requests_world import coop, run_job

CONNECTIONS = 16
pytestmark = pytest.mark.usefixtures("committing")


@pytest.fixture
def organisation(committing: str) -> Organisation:
    """A recipient."""
    return factories.organisation()


@pytest.fixture
def asker(organisation: Organisation) -> Asker:
    """Its application."""
    return Asker.app(application(organisation)[0])


def at_once(asker: Asker, keys: list[str], **changes: object) -> list[object]:
    """Ask with all these keys at one moment, over as many connections as a database of tests has to give."""
    gate = threading.Barrier(CONNECTIONS)

    def some(first: int) -> list[object]:
        try:
            gate.wait(30)
            found = keys[first::CONNECTIONS]
            return [acts.ask(asker, body(**changes), idempotency_key=key, now=timezone.now()) for key in found]
        finally:
            connection.close()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [each for part in pool.map(some, range(CONNECTIONS)) for each in part]


def test_64_at_once_with_one_key_have_one_effect(asker):
    found = at_once(asker, ["same"] * 64)
    assert {each.ask.id for each in found if isinstance(each, Made)} == {ConsentAsk.objects.get().id}
    assert [type(each) for each in found] == [Made] * 64
    assert sum(not each.replayed for each in found if isinstance(each, Made)) == 1


def test_of_64_at_once_to_one_mailbox_exactly_five_are_taken(asker):
    found = at_once(asker, [f"k-{n}" for n in range(64)])
    assert sum(isinstance(each, Made) for each in found) == ConsentAsk.objects.count() == acts.TO_ONE.most == 5
    refused = [each for each in found if isinstance(each, TooMany)]
    assert len(refused) == 59
    assert {each.code for each in refused} == {"rate.limited"}
    assert all(each.at and each.at > timezone.now() for each in refused)


def test_the_same_key_gives_the_same_ask_and_another_body_is_an_error(asker):
    first = make(asker)
    again = acts.ask(asker, body(), idempotency_key="k-1", now=timezone.now())
    assert isinstance(again, Made)
    assert (again.ask, again.replayed) == (first, True)
    other = acts.ask(asker, body(purpose="research"), idempotency_key="k-1", now=timezone.now())
    assert code(other) == "idempotency.conflict"
    assert ConsentAsk.objects.count() == 1


def test_a_key_is_one_callers_own(asker, organisation):
    other = Asker.app(application(organisation, "Other")[0])
    assert make(asker) != make(other)


@pytest.mark.parametrize(("key", "refused"), [("", "idempotency.missing"), ("k" * 201, "ask.invalid")])
def test_a_key_is_needed(asker, key, refused):
    assert code(acts.ask(asker, body(), idempotency_key=key, now=timezone.now())) == refused


def test_what_is_not_written_as_it_must_be_is_refused_and_not_kept(asker):
    for odd in ({"note": "please"}, {"email": "gwen@member.invalid"}, {"email": ".gwen@member.example"}):
        assert code(acts.ask(asker, body(**odd), idempotency_key="k", now=timezone.now())) == "ask.invalid"
    deep: object = []
    for _ in range(100_000):
        deep = [deep]
    assert code(acts.ask(asker, body(account=deep), idempotency_key="k", now=timezone.now())) == "ask.invalid"
    assert code(acts.ask(asker, [], idempotency_key="k", now=timezone.now())) == "ask.invalid"
    assert not ConsentAsk.objects.exists()


def test_a_refused_ask_is_counted_against_nobody(asker):
    for n in range(5):
        make(asker, f"k-{n}")
    for n in range(20):
        assert code(acts.ask(asker, body(), idempotency_key=f"r-{n}", now=timezone.now())) == "rate.limited"
    make(asker, "k-other", email="another@member.example")


def test_an_organisation_asks_sixty_times_an_hour(asker, monkeypatch):
    monkeypatch.setattr(acts, "IN_AN_HOUR", replace(acts.IN_AN_HOUR, most=2))
    make(asker, "k-1", email=...)
    make(asker, "k-2", email=...)
    refused = acts.ask(asker, body(email=...), idempotency_key="k-3", now=timezone.now())
    assert isinstance(refused, TooMany)
    assert (acts.IN_AN_HOUR.most, acts.IN_A_DAY.most) == (2, 500)


def test_a_reminder_is_ordered_three_days_later_and_twice_at_most(asker):
    ask = make(asker)
    assert code(acts.resend(asker, ask, now=timezone.now())) == "rate.limited"
    day = timedelta(days=1)
    first = ask.asked_at + 3 * day
    assert isinstance(acts.resend(asker, ask, now=first), ConsentAsk)
    too_soon = acts.resend(asker, ask, now=first + 3 * day - timedelta(seconds=1))
    assert isinstance(too_soon, TooMany)
    assert too_soon.at == first + 3 * day
    assert isinstance(acts.resend(asker, ask, now=first + 3 * day), ConsentAsk)
    assert code(acts.resend(asker, ask, now=first + 20 * day)) == "asking.enough"
    assert (ConsentAsk.objects.get().mails, listing.as_json(ask, now=first)["resend_from"]) == (3, None)


def test_of_many_reminders_at_once_one_is_ordered(asker):
    ask = make(asker)
    now, gate = ask.asked_at + timedelta(days=3), threading.Barrier(16)

    def one(_number: int) -> object:
        try:
            gate.wait(30)
            return acts.resend(asker, ConsentAsk.objects.get(id=ask.id), now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(one, range(16)))
    assert sum(isinstance(each, ConsentAsk) for each in found) == 1
    assert ConsentAsk.objects.get().mails == 2


def test_a_link_that_is_handed_over_is_not_mailed(asker):
    assert code(acts.resend(asker, make(asker, email=...), now=timezone.now())) == "asking.no_mail"


def write(ask: ConsentAsk, now: datetime) -> datetime | None:
    """Do what the job of an invitation does."""
    return inviting.invite(ConsentAsk.objects.select_related("organisation").get(id=ask.id), now=now)


def test_a_mailbox_gets_six_invitations_a_week_from_all_askers_and_no_asker_can_tell(monkeypatch):
    monkeypatch.setattr(inviting, "TO_A_MAILBOX", Limit("ask-mailbox", 2, timedelta(days=7)))
    askers = [Asker.app(application(factories.organisation(f"Company {n}"))[0]) for n in range(3)]
    asks = [make(each) for each in askers]
    now = timezone.now()
    waits = [write(each, now) for each in asks]
    assert [each is None for each in waits] == [True, True, False]
    assert waits[2] is not None
    assert waits[2] > now
    answers = [listing.as_json(each, now=now) for each in asks]
    private = {"id", "asked_at", "expires_at", "resend_from"}
    assert all(
        {name: value for name, value in each.items() if name not in private}
        == {name: value for name, value in answers[0].items() if name not in private}
        for each in answers
    )
    assert Notice.objects.filter(template="consent_asked").count() == 2


def test_an_invitation_is_written_once_however_often_its_job_runs(asker):
    ask = make(asker)
    for _ in range(3):
        assert write(ask, timezone.now()) is None
    assert Notice.objects.filter(template="consent_asked").count() == 1


def test_an_invitation_that_is_written_waits_once_its_asker_is_suspended(asker, tmp_path, settings):
    ask, officer = make(asker), person("Olga Officer", Role.OFFICER)
    assert write(ask, timezone.now()) is None  # written, and the relay is down
    mail = Notice.objects.get(template="consent_asked")
    bar = suspended(ask.organisation, officer)
    with coop(tmp_path, settings) as mailbox:
        assert run_job("notices.send", mail.id) == "queued"
        held = Job.objects.get(subject_id=mail.id).last_error_code
        assert (held, mailbox.mails.numbers()) == ("requester.suspended", [])
        assert bars.lift(bar, officer, "It was our mistake.", now=timezone.now()) == ""
        assert run_job("notices.send", mail.id, now=timezone.now() + bars.LOOK_AGAIN) == "done"
        assert len(mailbox.mails.numbers()) == 1


def test_nothing_is_written_for_an_asker_that_is_suspended_while_the_job_runs(asker):
    ask = make(asker)
    suspended(ask.organisation, person("Olga Officer", Role.OFFICER))
    with pytest.raises(Held):
        write(ask, timezone.now())
    assert not Notice.objects.exists()


def test_who_said_no_is_not_written_to(asker):
    ask = make(asker)
    acts.cancel(asker, ask, now=timezone.now())
    assert write(ask, timezone.now()) is None
    assert not Notice.objects.exists()


def test_an_analyst_asks_for_her_organisation(organisation):
    analyst = create_user(
        "ana", "Ana Lyst", Role.ANALYST, password=None, actor=SERVICE("tests"), organisation=organisation
    )
    ask = make(Asker.person(analyst))
    assert (ask.analyst, ask.application, ask.organisation) == (analyst, None, organisation)


def test_another_organisations_ask_is_not_there(asker):
    ask = make(asker)
    assert listing.own(factories.organisation(), ask.id) is None
    assert listing.own(asker.organisation, ask.id) == ask


def test_asks_are_listed_newest_first_behind_a_cursor(asker):
    made = [make(asker, f"k-{n}", email=...) for n in range(5)]
    now, seen, after = timezone.now(), [], ""
    for _ in range(3):
        page = listing.page(asker.organisation, now=now, after=after, size=2)
        assert page is not None
        seen += page.asks
        after = page.next
    assert (seen, after) == (made[::-1], "")
    assert listing.page(asker.organisation, now=now, after="nonsense") is None
    assert listing.page(asker.organisation, now=now, state="opened") is None


def test_a_list_of_one_state_knows_what_expired_without_a_job(asker):
    ask = make(asker, email=...)
    later = ask.expires_at

    def listed(state: str, now: datetime) -> list[ConsentAsk]:
        page = listing.page(asker.organisation, now=now, state=state)
        assert page is not None
        return page.asks

    assert (listed("pending", timezone.now()), listed("expired", timezone.now())) == ([ask], [])
    assert (listed("pending", later), listed("expired", later)) == ([], [ask])


def test_nothing_that_is_kept_of_an_address_can_be_read_without_its_key(asker):
    ask = make(asker)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM asking_consentask")
        row = cursor.fetchone()
    assert HER.encode() not in b"|".join(bytes(each) for each in row if isinstance(each, bytes | memoryview))
    assert HER not in str(row)
    assert AskBlock.objects.count() == 0
    assert str(ask) == f"ask {str(ask.id)[:8]} (pending)"


def test_a_failure_in_the_middle_leaves_nothing(asker, monkeypatch):
    def fails(*_args: object) -> None:
        raise RuntimeError("the machine stopped")

    monkeypatch.setattr(acts, "order_mail", fails)
    with pytest.raises(RuntimeError):
        make(asker)
    assert not ConsentAsk.objects.exists()
