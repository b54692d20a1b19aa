# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What an evidence pack and a legal demand can never do in the database.

A pack: change what was asked, skip a state, hold personal data without the yes of a second person to this very pack,
change once it is ready, or lose its file while a legal hold keeps the records of a customer who is in it.
A demand: change what was received, lose its gag, move the gag's end without another order
and its event, or be gagged for more than three years. A customer named in one: be told before
the gag's end, or be told twice.
"""

from typing import NamedTuple

DEMAND_GAG = 573  # number of the act demand.gag (audit.words.ACTS)
ACT = "pack.export"  # the two-person act that an approval must be of


class _Table(NamedTuple):
    """A table, its columns that never change, those that are set once, and what else is refused (by engine)."""

    name: str
    fixed: tuple[str, ...]
    once: tuple[str, ...]
    steps: str  # a condition that must hold for OLD and NEW
    refused: str  # a condition on NEW that must not hold
    begins: str  # a condition on NEW that must hold for a new row
    unique: tuple[str, ...]
    text: str


_STEPS = (
    ("asked", "('approved')"),
    ("approved", "('building')"),
    ("building", "('building', 'ready', 'failed')"),
    ("failed", "('approved')"),
    ("ready", "('expired')"),
)
_UNAPPROVED = (
    "(NEW.state IN ('approved', 'building', 'ready') AND NEW.approval_id IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval_id AND a.about = NEW.id "
    f"AND a.act = '{ACT}' AND a.state IN ('approved', 'executed') AND a.approver IS NOT NULL))"
)
_DELETED = "(OLD.state = 'expired' AND NEW.state = 'expired' AND OLD.bytes_deleted_at IS NULL)"
_HELD = (
    "(NEW.bytes_deleted_at IS NOT NULL AND EXISTS (SELECT 1 FROM packs_packaccess a "
    "JOIN holds_legalhold h ON h.subject = a.customer_id WHERE a.pack_id = NEW.id "
    "AND h.state <> 'released' AND h.scope IN ('everything', 'records')))"
)
_TOO_EARLY = (
    "(NEW.noticed_at IS NOT NULL AND EXISTS (SELECT 1 FROM packs_legaldemand d "
    "WHERE d.id = NEW.demand_id AND d.gag_until > NEW.noticed_at))"
)
# A day more than three years: an order's last day ends in some time zone.
_THREE_YEARS = {
    "sqlite": "date(NEW.received_on, '+3 years', '+2 days')",
    "postgresql": "NEW.received_on + interval '3 years 2 days'",
}
_TOO_LONG = "(NEW.gag_until IS NOT NULL AND NEW.gag_until >= {three_years})"
_SAME_GAG = (
    "((NEW.gag_until = OLD.gag_until OR (NEW.gag_until IS NULL AND OLD.gag_until IS NULL)) "
    "AND NEW.gag_reference = OLD.gag_reference)"
)
_NEW_GAG = (
    "(NEW.gag_until IS NOT NULL AND NEW.gag_reference <> OLD.gag_reference AND EXISTS "
    f"(SELECT 1 FROM audit_event WHERE id = NEW.audit_event_id AND act = {DEMAND_GAG}))"
)
_TABLES = (
    _Table(
        "packs_evidencepack",
        (
            "id", "number", "scope", "scope_id", "period_from", "period_to", "letters", "mails", "files", "redaction",
            "purpose", "recipient", "basis", "demand_id", "requester", "approval_id", "asked_at",
        ),
        ("file", "sha256", "bytes", "checkpoint_size", "events", "ready_at", "expires_at", "bytes_deleted_at"),
        " OR ".join([*(f"(OLD.state = '{before}' AND NEW.state IN {after})" for before, after in _STEPS), _DELETED]),
        f"({_UNAPPROVED} OR {_HELD})",
        "NEW.state IN ('asked', 'approved') AND NEW.file IS NULL",
        ("id", "number"),
        "evidence: a pack is what was asked for and approved",
    ),
    _Table(
        "packs_legaldemand",
        ("id", "number", "authority", "kind", "reference", "asked", "received_on", "recorder", "recorded_at"),
        ("decision", "decided_on", "decision_note"),
        f"({_SAME_GAG} OR {_NEW_GAG}) AND NEW.unmatched >= OLD.unmatched",
        _TOO_LONG,
        "NEW.decision IS NULL",
        ("id", "number"),
        "evidence: a demand stays as it was received, with its decision and its gag",
    ),
    _Table(
        "packs_demandsubject",
        ("id", "demand_id", "customer_id", "added_at"),
        ("notice", "noticed_at"),
        "NEW.notice IS NOT NULL AND OLD.notice IS NULL",
        _TOO_EARLY,
        "NEW.notice IS NULL",
        ("id",),
        "evidence: a customer is told once, and not before the end of the order that forbids it",
    ),
)  # fmt: skip


def _sqlite(table: _Table) -> list[str]:
    changed = " OR ".join(
        [
            *(f'OLD."{column}" IS NOT NEW."{column}"' for column in table.fixed),
            *(f'(OLD."{column}" IS NOT NULL AND OLD."{column}" IS NOT NEW."{column}")' for column in table.once),
        ]
    )
    no = f"BEGIN SELECT RAISE(ABORT, '{table.text}'); END"
    same = " OR ".join(f"{column} = NEW.{column}" for column in table.unique)
    name, refused = table.name, table.refused.format(three_years=_THREE_YEARS["sqlite"])
    return [
        f'CREATE TRIGGER "ev_{name}_update" BEFORE UPDATE ON "{name}" '
        f"WHEN {changed} OR NOT ({table.steps}) OR {refused} {no}",
        f'CREATE TRIGGER "ev_{name}_insert" BEFORE INSERT ON "{name}" WHEN NOT ({table.begins}) OR {refused} {no}',
        f'CREATE TRIGGER "ev_{name}_over" BEFORE INSERT ON "{name}" '
        f"WHEN EXISTS (SELECT 1 FROM {name} WHERE {same}) {no}",
        f'CREATE TRIGGER "ev_{name}_delete" BEFORE DELETE ON "{name}" {no}',
    ]


def _postgres(table: _Table) -> list[str]:
    # The types have no common comparison (uuid, bytea, date): their text form decides.
    changed = " OR ".join(
        [
            *(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in table.fixed),
            *(
                f"(OLD.{column} IS NOT NULL AND OLD.{column}::text IS DISTINCT FROM NEW.{column}::text)"
                for column in table.once
            ),
        ]
    )
    no = f"RAISE EXCEPTION '{table.text}' USING ERRCODE = 'restrict_violation';"
    name, refused = table.name, table.refused.format(three_years=_THREE_YEARS["postgresql"])
    return [
        f"CREATE OR REPLACE FUNCTION ev_{name}_stays() RETURNS trigger LANGUAGE plpgsql "
        "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN {no} END IF; "
        f"IF TG_OP = 'INSERT' THEN IF NOT ({table.begins}) OR {refused} THEN {no} END IF; RETURN NEW; END IF; "
        f"IF {changed} OR NOT ({table.steps}) OR {refused} THEN {no} END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER ev_{name}_stays BEFORE DELETE OR INSERT OR UPDATE ON {name} "
        f"FOR EACH ROW EXECUTE FUNCTION ev_{name}_stays()",
    ]


SQLITE: list[str] = [line for table in _TABLES for line in _sqlite(table)]
POSTGRES: list[str] = [line for table in _TABLES for line in _postgres(table)]
