# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What can never happen to a settled difference in the database.

A decision stands on a difference that is written down and names a series of its own kind, or none; it takes the next
number of its topic. Where something of these files was released to a recipient, two people made it.
"""

from broker.db.evidence_one_value import guard

_DIFFERENCE, _SETTLEMENT, _PLACE = "differences_difference", "differences_settlement", "one_value_place"
ACT = "difference.settle"
_NEXT = "evidence: a difference takes the next number of its topic"
_TEXT = "evidence: a decision about a difference names a source that is there, and takes its own number"
_TWO = "evidence: what a recipient was given is settled by two people"

_KIND = " AND ".join(f'p."{name}" = NEW."{name}"' for name in ("account_id", "role", "unit", "resolution"))
_HOLE = (
    "NEW.number > 1 AND NOT EXISTS "
    f"(SELECT 1 FROM {_DIFFERENCE} d WHERE d.topic = NEW.topic AND d.number = NEW.number - 1)"
)
_WRONG = (
    f"NOT EXISTS (SELECT 1 FROM {_DIFFERENCE} d JOIN {_PLACE} p ON p.series_id = d.place_id "
    f"WHERE d.topic = NEW.topic AND d.number = NEW.newest AND d.month = NEW.month AND {_KIND}) "
    f"OR (NEW.stands_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {_PLACE} p "
    f"WHERE p.series_id = NEW.stands_id AND {_KIND})) "
    f"OR (NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM {_SETTLEMENT} s "
    "WHERE s.topic = NEW.topic AND s.number = NEW.number - 1))"
)
_ALONE = (
    f"(NEW.approval IS NULL AND EXISTS (SELECT 1 FROM requests_app_release r JOIN {_PLACE} p ON p.file_id = r.file_id "
    "JOIN requests_app_readingseries x ON x.id = p.series_id "
    f"WHERE {_KIND} AND x.first < NEW.until AND x.last > NEW.month)) "
    "OR (NEW.approval IS NOT NULL AND NOT EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval "
    f"AND a.act = '{ACT}' AND a.about = NEW.topic AND a.state IN ('approved', 'executed') "
    "AND a.approver IS NOT NULL AND a.approver <> a.requester))"
)


def _lite(table: str, name: str, wrong: str, text: str) -> str:
    return (
        f'CREATE TRIGGER "ev_{table}_{name}" BEFORE INSERT ON "{table}" WHEN {wrong} '
        f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
    )


SQLITE: list[str] = [
    _lite(_DIFFERENCE, "next", _HOLE, _NEXT),
    _lite(_SETTLEMENT, "named", _WRONG, _TEXT),
    _lite(_SETTLEMENT, "two", _ALONE, _TWO),
]
POSTGRES: list[str] = [
    *guard("ev_difference_next", _HOLE, _NEXT, "INSERT", _DIFFERENCE),
    *guard("ev_settlement_named", _WRONG, _TEXT, "INSERT", _SETTLEMENT),
    *guard("ev_settlement_two", _ALONE, _TWO, "INSERT", _SETTLEMENT),
]
