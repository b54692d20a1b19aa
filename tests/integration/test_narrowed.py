"""What is found for one person is never another's where no address names it: by a mailbox, a session, a kept id."""

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from broker import vault
from broker.console import saved
from broker.console.models import SavedView, ViewAlert
from broker.console.waits import hers
from broker.duties import glass
from broker.parties import links
from broker.parties.directory import AccountFacts, ensure_account
from broker.parties.keys import create_application
from broker.parties.models import Application, EmailLink, Organisation, Role
from broker.parties.signin import passkeys, recovery, sessions
from broker.terms import Refusal
from consents import drafts, my_views, session, signing_views
from consents.joint import views as joint_views
from consents.joint.models import JointMember
from consents.several import views as several_views
from consents.several.listed import Account
from consents.standing import reading
from consents.stopping import attest
from consents.stopping.models import Stop, StopTarget
from requests_app.brought import answering, asking, shown
from requests_app.hooks import actions, outbox
from tests import clock
from tests.authz.hers import signed_in
from tests.brought_world import HERS, answers, asked_her, bookkeeper, dropped, mails
from tests.duties_world import person
from tests.factories import event
from tests.hooks_world import hooked
from tests.integration.sign_in_support import signed_in as by_passkey
from tests.integration.test_break_glass import broken
from tests.integration.test_brought import bill
from tests.integration.test_waits import Small
from tests.joint_world import stranger
from tests.recipients_world import browser_of
from tests.requests_world import ACCOUNT, ACTOR, World, organisation, world
from tests.rows import row

PAT = "pat@member.example"


@pytest.fixture
def w(committing: str) -> World:
    return world(onward_recipients=[])


def test_files_that_somebody_brought_are_asked_about_shown_and_counted_for_their_customer_alone(w: World) -> None:
    ana, now = bookkeeper(w), timezone.now()
    dropped(ana, {"a.pdf": bill(1), "b.pdf": bill(2)})
    other = stranger(w).customer
    assert asking.for_her_page(other, now=now) == []
    assert len(asking.for_her_page(w.customer, now=now)) == 1
    third = dropped(ana, {"c.pdf": bill(3)}).files.get()
    with transaction.atomic():
        asking.due(uuid.uuid5(third.id, "other"), other.id, now=now)  # as if it had been hers to answer
    asked_her()
    assert mails("brought_asked") == 1
    answers(signed_in(w.customer.id), "no")
    assert len(answering.answered_of(w.customer, now=timezone.now())) == 3
    assert answering.answered_of(other, now=timezone.now()) == []
    assert "a.pdf" not in signed_in(other.id).get(HERS).content.decode()


def test_a_recipient_sees_its_own_drops_alone(w: World) -> None:
    dropped(bookkeeper(w), {"a.pdf": bill(1)})
    rival, _app, _key = organisation("rival", timezone.now())
    assert len(shown.newest(w.organisation)) == 1
    assert shown.newest(rival) == []


def test_her_first_page_names_her_own_waits_alone(committing: str) -> None:
    small = Small()
    small.begun()
    now, other = timezone.now(), stranger(small.w).customer
    assert len(hers.open_ones(small.w.customer, now=now)) == 1
    assert hers.open_ones(other, now=now) == []


def test_a_broken_glass_opens_the_accounts_of_its_customer_alone(w: World) -> None:
    other = stranger(w)
    with transaction.atomic():
        facts = AccountFacts("40900077", "Another Member", "7 Road")
        ensure_account(other.customer, "obec", facts, ref=event(), now=timezone.now())
    officer = person("Olga Officer", Role.OFFICER)
    found = glass.read(broken(w, officer), officer, now=timezone.now())
    assert [number for _utility, number, *_ in found.accounts] == [ACCOUNT]


def test_a_session_and_passkeys_are_good_for_their_own_person_alone(committing: str) -> None:
    ann, bea = by_passkey("ann"), by_passkey("bea")
    request = ann.browser.get("/sign-in/").wsgi_request
    now = timezone.now()
    assert sessions.current(request, ann.user, now=now) is not None
    assert sessions.current(request, bea.user, now=now) is None
    assert [each.user_id for each in sessions.open_of(ann.user)] == [ann.user.id]
    assert [each.user_id for each in passkeys.of(ann.user)] == [ann.user.id]
    recovery.make(bea.user, now=now)  # another's codes are no way back for her
    assert isinstance(passkeys.remove(ann.user, passkeys.of(ann.user).get().id, now=now), Refusal)


def test_after_a_signing_only_ones_own_permission_is_shown(w: World) -> None:
    theirs = stranger(w)
    browser = signed_in(w.customer.id)
    for consent, status in ((w.consent, 200), (theirs, 302)):
        kept = browser.session
        kept["signed"] = str(consent.id)
        kept.save()
        assert browser.get("/share/done/").status_code == status


def begun(email: str, of: Organisation) -> EmailLink:
    """The link with which somebody began to share with a recipient, its mailed code used."""
    found = links.begin(email, EmailLink.Purpose.SHARE, organisation=of, language="en", now=timezone.now())
    assert found is not None
    EmailLink.objects.filter(id=found.id).update(code_used_at=timezone.now())
    found.refresh_from_db()
    return found


