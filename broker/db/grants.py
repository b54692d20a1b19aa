"""Who may do what to which table on PostgreSQL (rules)."""

from typing import NamedTuple

APP, INTEGRATOR, KEEPER, READER = "broker_app", "broker_integrator", "broker_keeper", "broker_reader"
ROLES = (APP, INTEGRATOR, KEEPER, READER)


class Grant(NamedTuple):
    """A privilege of a role, on a whole table or on one column."""

    role: str
    privilege: str
    column: str | None = None


def _whole(role: str, *privileges: str) -> set[Grant]:
    return {Grant(role, each) for each in privileges}


def _columns(role: str, privilege: str, columns: str) -> set[Grant]:
    return {Grant(role, privilege, each) for each in columns.split()}


# The columns `tx` and `at` of an event are the database's own, so nobody may write them.
_EVENT = "id header ct mac kid act"
_AUDIT_KEY = "kid kek class period hold shredded_event"
_AUDIT_KEY_NEW = "kid wrapped kek class period hold"
_LANE_NEW = "opened_us boot mac_key"
_VAULT_KEY = "id subject part token class period kek created hold shredded_event"
_READ_LOG = _whole(APP, "SELECT") | _whole(INTEGRATOR, "SELECT") | _whole(KEEPER, "SELECT") | _whole(READER, "SELECT")
_WRITERS = (APP, INTEGRATOR, KEEPER)


def _by_writers(privilege: str, columns: str) -> set[Grant]:
    return {grant for role in _WRITERS for grant in _columns(role, privilege, columns)}


_ORDINARY = _whole(APP, "SELECT", "INSERT", "UPDATE", "DELETE")
_INTEGRATOR_ADDS = _READ_LOG | _whole(INTEGRATOR, "INSERT")
_INTEGRATOR_GROWS = _READ_LOG | _whole(INTEGRATOR, "INSERT", "UPDATE")

SPECIAL: dict[str, set[Grant]] = {
    "audit_origin": _READ_LOG,
    "audit_lane": _READ_LOG | _by_writers("INSERT", _LANE_NEW),
    # The keeper reaches every data key, so it reads no body.
    "audit_event": _whole(APP, "SELECT")
    | _whole(INTEGRATOR, "SELECT")
    | _whole(READER, "SELECT")
    | _columns(KEEPER, "SELECT", "id header mac kid act tx at")
    | _by_writers("INSERT", _EVENT),
    "audit_leaf": _INTEGRATOR_ADDS,
    "audit_checkpoint": _INTEGRATOR_ADDS,
    "audit_anchor": _INTEGRATOR_ADDS,
    "audit_index": _INTEGRATOR_ADDS,
    "audit_tile": _INTEGRATOR_GROWS,
    "audit_cursor": _INTEGRATOR_GROWS,
    "audit_key": _by_writers("INSERT", _AUDIT_KEY_NEW)
    | _whole(APP, "SELECT")
    | _whole(KEEPER, "SELECT")
    | _columns(KEEPER, "UPDATE", "wrapped kek hold shredded_event")
    | _columns(INTEGRATOR, "SELECT", _AUDIT_KEY)
    | _columns(READER, "SELECT", _AUDIT_KEY),
    "audit_alias": _READ_LOG | {Grant(role, "INSERT") for role in _WRITERS} | _whole(KEEPER, "DELETE"),
    "audit_used": _whole(APP, "SELECT") | _whole(READER, "SELECT"),  # written by open_key alone
    # A wrapped key is selected through open_key alone, which demands an event.
    "vault_key": _columns(APP, "SELECT", _VAULT_KEY)
    | _columns(APP, "INSERT", _VAULT_KEY + " wrapped")
    | _whole(KEEPER, "SELECT")
    | _columns(KEEPER, "UPDATE", "wrapped kek hold shredded_event"),
    "vault_sealedfile": _whole(APP, "SELECT", "INSERT") | _whole(KEEPER, "SELECT"),
    # Held by the application at once; the keys, the release and every destruction are the keeper's.
    "holds_legalhold": _whole(APP, "SELECT", "INSERT")
    | _columns(APP, "UPDATE", "review_on audit_event_id")
    | _whole(KEEPER, "SELECT")
    | _columns(KEEPER, "UPDATE", "state released_at approval audit_event_id")
    | _columns(INTEGRATOR, "SELECT", "token scope state"),
    "holds_disposal": _whole(APP, "SELECT") | _whole(KEEPER, "SELECT", "INSERT", "UPDATE"),
    "approvals_approval": _whole(APP, "SELECT", "INSERT", "UPDATE", "DELETE")
    | _whole(KEEPER, "SELECT")
    | _columns(KEEPER, "UPDATE", "state approver decided_at executed_at audit_event_id"),
    # Before it destroys, the keeper looks whether two people of the right roles decided, and whether the day has come.
    "parties_user": _ORDINARY | _columns(KEEPER, "SELECT", "id role is_active"),
    "parties_customer": _ORDINARY | _columns(KEEPER, "SELECT", "id created_at"),
    "consents_consent": _ORDINARY | _columns(KEEPER, "SELECT", "customer_id state ends ended_at"),
    # When the bytes of files that were not saved are deleted, the keeper destroys their keys, too.
    "upload_sharedraft": _ORDINARY | _columns(KEEPER, "SELECT", "id emptied_at"),
    "brought_broughtfile": _ORDINARY | _columns(KEEPER, "SELECT", "id file preview emptied_at"),
    # The words of a decision are kept five years: the keeper's own update is held against the day.
    "incidents_decision": _whole(APP, "SELECT", "INSERT") | _columns(KEEPER, "SELECT", "token kept_until"),
    "django_migrations": _whole(APP, "SELECT") | _whole(INTEGRATOR, "SELECT") | _whole(KEEPER, "SELECT"),
    "installation": _whole(APP, "SELECT", "INSERT") | _whole(INTEGRATOR, "SELECT") | _whole(KEEPER, "SELECT"),
    "jobs_heartbeat": _whole(APP, "SELECT", "INSERT", "UPDATE", "DELETE")
    | _whole(INTEGRATOR, "SELECT", "INSERT", "UPDATE")
    | _whole(KEEPER, "SELECT", "INSERT", "UPDATE"),
}


def wanted(table: str, *, append_only: bool) -> set[Grant]:
    """Give every grant on a table; an ordinary one is the application's to read and change."""
    if table in SPECIAL:
        return SPECIAL[table]
    if append_only:
        return _whole(APP, "SELECT", "INSERT")
    return _ORDINARY
