# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What can never happen to the stop switch and to suspensions in the database.

A stop ends by two people alone, a suspension by nobody whom it is about; neither is edited, deleted or brought back.
A missed review puts out neither the last two people who decide nor the last of their roles.
"""

from broker.db.evidence_duties import TEXT as SAME_PERSON
from broker.db.evidence_duties import belongs, same

_BAR = "duties_bar"
_TEXT = "evidence: a stop is lifted by two people, and no bar is edited, deleted or brought back"
_FIXED = ("id", "of", "organisation_id", "application_id", "person_id", "because", "set_by", "since")
_BORN = "NEW.lifted_at IS NOT NULL OR NEW.approval IS NOT NULL"
TOO_FEW = "evidence: a missed review leaves at least two people to decide, and one of each role of theirs"
_LEFT = (
    "FROM parties_user u WHERE u.is_active AND u.role IN ('officer', 'approver') AND u.id <> NEW.person_id "
    f"AND NOT EXISTS (SELECT 1 FROM {_BAR} b WHERE b.lifted_at IS NULL "
    "AND (b.person_id = u.id OR b.organisation_id = u.organisation_id))"
)
_LAST = (
    "(NEW.because = 'review' AND EXISTS (SELECT 1 FROM parties_user p WHERE p.id = NEW.person_id "
    "AND p.role IN ('officer', 'approver') "
    f"AND ((SELECT COUNT(DISTINCT lower(trim(u.full_name))) {_LEFT}) < 2 "
    f"OR NOT EXISTS (SELECT 1 {_LEFT} AND u.role = p.role))))"
)
_ALONE = (
    "(NEW.of = 'all' AND NOT EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval "
    "AND a.act = 'disclosures.resume' AND a.about = NEW.id AND a.state IN ('approved', 'executed') "
    "AND a.approver = NEW.lifted_by AND a.approver <> a.requester))"
)
_WRONG = f"OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL OR {_ALONE}"
_PROGRAM = "SELECT p.organisation_id FROM parties_application p WHERE p.id = NEW.application_id"
_HOUSE = f"SELECT NEW.organisation_id UNION {_PROGRAM}"
_HERSELF = f"(NEW.person_id IS NOT NULL AND {same('NEW.person_id', 'NEW.lifted_by')})"
_OWN = f"({_HERSELF} OR {belongs('NEW.lifted_by', _HOUSE)})"


def _changed(form: str) -> str:
    return " OR ".join(form.format(c=column) for column in _FIXED)


def _sqlite(name: str, verb: str, when: str, text: str) -> str:
    condition = f"WHEN {when} " if when else ""
    stop = f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
    return f'CREATE TRIGGER "ev_{_BAR}_{name}" BEFORE {verb} ON "{_BAR}" {condition}{stop}'


SQLITE: list[str] = [
    _sqlite("stays", "UPDATE", f"{_WRONG} OR {_changed('OLD.{c} IS NOT NEW.{c}')}", _TEXT),
    _sqlite("own", "UPDATE", _OWN, SAME_PERSON),
    _sqlite("born", "INSERT", f"{_BORN} OR EXISTS (SELECT 1 FROM {_BAR} WHERE id = NEW.id)", _TEXT),
    _sqlite("last", "INSERT", _LAST, TOO_FEW),
    _sqlite("delete", "DELETE", "", _TEXT),
]


def _no(text: str) -> str:
    return f"RAISE EXCEPTION '{text}' USING ERRCODE = 'restrict_violation';"


# The types have no common comparison (uuid, timestamp): their text form decides.
_PG = _changed("OLD.{c}::text IS DISTINCT FROM NEW.{c}::text")
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_bar_stays() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' THEN {_no(_TEXT)} END IF; "
    f"IF TG_OP = 'INSERT' THEN IF {_BORN} THEN {_no(_TEXT)} END IF; "
    f"IF {_LAST} THEN {_no(TOO_FEW)} END IF; RETURN NEW; END IF; "
    f"IF {_WRONG} OR {_PG} THEN {_no(_TEXT)} END IF; "
    f"IF {_OWN} THEN {_no(SAME_PERSON)} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_BAR}_stays BEFORE DELETE OR INSERT OR UPDATE ON {_BAR} "
    "FOR EACH ROW EXECUTE FUNCTION ev_bar_stays()",
]
