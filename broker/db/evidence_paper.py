# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""A consent on paper stands on two people: the database takes none without the approval of the second."""

_CONSENT, _ON, _ENTRY = "consents_consent", "paper_paperconsent", "paper_paperentry"
_TEXT = "evidence: a consent on paper has the approval of a second person"
_STAYS = "evidence: what was read off a signed original is not edited, deleted or decided twice"
_APPROVED = (
    "EXISTS (SELECT 1 FROM approvals_approval a JOIN paper_paperentry e ON e.approval = a.id "
    "WHERE a.id = NEW.approval AND e.id = NEW.entry_id AND a.act = 'paper.consent' AND a.about = e.id "
    "AND a.state = 'approved' AND a.approver IS NOT NULL AND a.approver <> a.requester)"
)  # fmt: skip
_UNNAMED = f"NEW.text_version LIKE 'paper %' AND NOT EXISTS (SELECT 1 FROM {_ON} WHERE consent_id = NEW.id)"
_READ_OFF = (
    "id", "letter_id", "customer", "form", "scan", "scan_type", "scan_sha256", "signed_on", "received_at", "approval",
    "entered_at",
)  # fmt: skip

_LITE = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in _READ_OFF)
SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_ON}_insert" BEFORE INSERT ON "{_ON}" WHEN NOT {_APPROVED} '
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_CONSENT}_paper" BEFORE INSERT ON "{_CONSENT}" WHEN {_UNNAMED} '
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_ENTRY}_update" BEFORE UPDATE ON "{_ENTRY}" WHEN {_LITE} OR OLD."state" <> \'waiting\' '
    f"BEGIN SELECT RAISE(ABORT, '{_STAYS}'); END",
    f'CREATE TRIGGER "ev_{_ENTRY}_over" BEFORE INSERT ON "{_ENTRY}" '
    f"WHEN NEW.state <> 'waiting' OR EXISTS (SELECT 1 FROM {_ENTRY} WHERE id = NEW.id) "
    f"BEGIN SELECT RAISE(ABORT, '{_STAYS}'); END",
    f'CREATE TRIGGER "ev_{_ENTRY}_delete" BEFORE DELETE ON "{_ENTRY}" BEGIN SELECT RAISE(ABORT, \'{_STAYS}\'); END',
]

# The types have no common comparison (uuid, bytea, date): their text form decides.
_PG = " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in _READ_OFF)
_HEAD = "RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "


def _no(text: str) -> str:
    return f"RAISE EXCEPTION '{text}' USING ERRCODE = 'restrict_violation';"


POSTGRES: list[str] = [
    f"CREATE OR REPLACE FUNCTION ev_paper_approved() {_HEAD}"
    f"IF NOT {_APPROVED} THEN {_no(_TEXT)} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_ON}_approved BEFORE INSERT ON {_ON} FOR EACH ROW EXECUTE FUNCTION ev_paper_approved()",
    f"CREATE OR REPLACE FUNCTION ev_consent_on_paper() {_HEAD}"
    f"IF {_UNNAMED} THEN {_no(_TEXT)} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_CONSENT}_paper BEFORE INSERT ON {_CONSENT} "
    "FOR EACH ROW EXECUTE FUNCTION ev_consent_on_paper()",
    f"CREATE OR REPLACE FUNCTION ev_paper_entry_stays() {_HEAD}"
    f"IF TG_OP = 'DELETE' THEN {_no(_STAYS)} END IF; "
    f"IF TG_OP = 'INSERT' THEN IF NEW.state <> 'waiting' THEN {_no(_STAYS)} END IF; RETURN NEW; END IF; "
    f"IF {_PG} OR OLD.state <> 'waiting' THEN {_no(_STAYS)} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_{_ENTRY}_stays BEFORE DELETE OR INSERT OR UPDATE ON {_ENTRY} "
    "FOR EACH ROW EXECUTE FUNCTION ev_paper_entry_stays()",
]
