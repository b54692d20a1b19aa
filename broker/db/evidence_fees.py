# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What can never happen to a fee in the database: be changed, decided twice, or accepted without who must say so."""

from broker.db.evidence_held_files import HELD, PROVEN

_FEE, _MAIL = "fees_feequote", "fees_threadmail"
_STAYS = "evidence: a fee is decided once, and what was named is not edited or deleted"
_TEXT = "evidence: a fee above the limit is decided by two people, and paid by a customer on her own yes"
_MAIL_TEXT = "evidence: a mail of ours on a thread keeps its words, and one that was sent stays so"
_NAMED = (
    "id", "manual_id", "amount", "currency", "said_by", "message_id", "limit", "quoted_by", "quoted_at",
)  # fmt: skip
_WRITTEN = ("id", "manual_id", "what", "fee_id", "words", "message_id", "rests_in", "written_by", "written_at")
_BY_TWO = (
    "EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval AND a.about = NEW.id "
    "AND a.act = CASE NEW.state WHEN 'accepted' THEN 'fee.accept' ELSE 'fee.decline' END "
    "AND a.state IN ('approved', 'executed') AND a.approver = NEW.decider AND a.approver <> a.requester)"
)
# Her yes was given on a page of her own, or one person wrote down what she sent or said and another compared it.
_COMPARED = (
    "EXISTS (SELECT 1 FROM fees_writtenyes w JOIN approvals_approval a ON a.id = w.approval "
    "WHERE w.question_id = q.id AND w.how = r.how AND w.amount = NEW.amount AND w.written_by = r.entered_by "
    "AND a.act = 'fee.her_yes' AND a.about = NEW.id AND a.state IN ('approved', 'executed') "
    "AND a.requester = w.written_by AND a.approver IS NOT NULL AND a.approver <> a.requester)"
)
_BY_HER = (
    "EXISTS (SELECT 1 FROM fees_reply r JOIN fees_question q ON q.id = r.question_id "
    "WHERE q.fee_id = NEW.id AND q.manual_id = NEW.manual_id AND r.answer = 'yes' "
    f"AND (r.how = 'page' OR {_COMPARED}))"
)
# Of a mail that was divided among several customers only a person's words stand on a thread.
_DIVIDED = (
    "EXISTS (SELECT 1 FROM requests_app_message h JOIN desk_mailpart d ON d.carrier_id = h.manual_id "
    "WHERE h.id = c.message_id)"
)
# A mail of the utility on the thread, or its desk's own words there. What a person took out of the holding pen counts
# where its sender was proven.
BY_MAIL = (
    "NEW.said_by = 'mail' AND EXISTS (SELECT 1 FROM requests_app_message n WHERE n.id = NEW.message_id "
    "AND n.manual_id = NEW.manual_id AND n.direction = 'in' AND n.kind IN ('answer', 'message') "
    f"AND NOT EXISTS (SELECT 1 FROM inbound_mailchoice c WHERE {HELD} AND NOT ({PROVEN} AND NOT {_DIVIDED})))"
)
# The request of a fee, and each that was replaced before it.
_LINE = (
    "WITH RECURSIVE line(id) AS (SELECT NEW.manual_id UNION "
    "SELECT s.old_id FROM fees_succession s JOIN line ON s.new_id = line.id) SELECT id FROM line"
)
# What one person accepts for a request and those before it stays in sum within the limit, in whole cents; and whoever
# wrote a fee down says neither yes nor no alone, but where a mail names it. Of the desk's page no person is the writer.
_BY_ONE = (
    f"NEW.decided_by = 'one' AND ((NEW.decider = NEW.quoted_by AND NOT ({BY_MAIL})) OR "
    "(NEW.state = 'accepted' AND ROUND(100 * (NEW.amount + COALESCE((SELECT SUM(f.amount) FROM fees_feequote f "
    f"WHERE f.manual_id IN ({_LINE}) AND f.state = 'accepted' AND f.id <> NEW.id), 0))) > "
    'ROUND(100 * NEW."limit")))'
)
_ALONE = f"({_BY_ONE}) OR (NEW.decided_by = 'two' AND NOT {_BY_TWO}) OR (NEW.decided_by = 'customer' AND NOT {_BY_HER})"
_FROM = "OLD.state <> 'quoted'"
_BORN = "NEW.state <> 'quoted'"
# What was sent or is void is over; a mail that may have gone out is never simply queued again but by a person.
_STEPS: dict[str, tuple[str, ...]] = {
    "queued": ("queued", "sending", "void"),
    "sending": ("queued", "sent", "refused", "unknown", "void"),
    "refused": ("queued", "sent", "void"),
    "unknown": ("queued", "sent", "void"),
}
_MAY = " OR ".join(
    f"(OLD.state = '{old}' AND NEW.state IN ({', '.join(repr(each) for each in new)}))" for old, new in _STEPS.items()
)


