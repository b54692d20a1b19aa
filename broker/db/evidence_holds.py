# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a legal hold does in the database: nothing of a held subject is destroyed, by whatever way.

A hold counts from the moment its row is there (`placed`), before its keys show it (`held`). It is released only with
the yes of a second person, and a released one never comes back. What was destroyed stays written down.
"""

_HOLD = "holds_legalhold"
_DISPOSAL = "holds_disposal"
_FIXED = ("id", "number", "subject", "token", "scope", "reason", "placed_by", "placed_at")
_FACTS = (
    "id", "number", "approval", "subject", "retention", "period", "scope", "rule", "requester", "approver",
)  # fmt: skip
_DONE = ("log_keys", "vault_keys", "entries", "files", "first_event", "last_event", "done_at")
_LOG, _RECORDS = "('everything', 'log')", "('everything', 'records')"

# Tables whose rows can be deleted at all (with their event, where they are audited) and whose they are.
_OF_CONSENT = "(SELECT c.customer_id FROM consents_consent c WHERE c.id = OLD.consent_id)"
_OF_REQUEST = (
    "(SELECT coalesce(r.customer_id, c.customer_id) FROM requests_app_datarequest r "
    "LEFT JOIN consents_consent c ON c.id = r.consent_id WHERE r.id = OLD.request_id)"
)
SUBJECT_OF: dict[str, str] = {
    "parties_customer": "OLD.id",
    "parties_utilityaccount": "OLD.customer_id",
    "parties_emaillink": "(SELECT p.id FROM parties_customer p WHERE p.email_index = OLD.email_index)",
    "consents_draft": "(SELECT p.id FROM parties_customer p JOIN parties_emaillink k "
    "ON k.email_index = p.email_index WHERE k.id = OLD.link_id)",
    "consents_consentaccount": _OF_CONSENT,
    "consents_letterofauthorization": _OF_CONSENT,
    "requests_app_datarequest": f"coalesce(OLD.customer_id, {_OF_CONSENT})",
    "requests_app_manualrequest": _OF_REQUEST,
    "requests_app_nectarpull": "(SELECT c.customer_id FROM consents_consent c JOIN requests_app_receivedfile f "
    "ON f.consent_id = c.id WHERE f.id = OLD.file_id)",
    "requests_app_customershare": _OF_CONSENT,
    "requests_app_receivedfile": _OF_CONSENT,
    "requests_app_readingseries": "(SELECT a.customer_id FROM parties_utilityaccount a WHERE a.id = OLD.account_id)",
    "notices_notice": "OLD.subject",
}
_HELD_TEXT = "evidence: a legal hold keeps this"
_HOLD_TEXT = "evidence: a legal hold is released by two people and never edited"
_DISPOSAL_TEXT = "evidence: what was destroyed stays written down"

_KEY_HELD = (
    "NEW.wrapped IS NULL AND OLD.wrapped IS NOT NULL AND EXISTS (SELECT 1 FROM audit_alias a JOIN holds_legalhold h "
    f"ON h.token = a.token WHERE a.kid = OLD.kid AND a.field = 0 AND h.state <> 'released' AND h.scope IN {_LOG})"
)
# A release takes one away only when the register has one less.
_KEY_COUNTS = (
    "NEW.hold < OLD.hold AND NEW.hold < (SELECT count(*) FROM audit_alias a JOIN holds_legalhold h "
    f"ON h.token = a.token WHERE a.kid = OLD.kid AND a.field = 0 AND h.state = 'held' AND h.scope IN {_LOG})"
)
_ALIAS_BORN = (
    "NEW.field = 0 AND (SELECT k.hold FROM audit_key k WHERE k.kid = NEW.kid) < (SELECT count(*) "
    f"FROM holds_legalhold h WHERE h.token = NEW.token AND h.state = 'held' AND h.scope IN {_LOG})"
)
_VAULT_HELD = (
    "NEW.wrapped IS NULL AND OLD.wrapped IS NOT NULL AND EXISTS (SELECT 1 FROM holds_legalhold h "
    f"WHERE h.token = OLD.token AND h.state <> 'released' AND h.scope IN {_RECORDS})"
)
_VAULT_COUNT = (
    f"(SELECT count(*) FROM holds_legalhold h WHERE h.token = NEW.token AND h.state = 'held' AND h.scope IN {_RECORDS})"
)
_VAULT_COUNTS = f"NEW.hold < OLD.hold AND NEW.hold < {_VAULT_COUNT}"
_VAULT_BORN = f"NEW.hold < {_VAULT_COUNT}"
_DEAD_KEY = "EXISTS (SELECT 1 FROM vault_key k WHERE k.id = NEW.vault_key AND k.shredded_event IS NOT NULL)"

_RELEASED = (
    "NEW.state = 'released' AND NEW.released_at IS NOT NULL AND EXISTS (SELECT 1 FROM approvals_approval a "
    "WHERE a.id = NEW.approval AND a.act = 'key.release' AND a.about = NEW.id AND a.approver IS NOT NULL "
    "AND a.state IN ('approved', 'executed'))"
)
_HOLD_STEP = (
    "(NEW.state = OLD.state AND NEW.state <> 'released') OR (OLD.state = 'placed' AND NEW.state = 'held') "
    f"OR (OLD.state = 'held' AND {_RELEASED})"
)
_HOLD_BEGINS = "NEW.state = 'placed' AND NEW.released_at IS NULL AND NEW.approval IS NULL"
_DISPOSAL_STEP = (
    "(OLD.state = 'refused' AND NEW.state = 'shredded') OR (OLD.state = 'shredded' AND NEW.state = 'finished')"
)


def _sqlite(name: str, verb: str, table: str, when: str, text: str) -> str:
    condition = f"WHEN {when} " if when else ""
    return f"CREATE TRIGGER ev_{name} BEFORE {verb} ON {table} {condition}BEGIN SELECT RAISE(ABORT, '{text}'); END"


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in columns)


_DONE_CHANGED = f"(OLD.state <> 'refused' AND ({_changed(_DONE)}))"
SQLITE: list[str] = [
    _sqlite("held_audit_key", "UPDATE", "audit_key", f"({_KEY_HELD}) OR ({_KEY_COUNTS})", _HELD_TEXT),
    _sqlite("held_audit_alias", "INSERT", "audit_alias", _ALIAS_BORN, _HELD_TEXT),
    _sqlite("held_vault_key", "UPDATE", "vault_key", f"({_VAULT_HELD}) OR ({_VAULT_COUNTS})", _HELD_TEXT),
    _sqlite("held_vault_key_new", "INSERT", "vault_key", _VAULT_BORN, _HELD_TEXT),
    _sqlite("held_vault_sealedfile", "INSERT", "vault_sealedfile", _DEAD_KEY, "evidence: the key was destroyed"),
    *(
        _sqlite(
            f"held_{table}",
            "DELETE",
            table,
            "EXISTS (SELECT 1 FROM holds_legalhold h WHERE h.state <> 'released' "
            f"AND h.scope IN {_RECORDS} AND h.subject = {subject})",
            _HELD_TEXT,
        )
        for table, subject in SUBJECT_OF.items()
    ),
    _sqlite(f"{_HOLD}_update", "UPDATE", _HOLD, f"{_changed(_FIXED)} OR NOT ({_HOLD_STEP})", _HOLD_TEXT),
    _sqlite(f"{_HOLD}_insert", "INSERT", _HOLD, f"NOT ({_HOLD_BEGINS})", _HOLD_TEXT),
    _sqlite(
        f"{_HOLD}_over", "INSERT", _HOLD,
        f"EXISTS (SELECT 1 FROM {_HOLD} WHERE id = NEW.id OR number = NEW.number)", _HOLD_TEXT,
    ),
    _sqlite(f"{_HOLD}_delete", "DELETE", _HOLD, "", _HOLD_TEXT),
    _sqlite(
        f"{_DISPOSAL}_update", "UPDATE", _DISPOSAL,
        f"{_changed(_FACTS)} OR {_DONE_CHANGED} OR NOT ({_DISPOSAL_STEP})", _DISPOSAL_TEXT,
    ),
    _sqlite(
        f"{_DISPOSAL}_over", "INSERT", _DISPOSAL,
        f"EXISTS (SELECT 1 FROM {_DISPOSAL} WHERE id = NEW.id OR number = NEW.number OR approval = NEW.approval)",
        _DISPOSAL_TEXT,
    ),
    _sqlite(f"{_DISPOSAL}_delete", "DELETE", _DISPOSAL, "", _DISPOSAL_TEXT),
]  # fmt: skip


def _function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION ev_{name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN {body} END $$"
    )


def _on(name: str, verbs: str, table: str, function: str) -> str:
    return f"CREATE TRIGGER ev_{name} BEFORE {verbs} ON {table} FOR EACH ROW EXECUTE FUNCTION ev_{function}()"


def _unless(condition: str, text: str) -> str:
    return f"IF {condition} THEN RAISE EXCEPTION '{text}' USING ERRCODE = 'restrict_violation'; END IF;"


def _pg_changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in columns)


def _never(condition: str) -> str:
    return f"({condition}) IS NOT TRUE"


_PG_DONE = f"(OLD.state <> 'refused' AND ({_pg_changed(_DONE)}))"
POSTGRES: list[str] = [
    _function("held_audit_key", _unless(f"({_KEY_HELD}) OR ({_KEY_COUNTS})", _HELD_TEXT) + " RETURN NEW;"),
    _on("held_audit_key", "UPDATE", "audit_key", "held_audit_key"),
    _function("held_audit_alias", _unless(_ALIAS_BORN, _HELD_TEXT) + " RETURN NEW;"),
    _on("held_audit_alias", "INSERT", "audit_alias", "held_audit_alias"),
    _function(
        "held_vault_key",
        f"IF TG_OP = 'INSERT' THEN {_unless(_VAULT_BORN, _HELD_TEXT)} RETURN NEW; END IF; "
        + _unless(f"({_VAULT_HELD}) OR ({_VAULT_COUNTS})", _HELD_TEXT)
        + " RETURN NEW;",
    ),
    _on("held_vault_key", "INSERT OR UPDATE", "vault_key", "held_vault_key"),
    _function("held_sealedfile", _unless(_DEAD_KEY, "evidence: the key was destroyed") + " RETURN NEW;"),
    _on("held_vault_sealedfile", "INSERT", "vault_sealedfile", "held_sealedfile"),
    *(
        line
        for table, subject in SUBJECT_OF.items()
        for line in (
            _function(
                f"held_{table}",
                _unless(
                    "EXISTS (SELECT 1 FROM holds_legalhold h WHERE h.state <> 'released' "
                    f"AND h.scope IN {_RECORDS} AND h.subject = {subject})",
                    _HELD_TEXT,
                )
                + " RETURN OLD;",
            ),
            _on(f"held_{table}", "DELETE", table, f"held_{table}"),
        )
    ),
    _function(
        "hold_stays",
        f"IF TG_OP = 'DELETE' THEN {_unless('true', _HOLD_TEXT)} END IF; "
        f"IF TG_OP = 'INSERT' THEN {_unless(_never(_HOLD_BEGINS), _HOLD_TEXT)} RETURN NEW; END IF; "
        + _unless(f"{_pg_changed(_FIXED)} OR {_never(_HOLD_STEP)}", _HOLD_TEXT)
        + " RETURN NEW;",
    ),
    _on(f"{_HOLD}_stays", "DELETE OR INSERT OR UPDATE", _HOLD, "hold_stays"),
    _function(
        "disposal_stays",
        f"IF TG_OP = 'DELETE' THEN {_unless('true', _DISPOSAL_TEXT)} END IF; "
        + _unless(f"{_pg_changed(_FACTS)} OR {_PG_DONE} OR {_never(_DISPOSAL_STEP)}", _DISPOSAL_TEXT)
        + " RETURN NEW;",
    ),
    _on(f"{_DISPOSAL}_stays", "DELETE OR UPDATE", _DISPOSAL, "disposal_stays"),
]
