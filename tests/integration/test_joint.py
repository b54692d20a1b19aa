"""The second holder: told, asked, able to stop; through the pages and the mails."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker.audit import log
from broker.terms import SERVICE
from consents.joint import counting, members, review, signs
from consents.joint.models import AbuseSign, JointMember, Objection
from consents.joint.signs import Counts, Limits
from consents.lifecycle import State
from consents.models import Consent
from requests_app.grants import not_in_force
from tests.granted import TWO_NAMES
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.joint_world import BETTY, JAMES, LINE, NUMBER, grant, object_by_page, path_in, person, proven, signed_in
from tests.requests_world import events

__all__ = ["desk"]

STAFF = SERVICE("tests")


def name_other(desk: Desk, consent: Consent, *, both: bool = False) -> None:
    """The signer names the other holder's mailbox on her page."""
    her = signed_in(desk)
    her.submit(f"/my/{consent.id}/holder/", {"email": BETTY, **({"both": "on"} if both else {})})


def test_one_holder_is_asked_nothing(desk: Desk) -> None:
    consent = grant(desk, line="Gwen Grant")
    assert consent.state == State.ACTIVE
    assert not JointMember.objects.exists()


@pytest.mark.granted(TWO_NAMES)
@pytest.mark.promise("stop-at-once")
def test_the_other_holder_is_told_and_may_stop(desk: Desk) -> None:
    consent = grant(desk)
    assert consent.state == State.ACTIVE
    name_other(desk, consent)
    mail = desk.mail("A holder of your electric account", BETTY)
    assert EMAIL not in mail["text"]
    assert NUMBER not in mail["text"]
    link, other = path_in(mail, "/holder/"), desk.visitor()
    page = other.get(link).text
    consent.refresh_from_db()
    assert consent.state == State.ACTIVE  # a scanner's GET changes nothing
    assert "Acme Rates" in page
    assert "has ended" in other.submit(link, {"answer": "stop"}).text
    consent.refresh_from_db()
    assert consent.state == State.REVOKED
    member = JointMember.objects.get()
    assert member.told_at is not None
    assert member.stopped_at is not None
    told = desk.mail("has ended")  # not "you stopped": she did not
    assert BETTY not in told["text"]


@pytest.mark.granted(TWO_NAMES)
def test_the_signer_may_not_name_her_own_mailbox(desk: Desk) -> None:
    consent = grant(desk)
    her = signed_in(desk)
    answer = her.submit(f"/my/{consent.id}/holder/", {"email": EMAIL}, expect=422)
    assert "your own address" in answer.text
    member = JointMember.objects.get()
    assert member.email_index is None
    ref = log.append("admin.setting", actor=STAFF, subject=None, body={})
    with pytest.raises(DatabaseError):
        JointMember.objects.update(email_index=bytes(member.signer_index), email=member.name, audit_event_id=ref.id)


@pytest.mark.granted(TWO_NAMES)
def test_both_must_agree_from_the_next_permission_on(desk: Desk) -> None:
    first = grant(desk)
    name_other(desk, first, both=True)
    desk.work()
    first.refresh_from_db()
    assert first.state == State.SUSPENDED  # what was in force is paused until both have agreed
    second = grant(desk)
    assert second.state == State.SIGNED
    assert not_in_force(second, timezone.now()) == "consent.absent"
    assert not desk.mailbox.mails.search(to=EMAIL, subject=f"Receipt {second.number}")
    mails = desk.mailbox.mails.search(to=BETTY, subject=f"Your word is needed: {second.number}")
    agree(desk, path_in(mails[-1], "/holder/"))
    desk.work()
    second.refresh_from_db()
    assert second.state == State.ACTIVE
    assert desk.mailbox.mails.search(to=EMAIL, subject=f"Receipt {second.number}")
    first.refresh_from_db()
    assert first.state == State.SUSPENDED  # each permission is agreed to by itself
    asked = desk.mailbox.mails.search(to=BETTY, subject=f"Your word is needed: {first.number}")
    agree(desk, path_in(asked[-1], "/holder/"))
    first.refresh_from_db()
    assert first.state == State.ACTIVE


def agree(desk: Desk, link: str) -> None:
    """The other holder agrees by the code of the own mailbox."""
    other = desk.visitor()
    other.submit(link, {"answer": "agree"})
    mail = desk.mail("link and code", BETTY)
    wrong = f"{(int(mail['codes'][0]) + 1) % 1_000_000:06}"
    other.submit("/holder/code/", {"code": wrong}, expect=422)
    assert "You have agreed" in other.submit("/holder/code/", {"code": mail["codes"][0]}).text