def _changed(columns: tuple[str, ...], form: str) -> str:
    return " OR ".join(form.format(c=column) for column in columns)


_LITE = 'OLD."{c}" IS NOT NEW."{c}"'
# The types have no common comparison (uuid, bytea, numeric): their text form decides.
_PG = 'OLD."{c}"::text IS DISTINCT FROM NEW."{c}"::text'


def _sqlite(name: str, verb: str, table: str, when: str, text: str) -> str:
    condition = f"WHEN {when} " if when else ""
    return (
        f'CREATE TRIGGER "ev_{name}" BEFORE {verb} ON "{table}" {condition}BEGIN SELECT RAISE(ABORT, \'{text}\'); END'
    )


def _over(table: str, born: str) -> str:
    return f"{born} OR EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"


SQLITE: list[str] = [
    _sqlite(f"{_FEE}_stays", "UPDATE", _FEE, f"{_FROM} OR {_changed(_NAMED, _LITE)}", _STAYS),
    _sqlite(f"{_FEE}_alone", "UPDATE", _FEE, _ALONE, _TEXT),
    _sqlite(f"{_FEE}_born", "INSERT", _FEE, _over(_FEE, _BORN), _STAYS),
    _sqlite(f"{_FEE}_delete", "DELETE", _FEE, "", _STAYS),
    _sqlite(f"{_MAIL}_stays", "UPDATE", _MAIL, f"NOT ({_MAY}) OR {_changed(_WRITTEN, _LITE)}", _MAIL_TEXT),
    _sqlite(f"{_MAIL}_born", "INSERT", _MAIL, _over(_MAIL, "NEW.state <> 'queued'"), _MAIL_TEXT),
    _sqlite(f"{_MAIL}_delete", "DELETE", _MAIL, "", _MAIL_TEXT),
]

_HEAD = "RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "


def _no(text: str) -> str:
    return f"RAISE EXCEPTION '{text}' USING ERRCODE = 'restrict_violation';"


def _function(name: str, born: str, stays: str, text: str, more: str = "") -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() {_HEAD}"
        f"IF TG_OP = 'DELETE' THEN {_no(text)} END IF; "
        f"IF TG_OP = 'INSERT' THEN IF {born} THEN {_no(text)} END IF; RETURN NEW; END IF; "
        f"IF {stays} THEN {_no(text)} END IF; {more}RETURN NEW; END $$"
    )


def _trigger(name: str, table: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE DELETE OR INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"


POSTGRES: list[str] = [
    _function(
        "ev_fee_stays", _BORN, f"{_FROM} OR {_changed(_NAMED, _PG)}", _STAYS, f"IF {_ALONE} THEN {_no(_TEXT)} END IF; "
    ),
    _trigger("ev_fee_stays", _FEE),
    _function(
        "ev_thread_mail_stays", "NEW.state <> 'queued'", f"NOT ({_MAY}) OR {_changed(_WRITTEN, _PG)}", _MAIL_TEXT
    ),
    _trigger("ev_thread_mail_stays", _MAIL),
]
