# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What an organisation may ask for changes by two people who agreed to just these purposes, or not at all."""

ACT = "organisation.purposes"
_TABLE = "parties_organisation"
_TEXT = "evidence: what an organisation may ask for is changed by two people"


def _not_by_two(same: str) -> str:
    return (
        "NOT EXISTS (SELECT 1 FROM approvals_approval a WHERE a.about = NEW.id "
        f"AND a.act = '{ACT}' AND a.state = 'approved' AND a.approver <> a.requester AND {same})"
    )


SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_purposes" BEFORE UPDATE ON "{_TABLE}" '
    "WHEN NEW.purposes IS NOT OLD.purposes "
    f"AND {_not_by_two("json_extract(a.params, '$.purposes') = json(NEW.purposes)")} "
    f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
]
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_purposes_by_two() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    "IF NEW.purposes IS DISTINCT FROM OLD.purposes "
    f"AND {_not_by_two("(a.params -> 'purposes') = NEW.purposes")} THEN "
    f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_purposes_by_two BEFORE UPDATE ON {_TABLE} FOR EACH ROW EXECUTE FUNCTION ev_purposes_by_two()",
]
