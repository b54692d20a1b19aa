"""Any order of granting, renewing, pausing, stopping and waiting reads exactly what the model allows."""

import itertools
import uuid
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, strategies
from hypothesis import settings as how
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.terms import Actor
from consents import expiry, suspending
from consents.actions import move, revoke
from consents.joint import members
from consents.joint.models import JointMember
from consents.lifecycle import State
from consents.models import Consent, Suspension
from requests_app import grants
from requests_app.decision import decide
from tests import requests_world
from tests.faults.consent_model import Permission
from tests.faults.scale import SEED, WHOLE, record, scaled
from tests.requests_world import ACTOR

CENTRAL = ZoneInfo("America/Chicago")
STAFF = Actor("s", uuid.UUID(int=7), role="staff")
TYPES = ("bill", "usage_daily", "usage_hourly", "usage_15min")
PAST = (date(2025, 6, 1), date(2026, 1, 1))
LINE, SIGNER = "JAMES R OR BETTY SMITH", "James R Smith"
FIRST_DAYS = (date(2026, 3, 7), date(2026, 10, 31), date(2028, 2, 28), date(2027, 12, 30))
STEPS, PARTS = 50, 40  # the parts of a whole run are told apart, and run side by side
_numbers = itertools.count(60_000_000)

types = strategies.sets(strategies.sampled_from(TYPES), min_size=1).map(frozenset)
days = strategies.sampled_from((1, 2, 29, 30, 60, 181, 364, 365, 366))
waits = strategies.sampled_from((timedelta(seconds=1), timedelta(hours=6), timedelta(days=1), timedelta(days=61)))
which = strategies.integers(0, 4)
rarely, mostly = strategies.sampled_from([False] * 4 + [True]), strategies.sampled_from([True] * 3 + [False])
seldom = strategies.sampled_from([False] * 9 + [True])  # what holds up all that follows
becauses = strategies.sampled_from(Suspension.Because.values)


