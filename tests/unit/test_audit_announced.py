"""Which keys may sign: those of the first checkpoint, and those that a checkpoint of theirs has announced."""

import pytest

from broker.audit import checkpoint
from broker.audit.announced import unannounced
from broker.audit.checkpoint import Checkpoint, Signer

ORIGIN = "broker.localhost/audit/unit"
A, B, C = (Signer.new(ORIGIN, bytes([number]) * 32) for number in range(3))
WITNESS = Signer.new("witness.example/w", bytes(32))


def note(size: int, *signers: Signer) -> tuple[int, str]:
    return size, checkpoint.sign(Checkpoint(ORIGIN, size, bytes(32)).body(), signers)


@pytest.mark.parametrize(
    ("notes", "announcements", "bad"),
    [
        ([], [], None),
        ([note(0, A), note(5, A)], [], None),
        ([note(0, A), note(5, A), note(9, B, A), note(12, B)], [3], None),
        ([note(0, A), note(5, A), note(9, B, A)], [], 9),
        ([note(0, A), note(5, A), note(9, B, A)], [5], 9),  # the first checkpoint that covers it bears the key itself
        ([note(0, A), note(5, A), note(9, B)], [4], None),
        ([note(0, A), note(5, A), note(9, B, A), note(12, C, B)], [3], 12),  # one announcement, two keys
        ([note(0, A), note(5, A), note(9, B, A), note(12, B), note(15, C, B)], [3, 10], None),
        ([note(0, A), note(5, A, WITNESS)], [], None),  # others' keys are not the log's
    ],
)
def test_each_further_key_needs_an_announcement_under_the_ones_before(
    notes: list[tuple[int, str]], announcements: list[int], bad: int | None
) -> None:
    assert unannounced(notes, announcements, ORIGIN) == bad
