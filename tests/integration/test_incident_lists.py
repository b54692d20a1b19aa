"""Whose data an incident touched, in its last minute and in her own name too; and a decision on a list, and its end."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.audit.timeline import one
from broker.console.hours import instant_of
from broker.console.incidents import deciding, listing, recording
from broker.console.incidents.models import AffectedList, Decision, Incident, Step
from broker.console.incidents.recording import Seen
from broker.parties import links
from broker.parties.models import EmailLink, Role
from broker.parties.staff import create_user
from broker.terms import SERVICE, Actor, Refusal
from consents import drafts
from tests.integration.audit_support import integrate
from tests.integration.test_incidents import NO_HARM, begun, listed, read, signed_in
from tests.joint_world import objection, stranger
from tests.packs_world import Packs, packs
from tests.requests_world import ACCOUNT


@pytest.fixture
def desk(sqlite_db: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def counted(made: AffectedList) -> dict[uuid.UUID, int]:
    return dict(made.rows.values_list("customer", "entries"))


def looked(desk: Packs, subject: uuid.UUID, actor: Actor, act: str = "data.viewed") -> None:
    log.append_read(act, actor=actor, subject=subject, purpose="own_data", obj="data", body={}, cnt=1)


@pytest.mark.parametrize("act", ["glass.read", "pack.read", "admin.export", "nectar.uploaded", "letter.verified"])
def test_what_opens_or_releases_data_puts_a_customer_on_the_list(desk: Packs, act: str) -> None:
    incident = begun(desk)
    read(desk, desk.world.customer.id, act)
    assert counted(listed(desk, incident)) == {desk.world.customer.id: 1}


def test_what_is_read_under_an_id_of_its_own_is_its_customers(desk: Packs) -> None:
    incident = begun(desk)
    his = stranger(desk.world).customer_id
    made = objection(number=ACCOUNT, checks=False)
    looked(desk, made.id, desk.actor(desk.other), "objection.read")
    looked(desk, uuid.uuid4(), desk.actor(desk.other), "ask.read")
    found = listed(desk, incident)
    assert counted(found) == {desk.world.customer.id: 1, his: 1}  # it holds the number of an account that both have
    assert found.unknown == 1


def test_a_read_in_the_minute_in_which_an_incident_ended_is_counted(desk: Packs) -> None:
    hers = desk.world.customer.id
    event = one(
        log.append_read(
            "file.read", actor=desk.actor(desk.other), subject=hers, purpose="fulfilment", obj="file", body={}, cnt=1
        ).id
    )
    assert event is not None
    minute = instant_of(event.head.ts).replace(second=0, microsecond=0)
    for end, entries in ((minute, {hers: 1}), (minute - timedelta(minutes=1), {})):
        seen = Seen("officer", "", "It ended.", minute - timedelta(hours=1), end, minute)
        incident = recording.open_incident(seen, actor=desk.actor(desk.officer), now=timezone.now())
        assert isinstance(incident, Incident)
        assert counted(listed(desk, incident)) == entries


def test_only_what_a_customer_did_about_herself_is_left_out_and_a_tick_brings_it_back(desk: Packs) -> None:
    incident = begun(desk)
    hers, his = desk.world.customer.id, stranger(desk.world).customer_id
    looked(desk, hers, Actor("c", hers))
    looked(desk, his, Actor("c", hers))  # one customer's session sees another's data
    assert counted(listed(desk, incident)) == {his: 1}
    assert counted(listed(desk, incident, own_name="1")) == {hers: 1, his: 1}
    assert counted(listed(desk, incident, kind="c")) == {hers: 1, his: 1}


def test_a_grant_that_somebody_fills_in_herself_is_nobodys_harm(desk: Packs) -> None:
    incident, now = begun(desk), timezone.now()
    house = desk.world.consent.recipient
    link = links.begin("new@member.example", EmailLink.Purpose.SHARE, organisation=house, language="en", now=now)
    assert link is not None
    draft = drafts.begin(link, now=now)
    looked(desk, draft.id, links.person(link), "draft.read")
    looked(desk, link.id, links.person(link), "draft.read")
    assert (listed(desk, incident).entries, listed(desk, incident, own_name="1").entries) == (0, 2)


def test_the_form_offers_the_tick_and_a_recipients_people(desk: Packs) -> None:
    house = desk.world.consent.recipient
    who = create_user("ana", "Ana Lyst", Role.ANALYST, password=None, actor=SERVICE("tests"), organisation=house)
    officer, hers = signed_in(desk.officer), desk.world.customer.id
    incident = begun(desk)
    at = f"/console/incidents/{incident.id}/"
    page = officer.get(at).content.decode()
    assert "in the customer&#x27;s own name" in page
    assert "Ana Lyst (analyst)" in page
    looked(desk, hers, Actor("s", who.id, role="analyst"), "data.read")
    looked(desk, hers, Actor("c", hers))
    assert _computed(desk, officer, at, {"filter-person": str(who.id)}) == {hers: 1}
    assert _computed(desk, officer, at, {"own_name": "on"}) == {hers: 2}


def _computed(desk: Packs, officer: Client, at: str, sent: dict[str, str]) -> dict[uuid.UUID, int]:
    integrate(desk.desk.answer)
    assert officer.post(f"{at}list/", sent).status_code == 302
    made = AffectedList.objects.order_by("-number").first()
    assert made is not None
    assert listing.stands(made)
    return counted(made)


# --- a decision that waits -------------------------------------------------------------------------------------------


def proposed(desk: Packs, incident: Incident) -> Approval:
    made = deciding.propose(incident, NO_HARM, actor=desk.actor(desk.officer), now=timezone.now())
    assert not isinstance(made, Refusal)
    return Approval.objects.get(about=made.id)


def agreed(desk: Packs, approval: Approval) -> None:
    decide.approve(approval.id, approver=desk.actor(desk.approver), now=timezone.now())


def noted(desk: Packs, incident: Incident, kind: str) -> Step | Refusal:
    now = timezone.now()
    return recording.note(incident, kind, "By phone.", at=now, actor=desk.actor(desk.officer), now=now)


def test_an_incident_is_not_closed_while_a_second_decision_waits(desk: Packs) -> None:
    incident = begun(desk)
    listed(desk, incident)
    agreed(desk, proposed(desk, incident))
    assert isinstance(noted(desk, incident, "coop"), Step)
    second = proposed(desk, incident)
    assert isinstance(noted(desk, incident, "closed"), Refusal)
    agreed(desk, second)
    assert isinstance(noted(desk, incident, "closed"), Step)


def test_a_yes_after_the_end_decides_nothing(desk: Packs) -> None:
    incident = begun(desk)
    listed(desk, incident)
    agreed(desk, proposed(desk, incident))
    second = proposed(desk, incident)
    with transaction.atomic():  # as if it had been closed at the same moment
        now, actor = timezone.now(), desk.actor(desk.officer)
        recording.keep(incident, "closed", "", at=now, actor=actor, now=now)
    with pytest.raises(decide.NotAllowed, match=r"approval\.over"):
        agreed(desk, second)
    assert Decision.objects.count() == 1


def test_nobody_says_yes_to_another_list_than_the_one_shown(desk: Packs) -> None:
    incident = begun(desk)
    listed(desk, incident)
    first = proposed(desk, incident)
    listed(desk, incident)
    with pytest.raises(decide.NotAllowed, match=r"approval\.over"):
        agreed(desk, first)
    assert not Decision.objects.exists()
    page = signed_in(desk.officer).get(f"/console/incidents/{incident.id}/").content.decode()
    assert "It is of list 1, and list 2 is newer" in page
    decide.withdraw(first.id, requester=desk.actor(desk.officer), now=timezone.now())
    agreed(desk, proposed(desk, incident))
    assert Decision.objects.get().proposal.list.number == 2
