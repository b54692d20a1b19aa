"""Who asks, who decides and who benefits are three: for every act of two people the database refuses anything else."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker.approvals import acts, decide
from broker.approvals.models import Approval
from broker.console.packs.models import EvidencePack
from broker.db import evidence_duties
from broker.inlets import overrides, watching
from broker.inlets.models import Refused, Watched
from broker.parties.models import Role, User
from consents.joint.models import JointMember, Objection, ObjectionReach
from consents.paper.models import PaperEntry, PaperLetter
from requests_app.completeness.models import OverDelivery
from requests_app.differences.models import Difference
from requests_app.fees import deciding, quoting
from requests_app.fees.lifecycle import FeeState, SaidBy
from requests_app.fees.models import FeeQuote
from requests_app.lifecycle import ManualState
from requests_app.models import ReadingSeries, ReceivedFile
from requests_app.one_value.models import Place
from tests.duties_world import actor, person
from tests.factories import event
from tests.request_lives import bring
from tests.requests_world import World, organisation, world
from tests.rows import row

# Acts that serve no recipient: nobody is asked whom they would belong to.
SERVE_NOBODY = {
    "alarm.ack", "disclosures.resume", "incident.decide", "incident.delay", "key.release", "key.shred",
    "log.new_origin", "organisation.enrol", "outside.enrol", "people.disable", "people.enable", "people.invite",
    "people.link", "profile.change",
}  # fmt: skip


def asked(act: str, by: User, about: uuid.UUID | None = None, **more: Any) -> Approval:
    """Ask for an act whatever the role of who asks: what is tried is the database alone."""
    now = timezone.now()
    return row(
        Approval, act=act, about=about, requester=by.id, requested_at=now, expires_at=now + timedelta(days=1),
        audit_event_id=event("approval.requested").id, **more,
    )  # fmt: skip


def decided(made: Approval, by: User) -> None:
    with transaction.atomic():
        Approval.objects.filter(id=made.id).update(
            approver=by.id, state="approved", decided_at=timezone.now(), audit_event_id=event("approval.given").id
        )


def refused(step: Callable[[], object]) -> None:
    """The database refuses, and for this reason."""
    with pytest.raises(DatabaseError, match=evidence_duties.TEXT), transaction.atomic():
        step()


# --- what each act is about: an object of the world's recipient ---------------------------------------------------


def _file(w: World) -> ReceivedFile:
    return row(
        ReceivedFile, consent=w.consent, account=w.account, channel="customer_upload", state="quarantined",
        media_type="text/csv",
    )  # fmt: skip


def _fee(w: World) -> uuid.UUID:
    return row(FeeQuote, manual=w.manual(), amount="9.00", limit="25.00").id


def _surplus(w: World) -> uuid.UUID:
    return row(OverDelivery, manual=w.manual(), file=_file(w)).id


def _difference(w: World) -> uuid.UUID:
    series = row(ReadingSeries, file=_file(w), account=w.account, first=date(2026, 1, 1), last=date(2026, 2, 1))
    place = row(Place, series=series, file=series.file, account=w.account, number=1)
    return row(Difference, place=place, number=1).topic


def _paper(w: World) -> uuid.UUID:
    return row(PaperEntry, letter=row(PaperLetter, organisation=w.organisation)).id


def _objection(w: World) -> uuid.UUID:
    found = row(Objection, state="received")
    row(ObjectionReach, objection=found, consent=w.consent)
    return found.id


def _pack(w: World) -> uuid.UUID:
    return row(EvidencePack, scope="consent", scope_id=w.consent.id, state="asked").id


ABOUT: dict[str, Callable[[World], uuid.UUID]] = {
    "fee.accept": _fee,
    "fee.decline": _fee,
    "fee.her_yes": _fee,
    "file.accept_held": lambda w: _file(w).id,
    "file.surplus": _surplus,
    "request.unanswered": lambda w: w.manual().id,
    "difference.settle": _difference,
    "paper.consent": _paper,
    "objection.dismiss": _objection,
    "joint.end_both": lambda w: w.account.id,
    "joint.mailbox": lambda w: row(JointMember, consent=w.consent).id,
    "organisation.purposes": lambda w: w.organisation.id,
    "pack.export": _pack,
}


def test_every_act_of_two_people_is_one_of_these() -> None:
    assert {each.name for each in acts.registered()} == SERVE_NOBODY | set(ABOUT)
    assert set(evidence_duties.SERVES) == set(ABOUT)


def test_the_page_lists_every_act_as_it_is() -> None:
    lines = Path("docs/separation-of-duties.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in each.split("|")] for each in lines if each.startswith("| `")]
    found = {cells[1].strip("`"): cells for cells in rows}
    assert set(found) == {each.name for each in acts.registered()}
    for each in acts.registered():
        _, _, _, asks, decides, benefits, _ = found[each.name]
        assert (set(asks.split(", ")), set(decides.split(", "))) == (set(each.requesters), set(each.approvers))
        assert (benefits == "nobody") <= (each.name in SERVE_NOBODY)


@pytest.mark.parametrize("act", [*sorted(ABOUT), *sorted(SERVE_NOBODY - {"people.link"})])
def test_nobody_decides_alone_or_by_a_second_account(committing: str, act: str) -> None:
    one, two = person("Olga Officer", Role.OFFICER), person("Ada Approver", Role.APPROVER)
    again = person(" olga OFFICER", Role.APPROVER, username="olga-too")
    with transaction.atomic():
        made = asked(act, one, uuid.uuid4())
        with pytest.raises(DatabaseError), transaction.atomic():
            decided(made, one)
        refused(lambda: decided(made, again))
        decided(made, two)


@pytest.mark.parametrize("act", sorted(ABOUT))
def test_whoever_works_for_the_recipient_neither_asks_nor_decides(committing: str, act: str) -> None:
    w = world()
    one, two = person("Olga Officer", Role.OFFICER), person("Ada Approver", Role.APPROVER)
    theirs = person("Petra Partial", Role.APPROVER, w.organisation)
    person("Paul Partial", Role.ANALYST, w.organisation)
    hidden = person("Paul Partial", Role.OFFICER, username="paul-here")
    elsewhere = person("Otto Other", Role.APPROVER, organisation("other", timezone.now())[0])
    with transaction.atomic():
        about = ABOUT[act](w)
        made = asked(act, one, about)
        refused(lambda: decided(made, theirs))
        refused(lambda: decided(made, hidden))
        refused(lambda: asked(act, theirs, about))
        refused(lambda: asked(act, hidden, about))
        with transaction.atomic():
            decided(made, elsewhere)
            transaction.set_rollback(True)
        decided(made, two)
        transaction.set_rollback(True)  # what the rows refer to is not there


def test_what_was_written_after_the_ask_counts_as_well(committing: str) -> None:
    """A letter on paper is entered with its ask: whose it is shows only then."""
    w = world()
    theirs, two = person("Petra Partial", Role.OPERATOR, w.organisation), person("Ada Approver", Role.OPERATOR)
    with transaction.atomic():
        entry = uuid.uuid4()
        made = asked("paper.consent", theirs, entry)
        row(PaperEntry, id=entry, letter=row(PaperLetter, organisation=w.organisation))
        refused(lambda: decided(made, two))
        transaction.set_rollback(True)


def test_nobody_invites_or_lets_in_oneself(committing: str) -> None:
    one, two = person("Otto Operator", Role.OPERATOR), person("Ada Approver", Role.APPROVER)
    with transaction.atomic():
        refused(lambda: asked("people.invite", one, params={"name": "otto operator "}))
        made = asked("people.invite", one, params={"name": "Ada approver"})
        refused(lambda: decided(made, two))
        refused(lambda: asked("people.link", one, params={}))
        link = asked("people.link", one, params={}, beneficiary=two.id)
        also = person("Ada Approver", Role.OFFICER, username="ada-too")
        refused(lambda: decided(link, also))


def test_the_action_says_it_in_our_words(committing: str) -> None:
    w, now = world(), timezone.now()
    theirs = person("Petra Partial", Role.APPROVER, w.organisation)
    with transaction.atomic():
        manual = w.manual()
    one = actor(person("Sam Staff", Role.STAFF))
    made = decide.request("request.unanswered", requester=one, reason="Nobody answers", now=now, about=manual.id)
    with pytest.raises(decide.NotAllowed, match=r"approval\.same_person"):
        decide.approve(made.id, approver=actor(theirs), now=now)
    made.refresh_from_db()
    assert made.state == "requested"


def test_a_false_alarm_is_let_through_by_neither_its_sender_nor_one_of_its_house(committing: str) -> None:
    w, now = world(), timezone.now()
    asks, two = person("Ann Asks", Role.STAFF), person("Ben Staff", Role.STAFF)
    again = person("Ann Asks", Role.OPERATOR, username="ann-too")
    theirs = person("Petra Partial", Role.STAFF, w.organisation)
    with transaction.atomic():
        found = row(
            Refused, structural=False, mac=b"m" * 32, mac_until=now + timedelta(days=7), organisation=w.organisation,
            at=now - timedelta(hours=1), inlet="web_form",
        )  # fmt: skip
    assert overrides.ask(found, asks, "It is a meter number.", now=now) == ""
    for each in (asks, again, theirs):
        assert overrides.release(found, each, now=now) == "approval.not_allowed"
    assert overrides.release(found, two, now=now) == ""


def test_a_suspended_recipient_is_not_let_go_on_by_one_of_its_people(committing: str) -> None:
    w, now = world(), timezone.now()
    theirs, two = person("Petra Partial", Role.OFFICER, w.organisation), person("Olga Officer", Role.OFFICER)
    with transaction.atomic():
        found = row(Watched, organisation=w.organisation, application=w.application, state="suspended", count=3)
    assert not watching.lift(found, theirs, "They are fine.", now=now)
    assert watching.lift(found, two, "They mended it.", now=now)


def test_a_fee_is_not_accepted_by_one_who_works_for_whoever_pays(committing: str) -> None:
    w, now = world(), timezone.now()
    manual = bring(w.manual(), ManualState.WAITING_ON_UTILITY)
    fee = quoting.quote(manual, Decimal(9), said_by=SaidBy.PHONE, actor=actor(person("Sam Staff", Role.STAFF)), now=now)
    assert isinstance(fee, FeeQuote)
    theirs = person("Petra Partial", Role.STAFF, w.organisation)
    no = deciding.decide_alone(fee, FeeState.ACCEPTED, actor=actor(theirs), now=now)
    assert no is not None
    assert no.code == "fee.two_people"
    again = person(" sam STAFF", Role.STAFF, username="sam-too")  # who wrote it down, by a second account
    no = deciding.decide_alone(fee, FeeState.ACCEPTED, actor=actor(again), now=now)
    assert no is not None
    assert no.code == "fee.two_people"
    assert deciding.decide_alone(fee, FeeState.ACCEPTED, actor=actor(person("Ben", Role.STAFF)), now=now) is None