def test_a_mailbox_sees_its_own_permissions_for_this_recipient_alone(w: World) -> None:
    eve, rival = stranger(w), organisation("rival", timezone.now())[0]
    pat, to_rival = begun(PAT, w.organisation), begun(PAT, rival)
    assert list(signing_views._going_on(pat, w.organisation)) == [w.consent]
    assert list(signing_views._going_on(to_rival, rival)) == []
    assert list(signing_views._going_on(begun("eve@member.example", w.organisation), w.organisation)) == [eve]


def test_a_list_of_accounts_names_ones_own_permission_for_this_recipient_alone(w: World) -> None:
    assert stranger(w).accounts.get().number_index == w.account.number_index  # signed later, over the same number
    rival = organisation("rival", timezone.now())[0]
    index = bytes(w.account.number_index).hex()
    rows = [Account(index=index, ending=ACCOUNT[-4:], place=1)]
    own, to_rival = (drafts.begin(begun(PAT, each), now=timezone.now()) for each in (w.organisation, rival))
    assert several_views._covered(own, rows) == {index: w.consent.number}
    assert several_views._covered(to_rival, rows) == {}


def test_a_draft_is_gone_on_with_by_its_mailbox_and_for_its_recipient_alone(w: World) -> None:
    now, rival = timezone.now(), organisation("rival", timezone.now())[0]
    first = drafts.begin(begun(PAT, w.organisation), now=now)
    assert drafts.begin(begun(PAT, w.organisation), now=now) == first
    assert drafts.begin(begun("eve@member.example", w.organisation), now=now) != first
    assert drafts.begin(begun(PAT, rival), now=now) != first


def test_a_permission_is_looked_for_among_those_of_its_recipient_alone(w: World) -> None:
    rival, index = organisation("rival", timezone.now())[0], bytes(w.account.number_index)
    assert [each.consent for each in reading.over(w.organisation.id, "obec", [index])] == [w.consent]
    assert reading.over(rival.id, "obec", [index]) == []


def test_a_message_goes_to_its_application_or_to_its_organisation_alone(committing: str, settings: Any) -> None:
    now, facts = timezone.now(), {"consent": str(uuid.uuid4())}
    with hooked(settings, types=["consent.granted"]) as made:
        house, mine = made.world.organisation, made.world.application
        more = {"expires_at": now + timedelta(days=90), "actor": ACTOR, "now": now}
        sibling, _key = create_application(house, "A second program", Application.Mode.TEST, **more)
        rival = organisation("rival", now)[1]
        for each in (sibling, rival):
            hook = actions.create_endpoint(each, made.receiver.url, ["consent.granted"], actor=ACTOR, now=now)
            assert isinstance(hook, actions.Made)
        for to, programs in (({"application": mine.id}, {mine}), ({"organisation": house.id}, {mine, sibling})):
            with transaction.atomic():
                told = outbox.tell("consent.granted", facts, ref=event(), now=now, **to)
            assert {each.endpoint.application for each in told} == programs


def test_a_code_opens_the_pages_of_its_own_mailbox(w: World) -> None:
    eve = stranger(w).customer
    for email, customer in ((PAT, w.customer), ("eve@member.example", eve)):
        request = RequestFactory().get("/my/")
        request.session = SessionStore()
        my_views._signed_in(request, begun(email, w.organisation))
        assert session.current_customer(request) == customer


def test_a_second_holders_code_is_about_what_was_sent_to_that_mailbox(w: World) -> None:
    consents = {"ann@member.example": w.consent, "bob@member.example": stranger(w)}
    for email, consent in consents.items():
        index, own = bytes(begun(email, w.organisation).email_index), uuid.uuid4()
        with transaction.atomic():
            sealed = vault.seal(email, subject=own, place=vault.Place("joint_jointmember", "email", own))
            row(JointMember, id=own, consent=consent, must_agree=True, email=sealed, email_index=index)
    for email, consent in consents.items():
        found = joint_views._asked(SimpleNamespace(session={}), begun(email, w.organisation))
        assert found is not None
        assert found.consent == consent


def test_a_program_gives_its_word_for_its_own_house_alone(w: World) -> None:
    with transaction.atomic():
        stop = row(Stop, consent=w.consent)
        target = row(StopTarget, stop=stop, kind="deletion", due=clock.today(), token_hash=b"a hash")
    rival = organisation("rival", timezone.now())[1]
    assert attest.of_consent(w.application, w.consent.id) == target
    assert attest.of_consent(rival, w.consent.id) is None


def test_an_officer_sees_the_own_views_and_those_that_are_shared(committing: str) -> None:
    one, two = (person(name, Role.OFFICER) for name in ("Olga Officer", "Ona Officer"))
    with transaction.atomic():
        own, shared = (row(SavedView, owner=one, name=name, shared=name == "Ours") for name in ("Mine", "Ours"))
        raised = [row(ViewAlert, view=each, event=7) for each in (own, shared)]
    assert (set(saved.visible(one)), set(saved.visible(two))) == ({own, shared}, {shared})
    assert (set(saved.waiting_alerts(one)), set(saved.waiting_alerts(two))) == ({*raised}, {raised[1]})
    other = browser_of(two)
    for address in (reverse("console-view-remove", args=[own.id]), reverse("console-alert", args=[raised[0].id])):
        assert other.post(address).status_code == 404
    own.refresh_from_db()
    raised[0].refresh_from_db()
    assert (own.removed_at, raised[0].opened_at) == (None, None)
