"""Two co-ops, both loaded as data: the real one's profile, and a fictional one in another zone with other days."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from broker import utilities

FICTIONAL = Path(__file__).resolve().parents[1] / "fixtures" / "utilities"


@dataclass(frozen=True)
class Coop:
    """What a scenario expects of one co-op when its letter is delivered on Monday, March 2, 2026, 15:00 UTC."""

    id: str
    address: str  # in a rehearsal
    expected_from: date
    due: date
    due_at: datetime
    first_follow_up: date
    storm: date  # a day inside the window
    due_after_storm: date
    paused_on: date
    remaining: int
    due_after_rest: date  # resumed on Wednesday, March 18
    one_mail_for: str


OBEC = Coop(
    id="obec",
    address="billing@coop.example",
    expected_from=date(2026, 3, 9),
    due=date(2026, 3, 16),
    due_at=datetime(2026, 3, 16, 21, 30, tzinfo=UTC),
    first_follow_up=date(2026, 3, 17),
    storm=date(2026, 3, 11),
    due_after_storm=date(2026, 3, 17),
    paused_on=date(2026, 3, 9),
    remaining=5,
    due_after_rest=date(2026, 3, 25),
    one_mail_for="customer",
)
JUNEGRASS = Coop(
    id="junegrass",
    address="records@junegrass.example",
    expected_from=date(2026, 3, 5),
    due=date(2026, 3, 12),  # Founders' Day, March 10, lies in between
    due_at=datetime(2026, 3, 12, 21, 0, tzinfo=UTC),
    first_follow_up=date(2026, 3, 13),
    storm=date(2026, 3, 11),
    due_after_storm=date(2026, 3, 13),
    paused_on=date(2026, 3, 5),
    remaining=4,
    due_after_rest=date(2026, 3, 24),
    one_mail_for="recipient",
)
# Counted by hand on a wall calendar: delivered (UTC), Day 0, expected from, due, due instant, first follow-up.
JUNEGRASS_VECTORS = [
    ("2026-03-02T15:00Z", "2026-03-02", "2026-03-05", "2026-03-12", "21:00", "2026-03-13"),
    ("2026-03-04T21:30Z", "2026-03-04", "2026-03-09", "2026-03-16", "21:00", "2026-03-17"),
    ("2026-03-04T22:00Z", "2026-03-04", "2026-03-09", "2026-03-16", "21:00", "2026-03-17"),
    ("2026-03-04T22:00:01Z", "2026-03-05", "2026-03-11", "2026-03-17", "21:00", "2026-03-18"),
    ("2026-11-24T17:00Z", "2026-11-24", "2026-11-27", "2026-12-03", "22:00", "2026-12-04"),
    ("2026-07-01T20:59Z", "2026-07-01", "2026-07-06", "2026-07-10", "21:00", "2026-07-13"),
    ("2026-12-31T23:00Z", "2027-01-04", "2027-01-07", "2027-01-13", "22:00", "2027-01-14"),
]


@pytest.fixture
def both_coops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the folder of profiles hold the fictional co-op's files beside the real one's; no code differs."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    for file in (*utilities.FOLDER.glob("*.toml"), *FICTIONAL.glob("junegrass*.toml")):
        shutil.copy(file, folder)
    monkeypatch.setattr(utilities, "FOLDER", folder)
    utilities.forget()
    yield
    monkeypatch.undo()
    utilities.forget()
