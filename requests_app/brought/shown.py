"""What became of a drop, for the recipient's page (look-ups): numbers, reasons and counts; nothing sealed is opened."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from broker.parties.models import Organisation
from requests_app import grants
from requests_app.brought import words
from requests_app.brought.models import BroughtFile, Drop
from requests_app.completeness.matrix import joined
from requests_app.completeness.query import days_of
from requests_app.importing import BILL
from requests_app.upload.facts import Days
from requests_app.upload.months import between_readings
from requests_app.upload.words import covered

State = BroughtFile.State
NEWEST = 25  # drops that a list shows


@dataclass(frozen=True)
class Row:
    """One file of a drop: its number, how it stands, and why."""

    number: int
    state: str
    mark: str
    text: str


@dataclass(frozen=True)
class Read:
    """What came of one account and kind of data, after a customer's yes."""

    last_four: str
    data_type: str
    text: str


@dataclass(frozen=True)
class Outcome:
    """A whole drop: its counts in words, each file, and what was read of those that were taken."""

    counts: list[str]
    rows: list[Row]
    read: list[Read]


def of(drop: Drop, *, now: datetime) -> Outcome:
    """Say what became of a drop; what was read is said of permissions that are in force now."""
    files = list(drop.files.select_related("consent", "account", "received").order_by("number"))
    return Outcome(counts(files), [row_of(each) for each in files], _read(files, now))


def row_of(file: BroughtFile) -> Row:
    """Say of one file how it stands and why, by its number alone."""
    return Row(file.number, words.STATES[file.state], words.MARKS[file.state], words.why(file.state, file.code))


def counts(files: Sequence[BroughtFile]) -> list[str]:
    """Say how many files stand how, in the order of their ways."""
    found = Counter(each.state for each in files)
    return [words.counted(state, found[state]) for state in words.STATES if found[state]]


def newest(house: Organisation) -> list[tuple[Drop, list[str]]]:
    """Give the newest drops of an organisation with their counts."""
    drops = Drop.objects.filter(organisation=house).prefetch_related("files").order_by("-begun_at", "id")[:NEWEST]
    return [(each, counts(list(each.files.all()))) for each in drops]


def _read(files: Sequence[BroughtFile], now: datetime) -> list[Read]:
    taken = [each for each in files if each.state == State.TAKEN and each.consent is not None]
    in_force = {each.consent_id for each in taken if each.consent and grants.not_in_force(each.consent, now) is None}
    found: dict[tuple[str, uuid.UUID, str], list[Days]] = {}
    for each in taken:
        if each.consent_id in in_force and each.account is not None and each.received is not None:
            days = found.setdefault((each.account.last_four, each.account.id, each.data_type), [])
            days += days_of(each.received)
    return [
        Read(last_four, kind, covered(between_readings(days) if kind == BILL else joined(days)))
        for (last_four, _account, kind), days in sorted(found.items())
    ]