@pytest.mark.granted(TWO_NAMES)
def test_the_mailed_link_agrees_in_another_browser(desk: Desk) -> None:
    consent = grant(desk)
    name_other(desk, consent, both=True)
    mail = desk.mail("Your word is needed", BETTY)
    desk.visitor().submit(path_in(mail, "/holder/"), {"answer": "agree"})
    code, other = desk.mail("link and code", BETTY), desk.visitor()
    other.submit(path_in(code, "/holder/open/"))
    other.submit("/holder/code/", {"code": code["codes"][0]})
    assert JointMember.objects.get().agreed_at is not None


@pytest.mark.granted(TWO_NAMES)
def test_the_other_holder_alone_may_ask_that_both_agree(desk: Desk) -> None:
    consent = grant(desk)
    name_other(desk, consent)
    mail, other = desk.mail("A holder of your electric account", BETTY), desk.visitor()
    assert "both of you must agree" in other.submit(path_in(mail, "/holder/"), {"answer": "both"}).text
    consent.refresh_from_db()
    assert consent.state == State.SUSPENDED
    assert len(events("joint.required")) == 1


@pytest.mark.granted(TWO_NAMES)
def test_the_other_holder_signs_and_the_first_is_asked(desk: Desk) -> None:
    first = grant(desk)
    proven(first)
    name_other(desk, first, both=True)
    second = grant(desk, email=BETTY)
    assert second.state == State.SIGNED
    assert desk.mailbox.mails.search(to=EMAIL, subject=f"Your word is needed: {second.number}")


