# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a broken glass can never be in the database: long, for no reason, one's own, reviewed by its officer, edited."""

from broker.db.evidence_duties import TEXT as SAME_PERSON
from broker.db.evidence_duties import belongs, same

_GLASS = "duties_glass"
_TEXT = "evidence: a glass ends within four hours, is reviewed once, and never edited or deleted"
_WHY = "evidence: glass is broken for a reason"
# What it says is sealed, and no more than its length shows: the head, the nonce and the tag alone are of no word.
SEALED_NOTHING = 45
_UNSAID = f"length(NEW.reason) <= {SEALED_NOTHING}"
_FIXED = ("id", "customer_id", "officer", "reason", "opened_at", "ends_at", "review_by")
_NOBODY = "NOT EXISTS (SELECT 1 FROM parties_user u WHERE u.id = NEW.officer AND u.is_active AND u.role = 'officer')"
_OF_HERS = "SELECT k.recipient_id FROM consents_consent k WHERE k.customer_id = NEW.customer_id"
_OWN = belongs("NEW.officer", _OF_HERS)
_BORN = f"NEW.closed_at IS NOT NULL OR NEW.reviewed_by IS NOT NULL OR {_NOBODY}"
_LONG = {
    "sqlite": "julianday(NEW.ends_at) - julianday(NEW.opened_at) > 4.0 / 24 + 0.00001",
    "postgresql": "NEW.ends_at > NEW.opened_at + interval '4 hours'",
}
_AGAIN = "OLD.reviewed_by IS NOT NULL OR (OLD.closed_at IS NOT NULL AND NEW.closed_at IS NULL)"
_REVIEWS = (
    "(OLD.reviewed_by IS NULL AND NEW.reviewed_by IS NOT NULL AND "
    f"({same('NEW.officer', 'NEW.reviewed_by')} OR {belongs('NEW.reviewed_by', _OF_HERS)}))"
)


def _changed(form: str) -> str:
    return " OR ".join(form.format(c=column) for column in _FIXED)


def _sqlite(name: str, verb: str, when: str, text: str) -> str:
    condition = f"WHEN {when} " if when else ""
    stop = f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
    return f'CREATE TRIGGER "ev_{_GLASS}_{name}" BEFORE {verb} ON "{_GLASS}" {condition}{stop}'


_OVER = f"EXISTS (SELECT 1 FROM {_GLASS} WHERE id = NEW.id)"
SQLITE: list[str] = [
    _sqlite("born", "INSERT", f"{_BORN} OR {_OVER} OR {_LONG['sqlite']}", _TEXT),
    _sqlite("why", "INSERT", _UNSAID, _WHY),
    _sqlite("own", "INSERT", _OWN, SAME_PERSON),
    _sqlite("stays", "UPDATE", f"{_AGAIN} OR {_changed('OLD.{c} IS NOT NEW.{c}')}", _TEXT),
    _sqlite("review", "UPDATE", _REVIEWS, SAME_PERSON),
    _sqlite("delete", "DELETE", "", _TEXT),
]


def _no(text: str) -> str:
    return f"RAISE EXCEPTION '{text}' USING ERRCODE = 'restrict_violation';"


# The types have no common comparison (uuid, bytea, timestamp): their text form decides.
_PG = _changed("OLD.{c}::text IS DISTINCT FROM NEW.{c}::text")
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_glass_stays() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' THEN {_no(_TEXT)} END IF; "
    f"IF TG_OP = 'INSERT' THEN IF {_BORN} OR {_LONG['postgresql']} THEN {_no(_TEXT)} END IF; "
    f"IF {_UNSAID} THEN {_no(_WHY)} END IF; "
    f"IF {_OWN} THEN {_no(SAME_PERSON)} END IF; RETURN NEW; END IF; "
    f"IF {_AGAIN} OR {_PG} THEN {_no(_TEXT)} END IF; "
    f"IF {_REVIEWS} THEN {_no(SAME_PERSON)} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_GLASS}_stays BEFORE DELETE OR INSERT OR UPDATE ON {_GLASS} "
    "FOR EACH ROW EXECUTE FUNCTION ev_glass_stays()",
]
