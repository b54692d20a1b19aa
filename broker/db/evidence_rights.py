# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a review of rights can never be in the database: decided by its holder, edited, reopened, deleted, left open.

A right begins undecided in an open review; it is kept or taken away by an officer or approver alone, who neither holds
it nor works for the recipient that does.
"""

from broker.db.evidence_duties import TEXT as SAME_PERSON
from broker.db.evidence_duties import belongs, same

_REVIEW, _ITEM = "rights_review", "rights_item"
TEXT = "evidence: a review of rights is decided once by officers and approvers, and never edited, reopened or deleted"

_OPEN = f"(SELECT 1 FROM {_REVIEW} r WHERE r.id = NEW.review_id AND r.closed_at IS NULL)"
_SAID = "NEW.state IN ('kept', 'taken')"
_MAY_SAY = (
    "EXISTS (SELECT 1 FROM parties_user u WHERE u.id = NEW.reviewer AND u.is_active "
    "AND u.role IN ('officer', 'approver'))"
)
_SECOND_ASKED = "(OLD.state = 'taken' AND NEW.state = 'taken' AND OLD.approval IS NULL AND NEW.approval IS NOT NULL)"
_STEPS = (
    "((OLD.state = 'waiting' AND NEW.state IN ('kept', 'taken', 'suspended', 'spared', 'gone') "
    f"AND EXISTS {_OPEN}) OR (OLD.state = 'spared' AND {_SAID}) "
    "OR (OLD.state = 'taken' AND OLD.approval IS NOT NULL AND NEW.state IN ('suspended', 'spared') "
    f"AND EXISTS {_OPEN}) "
    f"OR {_SECOND_ASKED})"
)
_HOUSE = (
    "SELECT p.organisation_id FROM parties_application p WHERE p.id = NEW.application_id "
    "UNION SELECT h.organisation_id FROM parties_user h WHERE h.id = NEW.person_id"
)
_OWN = (
    f"({_SAID} AND ((NEW.person_id IS NOT NULL AND {same('NEW.person_id', 'NEW.reviewer')}) "
    f"OR {belongs('NEW.reviewer', _HOUSE)}))"
)
_ITEM_FIXED = ("id", "review_id", "person_id", "application_id", "role", "last_used")
_ITEM_BORN = f"NEW.state <> 'waiting' OR NOT EXISTS {_OPEN}"
_ITEM_WRONG = f"NOT {_STEPS} OR ({_SAID} AND NOT {_MAY_SAY})"
_REVIEW_FIXED = ("id", "number", "begun_at", "begun_by", "due", "ends_at")
_REVIEW_BORN = f"NEW.closed_at IS NOT NULL OR EXISTS (SELECT 1 FROM {_REVIEW} WHERE closed_at IS NULL)"
_WAITS = f"EXISTS (SELECT 1 FROM {_ITEM} i WHERE i.review_id = NEW.id AND i.state = 'waiting')"
_REVIEW_WRONG = f"OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL OR {_WAITS}"


def _changed(columns: tuple[str, ...], form: str) -> str:
    return " OR ".join(form.format(c=column) for column in columns)


def _sqlite(table: str, name: str, verb: str, when: str, text: str = TEXT) -> str:
    condition = f"WHEN {when} " if when else ""
    stop = f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
    return f'CREATE TRIGGER "ev_{table}_{name}" BEFORE {verb} ON "{table}" {condition}{stop}'


_LITE = "OLD.{c} IS NOT NEW.{c}"
SQLITE: list[str] = [
    _sqlite(_REVIEW, "born", "INSERT", f"{_REVIEW_BORN} OR EXISTS (SELECT 1 FROM {_REVIEW} WHERE id = NEW.id)"),
    _sqlite(_REVIEW, "stays", "UPDATE", f"{_REVIEW_WRONG} OR {_changed(_REVIEW_FIXED, _LITE)}"),
    _sqlite(_REVIEW, "delete", "DELETE", ""),
    _sqlite(_ITEM, "born", "INSERT", f"{_ITEM_BORN} OR EXISTS (SELECT 1 FROM {_ITEM} WHERE id = NEW.id)"),
    _sqlite(_ITEM, "stays", "UPDATE", f"{_ITEM_WRONG} OR {_changed(_ITEM_FIXED, _LITE)}"),
    _sqlite(_ITEM, "own", "UPDATE", _OWN, SAME_PERSON),
    _sqlite(_ITEM, "delete", "DELETE", ""),
]


def _no(text: str) -> str:
    return f"RAISE EXCEPTION '{text}' USING ERRCODE = 'restrict_violation';"


# The types have no common comparison (uuid, timestamp): their text form decides.
_PG = "OLD.{c}::text IS DISTINCT FROM NEW.{c}::text"


def _postgres(table: str, born: str, wrong: str, own: str) -> list[str]:
    """A function and its trigger."""
    return [
        f"CREATE OR REPLACE FUNCTION ev_{table}_stays() RETURNS trigger LANGUAGE plpgsql "
        "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN {_no(TEXT)} END IF; "
        f"IF TG_OP = 'INSERT' THEN IF {born} THEN {_no(TEXT)} END IF; RETURN NEW; END IF; "
        f"IF {wrong} THEN {_no(TEXT)} END IF; {own} RETURN NEW; END $$",
        f"CREATE TRIGGER ev_{table}_stays BEFORE DELETE OR INSERT OR UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION ev_{table}_stays()",
    ]


POSTGRES: list[str] = [
    *_postgres(_REVIEW, _REVIEW_BORN, f"{_REVIEW_WRONG} OR {_changed(_REVIEW_FIXED, _PG)}", ""),
    *_postgres(
        _ITEM, _ITEM_BORN, f"{_ITEM_WRONG} OR {_changed(_ITEM_FIXED, _PG)}",
        f"IF {_OWN} THEN {_no(SAME_PERSON)} END IF;",
    ),
]  # fmt: skip
