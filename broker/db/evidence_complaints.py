# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a customer's question can never do in the database: change, vanish, lose its reply, or go back.

Nor does anybody own, answer or close one about an act of their own, by this account or by another of the name.
"""

import string
from itertools import batched

from broker.db.evidence_duties import same

_TABLE = "consents_complaint"
_ASKED = ("id", "number", "customer_id", "event", "words", "day0", "due", "opened_at")
_REPLY = ("reply", "notice", "answered_at")  # once given, they stay
_NEXT = "(OLD.state = 'received' AND NEW.state = 'answered') OR (OLD.state = 'answered' AND NEW.state = 'closed')"
_TEXT = "evidence: a question and its reply are not edited, deleted or taken back"
_OWN = "evidence: nobody answers or closes a question about an act of their own"
# Who acted stands in the head of the entry that she asks about: its kind and, in base64url, its id.
_LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
_PG_ACTOR = (
    "convert_from({e}.header, 'UTF8')::jsonb ->> 'actor' = "
    "'s:' || translate(rtrim(encode(uuid_send({u}.id), 'base64'), '='), '+/', '-_')"
)


def _lite_actor() -> str:
    """Decode the id by arithmetic: SQLite has no base64, and keeps the id as hex digits."""
    six = [
        f"(instr('{_LETTERS}', substr(json_extract(CAST({{e}}.header AS TEXT), '$.actor'), {place}, 1)) - 1)"
        for place in range(3, 25)
    ]
    threes = [f"{a} * 262144 + {b} * 4096 + {c} * 64 + {d}" for a, b, c, d in batched(six[:20], 4, strict=True)]
    return f"printf('%06x%06x%06x%06x%06x%02x', {', '.join(threes)}, {six[20]} * 4 + {six[21]} / 16) = {{u}}.id"


def _own(actor: str) -> tuple[str, str]:
    """Say when the owner, and when whoever takes the next step, is the person whose act the question is about."""
    about = f"EXISTS (SELECT 1 FROM audit_event e JOIN parties_user w ON {actor.format(e='e', u='w')}"
    step = f"JOIN audit_event f ON f.id = NEW.audit_event_id JOIN parties_user x ON {actor.format(e='f', u='x')}"
    return (
        f"{about} WHERE e.id = NEW.event AND {same('w.id', 'NEW.owner_id')})",
        f"{about} {step} WHERE e.id = NEW.event AND {same('w.id', 'x.id')})",
    )


(_LITE_OWNER, _LITE_STEP), (_PG_OWNER, _PG_STEP) = _own(_lite_actor()), _own(_PG_ACTOR)


def _by_oneself(other: str, owner: str, step: str) -> str:
    return f"({other.format(c='owner_id')} AND {owner}) OR (OLD.state <> NEW.state AND ({owner} OR {step}))"


_SQLITE_CHANGED = " OR ".join(
    [
        *(f'OLD."{column}" IS NOT NEW."{column}"' for column in _ASKED),
        *(f'(OLD."{column}" IS NOT NULL AND OLD."{column}" IS NOT NEW."{column}")' for column in _REPLY),
    ]
)
SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_update" BEFORE UPDATE ON "{_TABLE}" '
    f"WHEN {_SQLITE_CHANGED} OR (OLD.state <> NEW.state AND NOT ({_NEXT})) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_insert" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN NEW.state <> 'received' BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_owner" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN {_LITE_OWNER} BEGIN SELECT RAISE(ABORT, '{_OWN}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_own" BEFORE UPDATE ON "{_TABLE}" '
    f"WHEN {_by_oneself('OLD.{c} IS NOT NEW.{c}', _LITE_OWNER, _LITE_STEP)} "
    f"BEGIN SELECT RAISE(ABORT, '{_OWN}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_over" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN EXISTS (SELECT 1 FROM {_TABLE} WHERE id = NEW.id OR number = NEW.number) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_delete" BEFORE DELETE ON "{_TABLE}" BEGIN SELECT RAISE(ABORT, \'{_TEXT}\'); END',
]

# The types have no common comparison (uuid, bytea, date): their text form decides.
_PG_CHANGED = " OR ".join(
    [
        *(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in _ASKED),
        *(
            f"(OLD.{column} IS NOT NULL AND OLD.{column}::text IS DISTINCT FROM NEW.{column}::text)"
            for column in _REPLY
        ),
    ]
)
_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
_NOT_OWN = f"RAISE EXCEPTION '{_OWN}' USING ERRCODE = 'restrict_violation';"
_PG_BY_ONESELF = _by_oneself("OLD.{c} IS DISTINCT FROM NEW.{c}", _PG_OWNER, _PG_STEP)
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_complaint_stays() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' THEN {_NO} END IF; "
    f"IF TG_OP = 'INSERT' THEN IF NEW.state <> 'received' THEN {_NO} END IF; "
    f"IF {_PG_OWNER} THEN {_NOT_OWN} END IF; RETURN NEW; END IF; "
    f"IF ({_PG_CHANGED}) OR (OLD.state <> NEW.state AND NOT ({_NEXT})) THEN {_NO} END IF; "
    f"IF {_PG_BY_ONESELF} THEN {_NOT_OWN} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TABLE}_stays BEFORE DELETE OR INSERT OR UPDATE ON {_TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION ev_complaint_stays()",
]