class ConsentMachine(RuleBasedStateMachine):
    """The product beside the model, on one account of one customer."""

    organisation: Any = None
    profile: Any = None
    checked = allowed = 0

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime.combine(FIRST_DAYS[0], time(12), CENTRAL)
        self.number = str(next(_numbers))
        self.kept: list[tuple[Consent, Permission]] = []
        self.both = False
        customer_id = uuid.uuid4()
        with transaction.atomic():
            ref = log.append("parties.created", actor=Actor("c", customer_id), subject=customer_id, body={})
            email = f"{self.number}@member.example"
            self.customer = ensure_customer(customer_id, email, language="en", ref=ref, now=self.now)
            facts = AccountFacts(self.number, LINE, "2 Example Road")
            self.account = ensure_account(self.customer, "obec", facts, ref=ref, now=self.now)
        self.herself = Actor("c", self.customer.id)

    @property
    def today(self) -> date:
        return self.now.astimezone(CENTRAL).date()

    def pick(self, number: int) -> tuple[Consent, Permission]:
        consent, permission = self.kept[number % len(self.kept)]
        consent.refresh_from_db()
        return consent, permission

    def sign(self, permission: Permission, old: Consent | None, *, joint: bool) -> None:
        with transaction.atomic():
            ref = log.append("consent.granted", actor=self.herself, subject=self.customer.id, body={})
            consent = requests_world.grant(
                self.customer,
                self.organisation,
                [self.account],
                ref=ref,
                now=self.now,
                number=f"T-{next(_numbers)}",
                state=State.SIGNED,
                assurance="L3",
                data_types=sorted(permission.types, key=TYPES.index),
                history_from=permission.past[0],
                history_to=permission.past[1],
                forward=permission.ends if permission.future else None,
                starts=permission.starts,
                ends=permission.ends,
                supersedes=old,
            )
            member = members.record(consent, self.account, line=LINE, signer=SIGNER, now=self.now)
        assert member is not None
        members.name_address(member, "betty@member.example", actor=self.herself)
        permission.needs_both = self.both
        self.kept.append((consent, permission))
        if joint:
            members.require_both(member, actor=self.herself, now=self.now)
            self.both = True
            for _, each in self.kept:
                each.bind()

    @initialize(day=strategies.sampled_from(FIRST_DAYS), kinds=types, term=days, future=strategies.booleans())
    def begin(self, day: date, kinds: frozenset[str], term: int, future: bool) -> None:
        """Every life begins with a permission, on one of the days near a change of the clock or of the year."""
        self.now = datetime.combine(day, time(12), CENTRAL)
        self.grant(kinds, term, future, False, True)

    @precondition(lambda self: len(self.kept) < 5)
    @rule(kinds=types, term=days, future=strategies.booleans(), joint=seldom, sealed=mostly)
    def grant(self, kinds: frozenset[str], term: int, future: bool, joint: bool, sealed: bool) -> None:
        ends = self.today + timedelta(days=term)
        self.sign(Permission(self.today, ends, kinds, PAST, future), None, joint=joint)
        if sealed:
            self.seal_one(-1)

    @precondition(lambda self: 0 < len(self.kept) < 5)
    @rule(number=which, kinds=types, term=days, sealed=mostly)
    def renew_or_correct(self, number: int, kinds: frozenset[str], term: int, sealed: bool) -> None:
        consent, old = self.pick(number)
        if consent.state in expiry.LIVE and not consent.renewals.filter(state__in=expiry.LIVE).exists():
            ends = self.today + timedelta(days=term)
            self.sign(Permission(self.today, ends, kinds, PAST, old.future, replaces=old), consent, joint=False)
            if sealed:
                self.seal_one(-1)

    @precondition(lambda self: self.kept)
    @rule(number=which)
    def seal(self, number: int) -> None:
        self.seal_one(number)

    def seal_one(self, number: int) -> None:
        consent, permission = self.pick(number)
        if consent.state != State.SIGNED:
            return
        with transaction.atomic():
            ref = log.append("letter.sealed", actor=ACTOR, subject=self.customer.id, body={})
            move(consent, State.ACTIVE, ref=ref, now=self.now)
        permission.sealed = True
        permission.settle()

    @precondition(lambda self: self.kept and self.both)
    @rule(number=which, to_all=mostly)
    def the_other_holder_agrees(self, number: int, to_all: bool) -> None:
        for each in range(len(self.kept)) if to_all else [number]:
            consent, permission = self.pick(each)
            member = JointMember.objects.filter(consent=consent).first()
            if member is not None and members.agree(member, now=self.now):
                permission.agree()

    @precondition(lambda self: self.kept and self.both)
    @rule(number=which)
    def the_other_holder_stops(self, number: int) -> None:
        consent, permission = self.pick(number)
        member = JointMember.objects.filter(consent=consent).first()
        if member is not None:
            members.stop(member, now=self.now)
            permission.over = True

    @precondition(lambda self: self.kept)
    @rule(number=which, staff=strategies.booleans(), sure=rarely)
    def stop(self, number: int, staff: bool, sure: bool) -> None:
        if not sure:
            return
        consent, permission = self.pick(number)
        revoke(consent, actor=STAFF if staff else self.herself, how="test", now=self.now)
        permission.over = True

    @precondition(lambda self: self.kept)
    @rule(number=which, because=becauses, sure=strategies.booleans())
    def pause(self, number: int, because: str, sure: bool) -> None:
        if not sure:
            return
        consent, permission = self.pick(number)
        if suspending.suspend(consent, because=because, actor=ACTOR, now=self.now):
            permission.reasons.add(because)

    @precondition(lambda self: self.kept)
    @rule(number=which, herself=strategies.booleans())
    def resume(self, number: int, herself: bool) -> None:
        consent, permission = self.pick(number)
        suspending.resume(consent, actor=self.herself if herself else STAFF, now=self.now)
        permission.lift(herself=herself)

    @rule(later=waits)
    def wait(self, later: timedelta) -> None:
        self.now += later

    @precondition(lambda self: self.kept)
    @rule(number=which, seconds=strategies.sampled_from((-1, 0)), sure=rarely)
    def wait_for_the_end(self, number: int, seconds: int, sure: bool) -> None:
        """Jump to the midnight of an end, or to the second before it; the clock never goes back."""
        if not sure:
            return
        end = expiry.midnight(self.pick(number)[1].last()) + timedelta(seconds=seconds)
        self.now = max(self.now, end)

    @rule()
    def the_clock_writes_ends(self) -> None:
        for row in expiry.due(self.now):
            expiry.expire(row, now=self.now)

    @invariant()
    def reads_are_as_the_model_says(self) -> None:
        for consent, permission in self.kept:
            facts = grants.by_handle(consent.recipient, consent.id, [self.number]).as_dict()
            # A state is asked about at every step, and each edge of a scope at one step in five.
            some = asks(permission)
            for kinds, first, end in {some[0], some[self.checked % len(some)]}:
                allowed = permission.may_read(kinds, first, end, self.today)
                assert self.product(facts, kinds, first, end) is allowed, (permission, kinds, first, end, self.now)
                type(self).checked += 1
                type(self).allowed += allowed

    def product(self, facts: dict[str, object], kinds: frozenset[str], first: date, end: date) -> bool:
        ask = {
            "recipient": str(self.organisation.id),
            "purpose": "rate_comparison",
            "accounts": [self.number],
            "data_types": sorted(kinds),
            "from": first.isoformat(),
            "to": end.isoformat(),
        }
        return decide(facts, ask, self.profile, self.now, step="release").outcome == "route"


def asks(permission: Permission) -> list[tuple[frozenset[str], date, date]]:
    """Give what is asked for under a permission at each step: within it, beside it, and across its edges."""
    mine, (first, end) = permission.types, permission.past
    return [
        (mine, first, first + timedelta(days=31)),
        (mine | {"payment"}, first, end),
        (mine, end - timedelta(days=1), end + timedelta(days=1)),
        (mine, permission.last() - timedelta(days=1), permission.last()),
        (mine, permission.last() - timedelta(days=1), permission.last() + timedelta(days=1)),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(scaled(1, PARTS)))
def test_reads_never_differ_from_the_model(part: int) -> None:
    """One database for all runs of a part, each with a customer of its own."""
    _run("sqlite", scaled(12, 2000 // PARTS), part)


def test_reads_never_differ_from_the_model_on_postgresql(postgresql_db: str) -> None:
    """With real commits, and the rules of the other engine."""
    _run("postgresql", scaled(3, 40), PARTS)


def _run(engine: str, examples: int, part: int) -> None:
    organisation, _application, _key = requests_world.organisation("acme", datetime(2026, 3, 1, tzinfo=CENTRAL))
    profile = grants.profile_of("obec")
    machine = type(
        "Machine", (ConsentMachine,), {"organisation": organisation, "profile": profile, "checked": 0, "allowed": 0}
    )
    chosen = how(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=not WHOLE,
    )
    run_state_machine_as_test(seed(SEED + part)(machine) if WHOLE else machine, settings=chosen)
    facts = {"part": part, "runs": examples, "steps": STEPS, "decisions": machine.checked, "allowed": machine.allowed}
    assert machine.allowed > machine.checked // 20, "a machine in which hardly anything is allowed shows nothing"
    record("consent machine", engine, **facts, divergences=0)
