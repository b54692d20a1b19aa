# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a review of rights can never be in the database: decided by its holder, edited, reopened, deleted, left open.

A right begins undecided in an open review; it is kept or taken away by an officer or approver alone, who neither holds
it nor works for the recipient that does. Nor can it be said of a right what is not so: taken away is a key that ended,
a person who is disabled or whose disabling the reviewer asked for; gone is what ended or is suspended; missed is what a
bar of a review suspends, or what goes on after the review's end; and an ask that was taken back or ran out suspends
nobody.
"""

from broker.db.evidence_duties import TEXT as SAME_PERSON
from broker.db.evidence_duties import belongs, same

_REVIEW, _ITEM = "rights_review", "rights_item"
TEXT = "evidence: a review of rights is decided once by officers and approvers, and never edited, reopened or deleted"

_OPEN = f"(SELECT 1 FROM {_REVIEW} r WHERE r.id = NEW.review_id AND r.closed_at IS NULL)"
_AFTER = f"EXISTS (SELECT 1 FROM {_REVIEW} r WHERE r.id = NEW.review_id AND NEW.decided_at >= r.ends_at)"
_SAID = "NEW.state IN ('kept', 'taken')"
_MAY_SAY = (
    "EXISTS (SELECT 1 FROM parties_user u WHERE u.id = NEW.reviewer AND u.is_active "
    "AND u.role IN ('officer', 'approver'))"
)


def _ask(row: str, states: str) -> str:
    """The ask of a right stands so: that its holder is disabled, and nobody else."""
    return (
        f"EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = {row}.approval AND a.act = 'people.disable' "
        f"AND a.about = {row}.person_id AND a.state IN ({states}))"
    )


_STANDS, _FELL = "'requested', 'approved'", "'withdrawn', 'expired'"
_OUT = "EXISTS (SELECT 1 FROM parties_user u WHERE u.id = NEW.person_id AND NOT u.is_active)"
_REVOKED = "EXISTS (SELECT 1 FROM parties_application p WHERE p.id = NEW.application_id AND {how})"
_BARRED = (
    "EXISTS (SELECT 1 FROM duties_bar b WHERE b.lifted_at IS NULL "
    "AND (b.person_id = NEW.person_id OR b.application_id = NEW.application_id){more})"
)
_ENDED = (
    f"({_OUT} OR {_REVOKED.format(how='(p.revoked_at IS NOT NULL OR p.expires_at <= NEW.decided_at)')} "
    f"OR {_BARRED.format(more='')})"
)
_BY_REVIEW = _BARRED.format(more=" AND b.id = NEW.bar_id AND b.because = 'review'")
_STEPS = (
    f"((OLD.state = 'waiting' AND EXISTS {_OPEN} AND ({_SAID} OR NEW.state IN ('suspended', 'spared', 'gone'))) "
    f"OR (OLD.state = 'spared' AND ({_SAID} OR NEW.state IN ('gone', 'refused'))) "
    f"OR (OLD.state = 'taken' AND NEW.state = 'suspended' AND EXISTS {_OPEN} AND {_ask('OLD', _STANDS)}) "
    f"OR (OLD.state = 'taken' AND NEW.state = 'spared' AND EXISTS {_OPEN} AND {_ask('OLD', f'{_STANDS}, {_FELL}')}) "
    f"OR (OLD.state = 'taken' AND {_SAID} AND {_ask('OLD', _FELL)}) "
    "OR (OLD.state = 'taken' AND NEW.state = 'refused'))"
)
_ASKED_HERSELF = (
    "EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval AND a.requester = NEW.reviewer "
    "AND NEW.person_id IS NOT NULL)"
)
_TAKEN = (
    f"((NEW.approval IS NULL AND ({_OUT} OR {_REVOKED.format(how='p.revoked_at IS NOT NULL')})) "
    f"OR ({_ask('NEW', "'requested'")} AND {_ASKED_HERSELF}))"
)
# What is said of a right is true of the rows that it is about.
_SO = (
    "CASE NEW.state WHEN 'kept' THEN NEW.approval IS NULL "
    f"WHEN 'taken' THEN {_TAKEN} WHEN 'gone' THEN {_ENDED} "
    f"WHEN 'suspended' THEN {_BY_REVIEW} AND {_AFTER} WHEN 'spared' THEN {_AFTER} "
    f"WHEN 'refused' THEN {_ask('NEW', "'refused'")} AND {_ASKED_HERSELF} ELSE NULL END"
)
_HOUSE = (
    "SELECT p.organisation_id FROM parties_application p WHERE p.id = NEW.application_id "
    "UNION SELECT h.organisation_id FROM parties_user h WHERE h.id = NEW.person_id"
)
_OWN = (
    f"({_SAID} AND ((NEW.person_id IS NOT NULL AND {same('NEW.person_id', 'NEW.reviewer')}) "
    f"OR {belongs('NEW.reviewer', _HOUSE)}))"
)
ITEM_FIXED = ("id", "review_id", "person_id", "application_id", "role", "last_used")
_ITEM_BORN = f"NEW.state <> 'waiting' OR NOT EXISTS {_OPEN}"
_ITEM_WRONG = f"NOT {_STEPS} OR ({_SAID} AND NOT {_MAY_SAY}) OR ({_SO}) IS NOT TRUE"
REVIEW_FIXED = ("id", "number", "begun_at", "begun_by", "due", "ends_at")
_REVIEW_BORN = f"NEW.closed_at IS NOT NULL OR EXISTS (SELECT 1 FROM {_REVIEW} WHERE closed_at IS NULL)"
_ANSWERED = _ask("i", "'executed'")
_WAITS = (
    f"EXISTS (SELECT 1 FROM {_ITEM} i WHERE i.review_id = NEW.id AND (i.state = 'waiting' "
    f"OR (i.state = 'taken' AND i.approval IS NOT NULL AND NOT {_ANSWERED})))"
)
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
    _sqlite(_REVIEW, "stays", "UPDATE", f"{_REVIEW_WRONG} OR {_changed(REVIEW_FIXED, _LITE)}"),
    _sqlite(_REVIEW, "delete", "DELETE", ""),
    _sqlite(_ITEM, "born", "INSERT", f"{_ITEM_BORN} OR EXISTS (SELECT 1 FROM {_ITEM} WHERE id = NEW.id)"),
    _sqlite(_ITEM, "stays", "UPDATE", f"{_ITEM_WRONG} OR {_changed(ITEM_FIXED, _LITE)}"),
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
    *_postgres(_REVIEW, _REVIEW_BORN, f"{_REVIEW_WRONG} OR {_changed(REVIEW_FIXED, _PG)}", ""),
    *_postgres(
        _ITEM, _ITEM_BORN, f"{_ITEM_WRONG} OR {_changed(ITEM_FIXED, _PG)}",
        f"IF {_OWN} THEN {_no(SAME_PERSON)} END IF;",
    ),
]  # fmt: skip
