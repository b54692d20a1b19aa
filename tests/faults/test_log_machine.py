"""Any order of writing, giving up, integrating, rotating and restarting gives a log that verifies and lacks nothing."""

import shutil
import uuid
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, Phase, strategies
from hypothesis import settings as how
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from broker.audit import keeper, lanes, log, query, rotation, signer, verifier
from broker.audit.retention import OF_SUBJECTS
from broker.db.holds import EVERYTHING
from tests import harness
from tests.faults.scale import record, scaled
from tests.faults.tamper_world import judge
from tests.integration.audit_support import ORIGIN, STAFF, headers, integrate, logged_in_as, write

SUBJECTS = [uuid.UUID(int=number) for number in range(1, 5)]
subjects = strategies.sampled_from(SUBJECTS)


class Undone(Exception):
    """A transaction that its writer gives up."""


def _given_up(subject: uuid.UUID) -> None:
    with suppress(Undone), transaction.atomic():
        write(subject=subject)
        raise Undone


class LogMachine(RuleBasedStateMachine):
    """A log beside the list of what was written into it."""

    engine = "sqlite"
    folder = Path()
    django: Any = None

    def __init__(self) -> None:
        super().__init__()
        self._clone = harness.clone(self.engine)
        self._clone.__enter__()
        self.place = self.folder / uuid.uuid4().hex
        self.place.mkdir()
        for name, value in {
            "DATA_DIR": self.place,
            "SIGNER_DIR": self.place / "signer",
            "SIGNER_SOCKET": self.place / "s",
        }.items():
            setattr(self.django, name, value)
        log.reset()
        signer.make_key(self.place / "signer", ORIGIN)
        self.desk = signer.Desk(self.place / "signer")
        self.written: dict[uuid.UUID, list[int]] = {each: [] for each in SUBJECTS}
        self.announced = 0
        self.holds: dict[uuid.UUID, int] = dict.fromkeys(SUBJECTS, 0)
        self.destroyed: set[int] = set()

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.desk.close()
        log.reset()
        self._clone.__exit__(None, None, None)
        shutil.rmtree(self.place)

    def _note(self, subject: uuid.UUID, *refs: Any) -> None:
        self.written[subject].extend(ref.id for ref in refs)

    @rule(subject=subjects, size=strategies.integers(0, 200))
    def append(self, subject: uuid.UUID, size: int) -> None:
        self._note(subject, write(subject=subject, body={"text": "z" * size}))

    @rule(subject=subjects)
    def append_two_in_one_transaction(self, subject: uuid.UUID) -> None:
        with transaction.atomic():
            self._note(subject, write(subject=subject), write(subject=subject))

    @rule(subject=subjects)
    def give_up(self, subject: uuid.UUID) -> None:
        _given_up(subject)

    @rule(subject=subjects, kept=subjects)
    def give_up_a_savepoint(self, subject: uuid.UUID, kept: uuid.UUID) -> None:
        with transaction.atomic():
            first = write(subject=kept)
            _given_up(subject)
            self._note(kept, first, write(subject=kept))

    @rule(many=strategies.lists(subjects, max_size=3, unique=True))
    def act_on_many(self, many: list[uuid.UUID]) -> None:
        parent: Any = {"act": "data.viewed", "actor": STAFF, "subject": None, "body": {}}
        refs = log.append_group(parent, [{**parent, "subject": each, "obj": "data"} for each in many])
        for each, ref in zip(many, refs[1:], strict=True):
            self._note(each, ref)

    @rule(subject=subjects)
    def hold(self, subject: uuid.UUID) -> None:
        for act in ("consent.granted", "parties.read"):  # a key of each class: one made later would not show this hold
            write(act, subject=subject)
        with logged_in_as("broker_keeper"), transaction.atomic():
            kept = keeper.hold_keys(subject, scope=EVERYTHING, hold=uuid.UUID(int=1))
        # Without a row in the register a hold is what the keys say.
        self.holds[subject] += bool(kept)

    @precondition(lambda self: any(self.holds.values()))
    @rule(data=strategies.data())
    def release(self, data: strategies.DataObject) -> None:
        subject = data.draw(strategies.sampled_from([each for each, held in self.holds.items() if held]))
        people = [uuid.UUID(int=2), uuid.UUID(int=3)]
        with logged_in_as("broker_keeper"), transaction.atomic():
            keeper.release_keys(subject, scope=EVERYTHING, hold=uuid.UUID(int=1), approvers=people)
        self.holds[subject] -= 1

    @rule(subject=subjects)
    def shred(self, subject: uuid.UUID) -> None:
        people = {"requester": uuid.UUID(int=2), "approver": uuid.UUID(int=3)}
        year = datetime.now(UTC).year
        with logged_in_as("broker_keeper"), ExitStack() as stack:
            if self.holds[subject]:
                stack.enter_context(pytest.raises(DatabaseError))
            stack.enter_context(transaction.atomic())
            for retention in OF_SUBJECTS:
                group = keeper.Group(subject, retention, year)
                keeper.destroy(group, scope=EVERYTHING, rule="retention", approval=uuid.uuid4(), people=people)
        if not self.holds[subject]:
            self.destroyed.update(self.written[subject])
            log.reset()  # keys that were remembered are gone

    @rule()
    def close_lanes(self) -> None:
        log.close_lanes()

    @rule()
    def die(self) -> None:
        """The process ends without a word: what it remembered is gone, its lock is free."""
        lanes.pool().let_go(remove=False)
        log.reset()

    @rule()
    def integrate_and_sign(self) -> None:
        integrate(self.desk.answer)

    @rule()
    def restart_the_signer(self) -> None:
        self.desk.close()
        self.desk = signer.Desk(self.place / "signer")

    @precondition(lambda self: len(self.desk.signers) == 1 and not self.announced)
    @rule()
    def announce_a_new_key(self) -> None:
        self.desk.close()
        new = rotation.prepare(self.place / "signer")
        self.desk = signer.Desk(self.place / "signer")
        log.append("admin.log_key", actor=STAFF, subject=None, body={"vkey": new.encode()}, obj="log")
        self.announced = integrate(self.desk.answer)

    @precondition(lambda self: self.announced)
    @rule()
    def sign_with_both_keys(self) -> None:
        self.desk.close()
        rotation.start(self.place / "signer", announced=self.announced, now=datetime.now(UTC))
        self.desk, self.announced = signer.Desk(self.place / "signer"), 0

    @precondition(lambda self: len(self.desk.signers) == 2)
    @rule()
    def retire_the_old_key(self) -> None:
        self.desk.close()
        rotation.retire(self.place / "signer", now=datetime.now(UTC) + timedelta(days=91))
        self.desk = signer.Desk(self.place / "signer")

    @invariant()
    def it_verifies(self) -> None:
        found = judge()
        assert found.ok, found

    @invariant()
    def every_event_is_there(self) -> None:
        wanted = {event for events in self.written.values() for event in events}
        there = {head.event_id for head in headers() if head.act in ("data.read", "data.viewed")}
        # Parents of groups belong to no subject; everything else was acknowledged to its writer.
        acknowledged = {head.event_id for head in headers() if head.act == "data.read"}
        assert wanted <= there
        assert acknowledged <= wanted

    @rule(subject=subjects)
    def read_it_all(self, subject: uuid.UUID) -> None:
        """Every body opens, under an event of its own."""
        event = log.append_read("log.read", actor=STAFF, subject=subject, body={}, purpose="compliance", obj="event")
        opened = {each.id for each in query.for_subject(subject, under=event)}
        assert set(self.written[subject]) - self.destroyed <= opened
        assert not self.destroyed & opened


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_any_order_of_acts_leaves_a_log_that_verifies(
    engine: str, sqlite_db: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "GRACE_US", 10**12)  # how long a walk takes is no finding about the log
    examples, steps = scaled(4, 60), scaled(12, 40)
    machine = type("Machine", (LogMachine,), {"engine": engine, "folder": tmp_path, "django": settings})
    chosen = _settings(examples, steps)
    run_state_machine_as_test(machine, settings=chosen)
    record("state machine", engine, examples=examples, steps=steps)


def _settings(examples: int, steps: int) -> how:
    return how(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=scaled(1, 0) == 1,
    )
