# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What a version of a utility's profile can never be in the database: published without two people who agreed to it."""

_TABLE = "publishing_publishedprofile"
_TEXT = "evidence: a profile is published by two people, against the version in force"
_BY_TWO = (
    "NOT EXISTS (SELECT 1 FROM publishing_proposedprofile p JOIN approvals_approval a ON a.id = p.approval "
    "WHERE p.id = NEW.proposal_id AND p.utility = NEW.utility AND a.act = 'profile.change' "
    "AND a.state IN ('approved', 'executed') AND a.requester = NEW.proposer AND a.approver = NEW.approver "
    "AND a.approver <> a.requester)"
)
_GAP = (
    f"NEW.number <> 1 + COALESCE((SELECT MAX(o.number) FROM {_TABLE} o WHERE o.utility = NEW.utility), 1) "
    f"OR EXISTS (SELECT 1 FROM {_TABLE} o JOIN publishing_proposedprofile q ON q.id = o.proposal_id "
    "JOIN publishing_proposedprofile p ON p.id = NEW.proposal_id "
    "WHERE o.utility = NEW.utility AND o.number = NEW.number - 1 AND q.version <> p.against)"
)
SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_by_two" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN {_BY_TWO} OR {_GAP} BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
]
_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_profile_by_two() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF {_BY_TWO} OR {_GAP} THEN {_NO} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_profile_by_two BEFORE INSERT ON {_TABLE} FOR EACH ROW EXECUTE FUNCTION ev_profile_by_two()",
]
