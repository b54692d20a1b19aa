# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What the ladder of a request can never do in the database: ask the utility twice with one mail, or about a request
that it does not owe; rewrite a call; end a request on the word of one person.
"""

_ASK, _CALL, _LAST = "ladder_followup", "ladder_phonetask", "ladder_lastdecision"
_TEXT = "evidence: a follow-up makes the moves of its table, of a request that the utility owes"
_ALONG = "evidence: a follow-up leaves in the mail of one that leaves now, of the same customer and recipient"
_CALLED = "evidence: a phone task is done or void once, and then stays"
_TWO = "evidence: two people decide how an unanswered request goes on"
# The moves of `requests_app.ladder.asking.MOVES`, in the database's own words; a test compares the two.
NEXT: dict[str, tuple[str, ...]] = {
    "queued": ("sending", "cancelled"),
    "sending": ("queued", "sent", "unknown", "refused"),
    "sent": ("refused",),
    "unknown": ("sent", "refused"),
}
OWED = ("waiting_on_utility", "acknowledged", "partially_answered")
_ASK_FIXED = ("id", "manual_id", "number", "message_id", "day", "created_at")
_CALL_FIXED = ("id", "manual_id", "number", "first_day", "last_day", "created_at")


def _one_of(words: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{each}'" for each in words) + ")"


def _changed(columns: tuple[str, ...], form: str) -> str:
    return " OR ".join(form.format(c=column) for column in columns)


_MAY = " OR ".join(f"(OLD.state = '{old}' AND NEW.state IN {_one_of(new)})" for old, new in NEXT.items())
_NOT_OWED = (
    "(OLD.state <> 'sending' AND NEW.state = 'sending' AND NOT EXISTS (SELECT 1 FROM requests_app_manualrequest m "
    f"WHERE m.id = NEW.manual_id AND m.state IN {_one_of(OWED)}))"
)
_MOVES = f"(OLD.state <> NEW.state AND NOT ({_MAY})) OR {_NOT_OWED}"
# A follow-up joins another one's mail as both begin to leave, and parts from it where nothing left us. The mail's own
# one joins none, and both are about one customer and one recipient.
_LEADS = (
    f"EXISTS (SELECT 1 FROM {_ASK} l JOIN requests_app_manualrequest lm ON lm.id = l.manual_id "
    "JOIN requests_app_datarequest lr ON lr.id = lm.request_id, "
    "requests_app_manualrequest m JOIN requests_app_datarequest r ON r.id = m.request_id "
    "WHERE l.id = NEW.went_with_id AND m.id = NEW.manual_id AND l.id <> NEW.id AND l.state = 'sending' "
    "AND l.went_with_id IS NULL AND lr.customer_id = r.customer_id AND lr.organisation_id = r.organisation_id)"
)
_JOINS = "(OLD.state = 'queued' AND NEW.state = 'sending')"
_PARTS = "(NEW.state = 'queued' AND NEW.went_with_id IS NULL)"
_WRONG_MAIL = (
    f"({_JOINS} AND NEW.went_with_id IS NOT NULL AND NOT {_LEADS}) OR ({{changed}} AND NOT {_JOINS} AND NOT {_PARTS})"
)
_ALONE = (
    "NOT EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval AND a.act = 'request.unanswered' "
    "AND a.about = NEW.manual_id AND a.state IN ('approved', 'executed') AND a.approver IS NOT NULL "
    "AND a.approver <> a.requester)"
)
_LITE = 'OLD."{c}" IS NOT NEW."{c}"'
# The types have no common comparison (uuid, date, timestamp): their text form decides.
_PG = "OLD.{c}::text IS DISTINCT FROM NEW.{c}::text"


def _stop(text: str) -> str:
    return f"BEGIN SELECT RAISE(ABORT, '{text}'); END"


SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_ASK}_moves" BEFORE UPDATE ON "{_ASK}" '
    f"WHEN {_MOVES} OR {_changed(_ASK_FIXED, _LITE)} {_stop(_TEXT)}",
    f'CREATE TRIGGER "ev_{_ASK}_along" BEFORE UPDATE ON "{_ASK}" '
    f"WHEN {_WRONG_MAIL.format(changed=_LITE.format(c='went_with_id'))} {_stop(_ALONG)}",
    f'CREATE TRIGGER "ev_{_ASK}_born" BEFORE INSERT ON "{_ASK}" WHEN NEW.state <> \'queued\' '
    f"OR NEW.went_with_id IS NOT NULL "
    f"OR EXISTS (SELECT 1 FROM {_ASK} WHERE id = NEW.id OR message_id = NEW.message_id) {_stop(_TEXT)}",
    f'CREATE TRIGGER "ev_{_ASK}_delete" BEFORE DELETE ON "{_ASK}" {_stop(_TEXT)}',
    f'CREATE TRIGGER "ev_{_CALL}_moves" BEFORE UPDATE ON "{_CALL}" '
    f"WHEN OLD.state <> 'open' OR {_changed(_CALL_FIXED, _LITE)} {_stop(_CALLED)}",
    f'CREATE TRIGGER "ev_{_CALL}_born" BEFORE INSERT ON "{_CALL}" WHEN NEW.state <> \'open\' '
    f"OR EXISTS (SELECT 1 FROM {_CALL} WHERE id = NEW.id) {_stop(_CALLED)}",
    f'CREATE TRIGGER "ev_{_CALL}_delete" BEFORE DELETE ON "{_CALL}" {_stop(_CALLED)}',
    f'CREATE TRIGGER "ev_{_LAST}_two" BEFORE INSERT ON "{_LAST}" WHEN {_ALONE} {_stop(_TWO)}',
]

_HEAD = "RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "


def _no(text: str) -> str:
    return f"RAISE EXCEPTION '{text}' USING ERRCODE = 'restrict_violation';"


def _guard(name: str, table: str, born: str, wrong: str, text: str) -> list[str]:
    return [
        f"CREATE OR REPLACE FUNCTION {name}() {_HEAD}"
        f"IF TG_OP = 'DELETE' THEN {_no(text)} END IF; "
        f"IF TG_OP = 'INSERT' THEN IF NEW.state <> '{born}' THEN {_no(text)} END IF; RETURN NEW; END IF; "
        f"IF {wrong} THEN {_no(text)} END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER ev_{table}_moves BEFORE DELETE OR INSERT OR UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


POSTGRES: list[str] = [
    *_guard("ev_follow_up_moves", _ASK, "queued", f"{_MOVES} OR {_changed(_ASK_FIXED, _PG)}", _TEXT),
    f"CREATE OR REPLACE FUNCTION ev_follow_up_along() {_HEAD}"
    f"IF TG_OP = 'INSERT' THEN IF NEW.went_with_id IS NOT NULL THEN {_no(_ALONG)} END IF; RETURN NEW; END IF; "
    f"IF {_WRONG_MAIL.format(changed=_PG.format(c='went_with_id'))} THEN {_no(_ALONG)} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_ASK}_along BEFORE INSERT OR UPDATE ON {_ASK} "
    "FOR EACH ROW EXECUTE FUNCTION ev_follow_up_along()",
    *_guard("ev_phone_task_moves", _CALL, "open", f"OLD.state <> 'open' OR {_changed(_CALL_FIXED, _PG)}", _CALLED),
    f"CREATE OR REPLACE FUNCTION ev_last_decision() {_HEAD}IF {_ALONE} THEN {_no(_TWO)} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_LAST}_two BEFORE INSERT ON {_LAST} FOR EACH ROW EXECUTE FUNCTION ev_last_decision()",
]
