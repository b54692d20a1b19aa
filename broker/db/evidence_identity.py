"""What the level of a consent needs in the database: no level without a proof of each of its accounts."""

_ROW = "parties_utilityaccount"
_CONSENT, _ACCOUNTS, _CODE = "consents_consent", "consents_consentaccount", "identity_postedcode"
_TEXT = "evidence: a level needs a proof of each account"
_CODE_TEXT = "evidence: a code by post is used once and never comes back"
_PROVEN = (
    "EXISTS (SELECT 1 FROM identity_proof p JOIN parties_utilityaccount u ON u.id = p.account_id "
    "WHERE p.account_id = {account} AND u.customer_id = {customer} AND p.level >= {level})"
)
# L1 needs nothing; the levels stand in the order of their names.
_UNPROVEN = (
    "NEW.assurance > 'L1' AND (NOT EXISTS (SELECT 1 FROM consents_consentaccount a WHERE a.consent_id = NEW.id) "
    "OR EXISTS (SELECT 1 FROM consents_consentaccount a WHERE a.consent_id = NEW.id AND NOT "
    + _PROVEN.format(account="a.account_id", customer="NEW.customer_id", level="NEW.assurance")
    + "))"
)
_RAISED = f"OLD.assurance <> NEW.assurance AND {_UNPROVEN}"
_ADDED = (
    "EXISTS (SELECT 1 FROM consents_consent c WHERE c.id = NEW.consent_id AND c.assurance > 'L1' AND NOT "
    + _PROVEN.format(account="NEW.account_id", customer="c.customer_id", level="c.assurance")
    + ")"
)
# Hourly data waits after a notice, so the time of the notice is that of a mail that was sent.
_TOLD = "EXISTS (SELECT 1 FROM identity_intervalnotice n WHERE n.consent_id = NEW.id AND n.at <= NEW.notice_at)"
_UNTOLD = (
    "(OLD.notice_at IS NOT NULL AND (NEW.notice_at IS NULL OR NEW.notice_at <> OLD.notice_at)) "
    f"OR (OLD.notice_at IS NULL AND NEW.notice_at IS NOT NULL AND NOT {_TOLD})"
)
_BORN = "NEW.assurance <> 'L1' OR NEW.notice_at IS NOT NULL"
_NOTICE_TEXT = "evidence: a notice counts from when it was sent"
# Tries only grow; what is used or over stays so; what was printed is not printed again.
_CODE_STEP = (
    "OLD.id = NEW.id AND OLD.account_id = NEW.account_id AND OLD.asked_at = NEW.asked_at AND NEW.tries >= OLD.tries "
    "AND OLD.state IN ('waiting', 'printed') AND (OLD.state = 'waiting' OR (OLD.code_hash = NEW.code_hash "
    "AND OLD.printed_at = NEW.printed_at AND OLD.expires_at = NEW.expires_at AND NEW.state <> 'waiting'))"
)
# A code goes to an address that is proven, not to one that somebody typed.
_UNPROVEN_PLACE = (
    "NEW.state IN ('waiting', 'printed', 'used') AND NOT EXISTS "
    "(SELECT 1 FROM identity_proof p WHERE p.account_id = NEW.account_id AND p.level >= 'L2')"
)
_PLACE_TEXT = "evidence: a code is posted to a proven address"
# A proof is of the facts of its row, so these stay as they were.
_FACTS = ("id", "customer_id", "utility", "number", "number_index", "name_as_billed", "service_address", "facts_index")
_REWRITTEN = " OR ".join(f"OLD.{each} <> NEW.{each}" for each in _FACTS)
_FACTS_TEXT = "evidence: what an account row names is never changed"


def _sqlite(name: str, verb: str, table: str, when: str, text: str) -> str:
    condition = f"WHEN {when} " if when else ""
    return f"CREATE TRIGGER ev_{name} BEFORE {verb} ON {table} {condition}BEGIN SELECT RAISE(ABORT, '{text}'); END"


SQLITE: list[str] = [
    _sqlite("level_raised", "UPDATE", _CONSENT, _RAISED, _TEXT),
    _sqlite("level_born", "INSERT", _CONSENT, _BORN, _TEXT),
    _sqlite("level_notice", "UPDATE", _CONSENT, _UNTOLD, _NOTICE_TEXT),
    _sqlite("level_account", "INSERT", _ACCOUNTS, _ADDED, _TEXT),
    _sqlite("level_account_moved", "UPDATE", _ACCOUNTS, _ADDED, _TEXT),
    _sqlite(f"{_CODE}_step", "UPDATE", _CODE, f"NOT ({_CODE_STEP})", _CODE_TEXT),
    _sqlite(f"{_CODE}_place", "INSERT", _CODE, _UNPROVEN_PLACE, _PLACE_TEXT),
    _sqlite(f"{_CODE}_place_kept", "UPDATE", _CODE, _UNPROVEN_PLACE, _PLACE_TEXT),
    _sqlite("account_facts", "UPDATE", _ROW, _REWRITTEN, _FACTS_TEXT),
    _sqlite(f"{_CODE}_delete", "DELETE", _CODE, "", _CODE_TEXT),
    _sqlite(f"{_CODE}_over", "INSERT", _CODE, f"EXISTS (SELECT 1 FROM {_CODE} WHERE id = NEW.id)", _CODE_TEXT),
]


def _function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION ev_{name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN {body} END $$"
    )


def _unless(condition: str, text: str) -> str:
    return f"IF {condition} THEN RAISE EXCEPTION '{text}' USING ERRCODE = 'restrict_violation'; END IF;"


def _on(name: str, verbs: str, table: str) -> str:
    return f"CREATE TRIGGER ev_{name} BEFORE {verbs} ON {table} FOR EACH ROW EXECUTE FUNCTION ev_{name}()"


POSTGRES: list[str] = [
    _function(
        "level_proven",
        f"IF TG_OP = 'INSERT' THEN {_unless(_BORN, _TEXT)} RETURN NEW; END IF; "
        + _unless(_RAISED, _TEXT)
        + " "
        + _unless(_UNTOLD, _NOTICE_TEXT)
        + " RETURN NEW;",
    ),
    _on("level_proven", "INSERT OR UPDATE", _CONSENT),
    _function("level_account", _unless(_ADDED, _TEXT) + " RETURN NEW;"),
    _on("level_account", "INSERT OR UPDATE", _ACCOUNTS),
    _function(
        "posted_code",
        f"IF TG_OP = 'DELETE' THEN {_unless('true', _CODE_TEXT)} END IF; "
        + _unless(_UNPROVEN_PLACE, _PLACE_TEXT)
        + " IF TG_OP = 'INSERT' THEN RETURN NEW; END IF; "
        + _unless(f"({_CODE_STEP}) IS NOT TRUE", _CODE_TEXT)
        + " RETURN NEW;",
    ),
    _on("posted_code", "DELETE OR INSERT OR UPDATE", _CODE),
    _function("account_facts", _unless(_REWRITTEN, _FACTS_TEXT) + " RETURN NEW;"),
    _on("account_facts", "UPDATE", _ROW),
]
# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
