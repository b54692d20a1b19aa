# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What cannot happen to a decision about an incident: one person makes or undoes it, or its words go within 5 years.

Nor is anybody told while a delay stands that two people decided, in the words in which they did.
"""

from broker.db.evidence_one_value import guard

ACT = "incident.decide"
DELAY = "incident.delay"
_DELAYS, _TOLD = "incidents_delay", "incidents_told"
_DECISION, _KEY, _LIST, _STEP = "incidents_decision", "vault_key", "incidents_affectedlist", "incidents_step"
_TWO = "evidence: whether customers are told of an incident is decided by two people"
_DECIDED = "evidence: notices of an incident are begun for the list on which two people decided"
_KEPT = "evidence: a decision about an incident is kept five years"
_ALONE = (
    "NOT EXISTS (SELECT 1 FROM approvals_approval a JOIN incidents_proposal p ON p.id = a.about "
    f"WHERE a.id = NEW.approval_id AND a.act = '{ACT}' AND p.id = NEW.proposal_id AND p.choice = NEW.choice "
    "AND p.incident_id = NEW.incident_id AND a.state IN ('approved', 'executed') "
    "AND a.requester = p.proposed_by AND a.approver IS NOT NULL AND a.approver <> a.requester)"
)
# Notices begin for the newest list alone, and only where the last that two people decided is to tell that list.
_OTHER_LIST = (
    "NEW.kind = 'customers' AND NOT EXISTS ("
    f"SELECT 1 FROM {_DECISION} d JOIN incidents_proposal p ON p.id = d.proposal_id JOIN {_LIST} m ON m.id = p.list_id "
    "WHERE d.incident_id = NEW.incident_id AND m.incident_id = NEW.incident_id AND m.id = NEW.list_id "
    "AND d.choice = 'notify' "
    f"AND NOT EXISTS (SELECT 1 FROM {_DECISION} e WHERE e.incident_id = d.incident_id AND e.decided_at > d.decided_at) "
    f"AND NOT EXISTS (SELECT 1 FROM {_LIST} n WHERE n.incident_id = m.incident_id AND n.number > m.number))"
)
_DELAYED = "evidence: whether notice of an incident is delayed is decided by two people"
_STANDS = "evidence: nobody is told of an incident while a delay stands"
_AGREED = (
    f"EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval_id AND a.act = '{DELAY}' "
    "AND a.about = NEW.incident_id AND a.requester = NEW.recorder AND a.state IN ('approved', 'executed') "
    "AND a.approver IS NOT NULL AND a.approver <> a.requester AND a.decided_at = NEW.decided_at AND "
)
# What was asked and agreed to, word for word; its day begins Central, five or six hours after that of UTC.
_DELAY_LITE = (
    f"NOT ({_AGREED}json_extract(a.params, '$.agency') = NEW.agency "
    "AND json_extract(a.params, '$.written_on') = NEW.written_on AND json_extract(a.params, '$.until') = NEW.until) "
    "AND NEW.ends_at BETWEEN datetime(NEW.until, '+5 hours') AND datetime(NEW.until, '+6 hours'))"
)
_DELAY_PG = (
    f"NOT ({_AGREED}a.params ->> 'agency' = NEW.agency "
    "AND a.params ->> 'written_on' = to_char(NEW.written_on, 'YYYY-MM-DD') "
    "AND a.params ->> 'until' = to_char(NEW.until, 'YYYY-MM-DD')) "
    "AND NEW.ends_at = NEW.until::timestamp AT TIME ZONE 'America/Chicago')"
)
# The last one that was decided counts, also for whoever began before.
_LAST = (
    f"EXISTS (SELECT 1 FROM {_DELAYS} d WHERE d.incident_id = NEW.incident_id AND d.ends_at > {{now}} AND NOT EXISTS "
    f"(SELECT 1 FROM {_DELAYS} e WHERE e.incident_id = d.incident_id AND e.decided_at > d.decided_at))"
)
_LAST_LITE, _LAST_PG = _LAST.format(now="datetime('now')"), _LAST.format(now="now()")
_SHORT_LITE = "NEW.kept_until < date(NEW.decided_at, '+5 years', '-1 day')"
_SHORT_PG = "NEW.kept_until < (NEW.decided_at + interval '5 years' - interval '1 day')::date"


def _gone(today: str) -> str:
    return (
        "NEW.wrapped IS NULL AND OLD.wrapped IS NOT NULL AND EXISTS "
        f"(SELECT 1 FROM {_DECISION} d WHERE d.token = OLD.token AND d.kept_until > {today})"
    )


def _lite(table: str, name: str, verb: str, wrong: str, text: str) -> str:
    return (
        f'CREATE TRIGGER "ev_{table}_{name}" BEFORE {verb} ON "{table}" WHEN {wrong} '
        f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
    )


SQLITE: list[str] = [
    _lite(_DECISION, "two", "INSERT", _ALONE, _TWO),
    _lite(_DELAYS, "two", "INSERT", _DELAY_LITE, _DELAYED),
    _lite(_STEP, "delayed", "INSERT", f"NEW.kind = 'customers' AND {_LAST_LITE}", _STANDS),
    _lite(_TOLD, "delayed", "INSERT", _LAST_LITE, _STANDS),
    _lite(_STEP, "decided", "INSERT", _OTHER_LIST, _DECIDED),
    _lite(_DECISION, "five_years", "INSERT", _SHORT_LITE, _KEPT),
    _lite(_KEY, "incident", "UPDATE", _gone("date('now')"), _KEPT),
]
POSTGRES: list[str] = [
    *guard("ev_incident_two", _ALONE, _TWO, "INSERT", _DECISION),
    *guard("ev_incident_delay", _DELAY_PG, _DELAYED, "INSERT", _DELAYS),
    *guard("ev_incident_step_delayed", f"NEW.kind = 'customers' AND {_LAST_PG}", _STANDS, "INSERT", _STEP),
    *guard("ev_incident_told_delayed", _LAST_PG, _STANDS, "INSERT", _TOLD),
    *guard("ev_incident_step", _OTHER_LIST, _DECIDED, "INSERT", _STEP),
    *guard("ev_incident_five_years", _SHORT_PG, _KEPT, "INSERT", _DECISION),
    *guard("ev_incident_key", _gone("current_date"), _KEPT, "UPDATE", _KEY),
]