@pytest.mark.granted(TWO_NAMES)
def test_the_database_lets_nothing_into_force_before_both_agreed(desk: Desk) -> None:
    consent = grant(desk)
    name_other(desk, consent, both=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        _force(consent)
    with pytest.raises(DatabaseError):
        _edit(must_agree=False)
    consent.refresh_from_db()
    assert consent.state == State.SUSPENDED


def _force(consent: Consent) -> None:
    ref = log.append("admin.setting", actor=STAFF, subject=None, body={})
    Consent.objects.filter(id=consent.id).update(state="active", audit_event_id=ref.id)


def _edit(**changes: object) -> None:
    with transaction.atomic():
        ref = log.append("admin.setting", actor=STAFF, subject=None, body={})
        JointMember.objects.update(audit_event_id=ref.id, **changes)


# --- objections through the pages ---------------------------------------------------------------------------------


@pytest.mark.promise("objection-pauses")
@pytest.mark.promise("sides-apart")
def test_an_objection_holds_what_is_signed_later_and_neither_side_learns_of_the_other(desk: Desk) -> None:
    assert "OBJ-" in object_by_page(desk)
    received = desk.mail("We have your objection", BETTY)
    consent = grant(desk)
    assert consent.state == State.SIGNED
    assert not_in_force(consent, timezone.now()) == "consent.absent"
    paused = desk.mail(f"Permission {consent.number} is paused")
    for mail in (paused, received):
        for secret in (BETTY, EMAIL, "Smith", "SMITH", NUMBER):
            assert secret not in mail["text"]
    assert not desk.mailbox.mails.search(to=EMAIL, subject="Receipt")


@pytest.mark.granted(TWO_NAMES)
def test_known_and_unknown_accounts_are_answered_alike(desk: Desk) -> None:
    grant(desk)
    pages = [object_by_page(desk, number=NUMBER), object_by_page(desk, email=JAMES, number="99999999")]
    desk.work()
    mails = [desk.mail("We have your objection", each)["text"] for each in (BETTY, JAMES)]
    numbers = [row.number for row in Objection.objects.order_by("number")]
    fours = ["0042", "9999"]
    plain = [p.replace(n, "N") for p, n in zip(pages, numbers, strict=True)]
    assert _same(plain)
    assert _same([m.replace(n, "N").replace(f, "F") for m, n, f in zip(mails, numbers, fours, strict=True)])


def _same(texts: list[str]) -> bool:
    import re

    bare = [re.sub(r"(nonce|csrfmiddlewaretoken)[^>]*|\d{1,2}:\d{2}", "", each) for each in texts]
    return bare[0] == bare[1]


def test_one_code_is_good_for_one_objection(desk: Desk) -> None:
    person = desk.visitor()
    person.submit("/object/", {"email": BETTY})
    mail = desk.mail("link and code", BETTY)
    assert person.http.get("/object/account/").status_code == 410
    person.submit(urlsplit(path_in(mail, "/object/open/")).path)
    person.submit("/object/code/", {"code": mail["codes"][0]})
    person.submit("/object/account/", {"number": NUMBER, "name": "Betty Smith"})
    assert person.http.get("/object/account/").status_code == 410


# --- signs of abuse -----------------------------------------------------------------------------------------------


def test_counts_within_their_limits_show_nothing() -> None:
    limits = Limits(3, 100, 3, 5)
    assert signs.signs(Counts(3, 100, 3, 5), limits) == ()
    assert [each.code for each in signs.signs(Counts(4, 101, 4, 6, 2), limits)] == list(signs.MEANING)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("9.9.9.9", "9.9.9.9"),
        ("2620:fe::9", "2620:fe::/64"),
        ("127.0.0.1", ""),
        ("10.1.2.3", ""),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_a_place_is_an_address_of_the_internet(address: str, place: str) -> None:
    assert signs.place_of(address) == place


def test_staff_release_or_end_what_is_held(desk: Desk, settings: object) -> None:
    settings.ABUSE_ACCOUNTS_PER_MAILBOX = 1
    first = grant(desk, line="Gwen Grant", number="51000001")
    held = grant(desk, line="Gwen Grant", number="51000002")
    third = grant(desk, line="Gwen Grant", number="51000003")
    assert (first.state, held.state, third.state) == (State.ACTIVE, State.SIGNED, State.SIGNED)
    assert not desk.mailbox.mails.search(to=EMAIL, subject=f"Receipt {held.number}")
    _user, staff = person("staff")
    now = timezone.now()
    assert review.release(held, actor=staff, now=now)
    assert not review.release(held, actor=staff, now=now)
    assert review.end(third, actor=staff, now=now)
    desk.work()
    assert (held.state, third.state) == (State.ACTIVE, State.REVOKED)
    assert desk.mailbox.mails.search(to=EMAIL, subject=f"Receipt {held.number}")
    assert [each.counted for each in AbuseSign.objects.order_by("counted")] == [2, 3]


def test_one_place_and_one_helper_are_counted(desk: Desk, settings: object) -> None:
    settings.ABUSE_GRANTS_PER_PLACE, settings.ABUSE_ACCOUNTS_PER_HELPER = 1, 1
    first = grant(desk, line="Gwen Grant", number="51000001")
    second = grant(desk, email=JAMES, line="Gwen Grant", number="51000002")
    now = timezone.now()
    with transaction.atomic():
        assert counting.look(first, place="9.9.9.9", helper="Ann  Helper", now=now) == ()
        found = counting.look(second, place="9.9.9.9", helper="ann helper", now=now + timedelta(seconds=5))
    assert [each.code for each in found] == [signs.PLACE, signs.HELPER]
    second.refresh_from_db()
    assert second.state == State.SUSPENDED


@pytest.mark.granted(TWO_NAMES)
def test_members_tokens_are_hashed_and_differ(desk: Desk) -> None:
    grant(desk)
    member = JointMember.objects.get()
    assert members.find(members.token(member.id)) == member
    assert members.find(str(member.id)) is None
    assert LINE not in str(member.name)


def test_each_of_two_signs_with_her_own_name(desk: Desk) -> None:
    """The line of two names is nobody's signature; the page names both, and says what waits for whom."""
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person, account={"name": LINE})
    desk.read(person)
    page = person.get("/share/check/").text
    assert "Type your own name, one of these" in page
    assert "Type that name" not in page
    for both in (LINE, "James Smith and Betty Smith"):
        page = desk.sign(person, opens=False, expect=422, typed_name=both)
        assert "please type your own name alone" in page
        assert not Consent.objects.exists()
    assert "Thank you" in desk.sign(person, opens=False, typed_name="Betty Smith")


@pytest.mark.granted(TWO_NAMES)
def test_while_the_other_holder_is_awaited_no_page_says_that_it_is_being_sealed(desk: Desk) -> None:
    """New data and the company on the way are named to both of them, by page and by mail."""
    name_other(desk, grant(desk), both=True)
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person, account={"name": LINE}, purpose={"forward": "on", "nectar": "on"})
    done = desk.sign(person, typed_name="James R Smith")
    desk.work()
    newer = Consent.objects.latest("number")
    assert newer.state == State.SIGNED
    mine = signed_in(desk).get("/my/").text
    for page in (done, mine, person.get("/share/done/").text):
        assert "In force as soon as the other holder agrees" in page
        assert "eing sealed" not in page
        assert "We are sealing" not in page
    assert "New data: until" in mine
    assert "On the way it may reach: Nectar" in mine
    mail = desk.mail(f"Your word is needed: {newer.number}", BETTY)
    assert "New data, too, until" in mail["text"]
    assert "On the way it may reach: Nectar." in mail["text"]
    page = desk.visitor().get(path_in(mail, "/holder/")).text
    assert "New data as well" in page
    assert "Nectar" in page
