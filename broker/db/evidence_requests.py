# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a manual request can never do in the database: make a move that the table does not have, or move a frozen clock.

Number, thread and Message-ID are reserved once and stay, and so does when a letter left. One that may have left never
ends without the mail that calls it back, and none ends without an answer on the word of one person alone.
"""

_TABLE = "requests_app_manualrequest"
# The moves of `requests_app.lifecycle.TABLE`, in the database's own words; a test compares the two.
_ENDS = ("superseded", "closed_without_response", "withdrawn")
_PAUSES = ("fee_quoted", "waiting_on_customer", "waiting_on_us")
NEXT: dict[str, tuple[str, ...]] = {
    "drafted": ("queued", "withdrawn"),
    "queued": ("delivery_unknown", "delivery_unproven", "waiting_on_utility", "withdrawn"),
    "delivery_unknown": (
        "queued", "delivery_unproven", "not_delivered", "waiting_on_utility", "answered", "withdrawn",
    ),
    "delivery_unproven": (
        "waiting_on_utility", "not_delivered", "answered", "closed_without_response", "withdrawn",
    ),
    "not_delivered": ("queued", "answered", *_ENDS),
    "waiting_on_utility": ("acknowledged", *_PAUSES, "answered", "not_delivered", *_ENDS),
    "acknowledged": (*_PAUSES, "answered", *_ENDS),
    "fee_quoted": ("waiting_on_utility", "waiting_on_customer", "answered", *_ENDS),
    "waiting_on_customer": ("waiting_on_utility", "fee_quoted", "waiting_on_us", "answered", *_ENDS),
    "waiting_on_us": ("waiting_on_utility", "fee_quoted", "waiting_on_customer", "answered", *_ENDS),
    "partially_answered": (*_PAUSES, "answered", "delivered", *_ENDS),
    "answered": ("delivered", "partially_answered", "waiting_on_utility", *_PAUSES, "superseded", "withdrawn"),
    "delivered": ("withdrawn",),
    "superseded": ("withdrawn",),
    "closed_without_response": ("withdrawn",),
}  # fmt: skip
BORN = ("drafted", "queued")
OVER = ("delivered", *_ENDS)
_FIXED = ("id", "number", "request_id", "message_id", "thread_token", "created_at")
_CLOCK = (
    "delivered_at", "day0", "expected_from", "due", "due_at", "first_follow_up", "calendar_version", "paused_on",
    "remaining", "promised_for",
)  # fmt: skip
_TEXT = "evidence: a request makes the moves of its table, and a closed one keeps its dates"

_ENDED = "evidence: a request ends without an answer by two people, or because its fee was declined"


def _one_of(words: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{each}'" for each in words) + ")"


_MAY = " OR ".join(f"(OLD.state = '{old}' AND NEW.state IN {_one_of(new)})" for old, new in NEXT.items())
_MOVES = f"(OLD.state <> NEW.state AND NOT ({_MAY}))"
# `requests_app.lifecycle.may_have_left`, and the moment of it: the newest one stays.
_NOT_OUT = ("drafted", "queued", "not_delivered")
_LEFT = f"(OLD.sent_at IS NOT NULL OR OLD.state NOT IN {_one_of(_NOT_OUT)})"
_NOT_CALLED = f"(OLD.state <> 'withdrawn' AND NEW.state = 'withdrawn' AND NEW.withdrawal = '' AND {_LEFT})"
_UNSAID = "(OLD.sent_at IS NOT NULL AND NEW.sent_at IS NULL)"
_BIRTH = f"NEW.state NOT IN {_one_of(BORN)} OR NEW.delivered_at IS NOT NULL"


def _changed(columns: tuple[str, ...], form: str) -> str:
    return " OR ".join(form.format(c=column) for column in columns)


_LITE = 'OLD."{c}" IS NOT NEW."{c}"'
# The types have no common comparison (uuid, date, timestamp): their text form decides.
_PG = "OLD.{c}::text IS DISTINCT FROM NEW.{c}::text"


def _wrong(form: str) -> str:
    frozen = f"(OLD.state IN {_one_of(OVER)} AND ({_changed(_CLOCK, form)}))"
    return f"{_MOVES} OR {_NOT_CALLED} OR {_UNSAID} OR {frozen} OR {_changed(_FIXED, form)}"


# What ends it stands under the same event: the decision of two people, as they agreed to it, or the no to its fee, of
# which `evidence_fees` says who gives it.
def _unended(choice: str) -> str:
    two = (
        "SELECT 1 FROM ladder_lastdecision d JOIN approvals_approval a ON a.id = d.approval "
        "WHERE d.manual_id = NEW.id AND d.audit_event_id = NEW.audit_event_id AND d.choice IN ('close', 'upload') "
        f"AND {choice} = d.choice AND a.act = 'request.unanswered' AND a.about = NEW.id "
        "AND a.state IN ('approved', 'executed') AND a.approver IS NOT NULL AND a.approver <> a.requester"
    )
    no = (
        "SELECT 1 FROM fees_feequote f WHERE f.manual_id = NEW.id AND f.state = 'declined' "
        "AND f.audit_event_id = NEW.audit_event_id"
    )
    ends = "OLD.state <> 'closed_without_response' AND NEW.state = 'closed_without_response'"
    return f"{ends} AND NOT EXISTS ({two}) AND NOT EXISTS ({no})"


SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_moves" BEFORE UPDATE ON "{_TABLE}" WHEN {_wrong(_LITE)} '
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_born" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN {_BIRTH} OR EXISTS (SELECT 1 FROM {_TABLE} WHERE id = NEW.id OR number = NEW.number "
    "OR request_id = NEW.request_id OR message_id = NEW.message_id OR thread_token = NEW.thread_token) "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_ended" BEFORE UPDATE ON "{_TABLE}" '
    f"WHEN {_unended("json_extract(a.params, '$.choice')")} BEGIN SELECT RAISE(ABORT, '{_ENDED}'); END",
]

_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_request_moves() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'INSERT' THEN IF {_BIRTH} THEN {_NO} END IF; RETURN NEW; END IF; "
    f"IF {_wrong(_PG)} THEN {_NO} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TABLE}_moves BEFORE INSERT OR UPDATE ON {_TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION ev_request_moves()",
    "CREATE OR REPLACE FUNCTION ev_request_ended() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF {_unended("a.params->>'choice'")} THEN RAISE EXCEPTION '{_ENDED}' USING ERRCODE = 'restrict_violation'; "
    "END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_TABLE}_ended BEFORE UPDATE ON {_TABLE} FOR EACH ROW EXECUTE FUNCTION ev_request_ended()",
]
