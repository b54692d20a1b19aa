"""Finding a subject's part of the log by what people know: account number, e-mail, name or meter.

Nothing is opened: a value's token leads to data keys (`audit_alias`), a data key to its events (`audit_event.kid`).
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from broker.audit import keys, store
from broker.audit.words import ACTS

# What counts as an access to somebody's data: reads and exports, given or refused, by whomever.
ACCESS = frozenset(
    {
        "account.read", "complaint.read", "consent.viewed", "data.compared", "data.exported", "data.read",
        "data.read_refused",
        "data.released", "data.viewed", "draft.read", "file.read", "letter.read", "log.exported", "log.listed",
        "log.read", "log.searched", "mail.read", "parties.read", "pull.checked", "pull.decided",
        "receipt.read", "request.read",
    }
)  # fmt: skip
_STEP = 400  # keys per query
_TOKENS = "SELECT kid, token FROM audit_alias WHERE field = %s AND kid IN ({kids})"
_COUNTS = """SELECT e.kid, i.res, count(*), min(i.ts), max(i.ts) FROM audit_event e CROSS JOIN audit_index i
    WHERE i.event_id = e.id AND e.kid IN ({kids}) AND e.act IN ({acts}) GROUP BY e.kid, i.res"""


class Accesses(NamedTuple):
    """How often somebody's data was reached for, by result, and when first and last."""

    by_result: Mapping[str, int]
    first: datetime | None
    last: datetime | None

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_result.values())


def kids_of_subject(subject: uuid.UUID) -> list[bytes]:
    """Give the data keys of a subject."""
    found = store.rows(
        "SELECT kid FROM audit_alias WHERE field = %s AND epoch = %s AND token = %s ORDER BY kid",
        [keys.SUBJECT, keys.EPOCH, keys.subject_token(subject)],
    )
    return [kid for (kid,) in found]


def tokens_of(kids: Iterable[bytes]) -> dict[bytes, bytes]:
    """Give the subject token of each data key; a destroyed key has none any more."""
    wanted, found = sorted(set(kids)), dict[bytes, bytes]()
    for part in _parts(wanted):
        found |= dict(store.rows(_TOKENS.format(kids=_marks(part)), [keys.SUBJECT, *part]))
    return found


def accesses(kids: Sequence[bytes]) -> dict[bytes, Accesses]:
    """Count the accesses under each of these data keys; one query for hundreds of keys."""
    rows: list[tuple[bytes, str, int, int, int]] = []
    numbers = [ACTS[act].number for act in sorted(ACCESS)]
    for part in _parts(sorted(set(kids))):
        rows += store.rows(_COUNTS.format(kids=_marks(part), acts=_marks(numbers)), [*part, *numbers])
    return {kid: _counted([row[1:] for row in rows if row[0] == kid]) for kid in {row[0] for row in rows}}


def together(found: Iterable[Accesses]) -> Accesses:
    """Add up what several data keys of one account say."""
    each = [one for one in found if one.total]
    results: dict[str, int] = {}
    for one in each:
        for res, number in one.by_result.items():
            results[res] = results.get(res, 0) + number
    firsts, lasts = [one.first for one in each if one.first], [one.last for one in each if one.last]
    return Accesses(results, min(firsts, default=None), max(lasts, default=None))


def _counted(rows: Sequence[tuple[str, int, int, int]]) -> Accesses:
    return Accesses(
        {res: number for res, number, _first, _last in rows},
        _at(min(first for _res, _number, first, _last in rows)),
        _at(max(last for _res, _number, _first, last in rows)),
    )


def _at(ts: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ts)


def _marks(part: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(part))


def _parts(wanted: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [wanted[at : at + _STEP] for at in range(0, len(wanted), _STEP)]
