"""Proofs out of the database's tiles, on both engines: verified as a stranger would, with the public key alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from broker.audit import checkpoint, entry, merkle, proofs, signer, store, tlogproof
from broker.terms import EventRef
from tests.integration.audit_support import ORIGIN, integrate, log_world, write


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A signer with a new key, over a database of the test's own on each engine."""
    with log_world(settings, tmp_path) as made:
        yield made


def leaf_of(event: EventRef) -> bytes:
    """An event's leaf hash, from its stored bytes."""
    ((header, ct),) = store.rows("SELECT header, ct FROM audit_event WHERE id = %s", [event.id])
    return entry.leaf_hash(entry.entry_bytes(header, ct))


def test_every_event_has_a_proof_that_a_stranger_can_check(desk: signer.Desk) -> None:
    with transaction.atomic():
        events = [write() for _ in range(5)]
    first = integrate(desk.answer)
    with transaction.atomic():
        events += [write() for _ in range(300)]
    second = integrate(desk.answer)
    keys = store.verifier_keys()
    for number, event in enumerate(events[:8] + events[-3:]):
        text = proofs.tlog_proof(event)
        signed = tlogproof.verify(tlogproof.parse(text), leaf_of(event), keys, origin=ORIGIN)
        assert signed.size == (first if number < 5 else second)
        with pytest.raises(merkle.BadProof):
            tlogproof.verify(tlogproof.parse(text), bytes(32), keys, origin=ORIGIN)
    later = tlogproof.parse(proofs.tlog_proof(events[0], second))
    assert tlogproof.verify(later, leaf_of(events[0]), keys, origin=ORIGIN).size == second


def test_an_event_outside_the_tree_has_no_proof_yet(desk: signer.Desk) -> None:
    integrate(desk.answer)
    with pytest.raises(proofs.NotCovered):
        proofs.tlog_proof(write())
    with pytest.raises(proofs.NotCovered):
        proofs.tlog_proof(store.tree_size(1))
    with pytest.raises(proofs.NotCovered):
        proofs.tlog_proof(0, size=store.tree_size(1) + 1)


def test_a_later_tree_is_proved_to_continue_an_earlier_one(desk: signer.Desk) -> None:
    sizes = [0]
    for number in (1, 300, 7):
        with transaction.atomic():
            for _ in range(number):
                write()
        sizes.append(integrate(desk.answer))
    for old in sizes:
        for new in sizes[sizes.index(old) :]:
            roots = proofs.root_at(old), proofs.root_at(new)
            merkle.verify_consistency(old, new, proofs.consistency(old, new), *roots)
    newest = proofs.newest()
    assert newest is not None
    assert newest[0] == checkpoint.open_checkpoint(newest[1], store.verifier_keys(), origin=ORIGIN)
    with pytest.raises(ValueError, match="no such tree"):
        proofs.consistency(0, sizes[-1] + 1)
