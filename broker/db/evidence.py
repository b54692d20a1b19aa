"""The one list of evidence: which tables only grow, which rows name their event, and who may do what to each table.

A new table needs a line here only if it is more than an ordinary one: its name in APPEND_ONLY if rows are only ever
added, in AUDITED if its model is an `Audited`. Everything is made again after each migration and compared with the
database when a process starts, because schema operations lose triggers silently.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

# Rows are only ever added: UPDATE, DELETE, TRUNCATE and REPLACE are refused for everybody.
APPEND_ONLY: tuple[str, ...] = (
    "installation",
    "vault_sealedfile",
    "publishing_proposedprofile",
    "publishing_publishedprofile",
    "consents_consentevent",
    "consents_termsagreement",
    "consents_consentnotice",
    "consents_letterfile",
    "asking_askblock",
    "preferring_channelpreference",
    "joint_coapproval",
    "joint_bothchange",
    "joint_holdermailbox",
    "joint_accountfact",
    "joint_circumstance",
    "joint_abusesign",
    "ceremony_pagesnapshot",
    "ceremony_signingrecord",
    "identity_proof",
    "identity_attempt",
    "identity_callback",
    "identity_intervalnotice",
    "checking_clerkact",
    "fees_question",
    "fees_reply",
    "fees_writtenyes",
    "fees_succession",
    "requests_app_decision",
    "requests_app_message",
    "requests_app_release",
    "inbound_mailreading",
    "inbound_mailchoice",
    "inbound_examination",
    "desk_sendslot",
    "desk_enclosed",
    "desk_mailpart",
    "desk_alsoattached",
    "desk_deskact",
    "clocks_closingchange",
    "clocks_clockstep",
    "ladder_ladderstep",
    "ladder_lastdecision",
    "ladder_mailread",
    "ladder_mention",
    "ladder_sendingcheck",
    "desk_work_note",
    "desk_work_heard",
    "console_seen",
    "console_reviewrecord",
    "console_eventnote",
    "console_canaryalarm",
    "packs_packaccess",
    "duties_glassevent",
    "incidents_incident",
    "incidents_affectedlist",
    "incidents_affected",
    "incidents_proposal",
    "incidents_decision",
    "incidents_delay",
    "incidents_step",
    "incidents_told",
    "paper_paperletter",
    "paper_paperconsent",
    "stopping_stop",
    "stopping_attestation",
    "completeness_coverage",
    "completeness_nonesaid",
    "completeness_cut",
    "one_value_place",
    "one_value_comparison",
    "differences_difference",
    "differences_settlement",
    "brought_answer",
)
# Every insert, change and deletion names an event of its own transaction. `parties_user` is not here on purpose: each
# sign-in writes last_login, and what is done to a user is an act with an event of its own.
AUDITED: tuple[str, ...] = (
    "approvals_approval",
    "publishing_proposedprofile",
    "publishing_publishedprofile",
    "holds_legalhold",
    "holds_disposal",
    "incidents_incident",
    "incidents_affectedlist",
    "incidents_affected",
    "incidents_proposal",
    "incidents_decision",
    "incidents_delay",
    "incidents_step",
    "incidents_told",
    "parties_organisation",
    "parties_application",
    "parties_customer",
    "parties_utilityaccount",
    "consents_consent",
    "consents_consentaccount",
    "consents_consentevent",
    "consents_termsagreement",
    "consents_suspension",
    "consents_consentnotice",
    "consents_paperchoice",
    "consents_papernotice",
    "consents_letterofauthorization",
    "consents_letterfile",
    "consents_complaint",
    "asking_consentask",
    "asking_askblock",
    "ceremony_pagesnapshot",
    "ceremony_signingrecord",
    "inlets_refused",
    "inlets_incident",
    "inlets_watched",
    "duties_bar",
    "duties_glass",
    "rights_review",
    "rights_item",
    "waits_wait",
    "outside_approver",
    "outside_ask",
    "identity_proof",
    "identity_attempt",
    "identity_callback",
    "identity_postedcode",
    "identity_intervalnotice",
    "checking_clerkact",
    "preferring_channelpreference",
    "joint_jointmember",
    "joint_coapproval",
    "joint_bothchange",
    "joint_holdermailbox",
    "joint_objection",
    "joint_objectionreach",
    "joint_accountfact",
    "joint_circumstance",
    "joint_abusesign",
    "fees_feequote",
    "fees_question",
    "fees_reply",
    "fees_writtenyes",
    "fees_threadmail",
    "fees_succession",
    "requests_app_datarequest",
    "requests_app_decision",
    "requests_app_manualrequest",
    "requests_app_message",
    "requests_app_customershare",
    "requests_app_receivedfile",
    "requests_app_readingseries",
    "requests_app_nectarpull",
    "nectar_company",
    "nectar_handing",
    "nectar_meter",
    "completeness_coverage",
    "completeness_nonesaid",
    "completeness_overdelivery",
    "completeness_cut",
    "completeness_surplusmail",
    "one_value_place",
    "one_value_comparison",
    "differences_difference",
    "differences_settlement",
    "brought_drop",
    "brought_broughtfile",
    "brought_answer",
    "requests_app_release",
    "inbound_mailreading",
    "inbound_mailchoice",
    "inbound_examination",
    "desk_enclosed",
    "desk_mailpart",
    "desk_alsoattached",
    "desk_deskact",
    "clocks_closingchange",
    "clocks_clockstep",
    "ladder_ladderstep",
    "ladder_followup",
    "ladder_phonetask",
    "ladder_lastdecision",
    "ladder_mailread",
    "ladder_mention",
    "ladder_sendingcheck",
    "desk_work_assignment",
    "desk_work_absence",
    "desk_work_note",
    "desk_work_heard",
    "desk_work_deskmailbox",
    "signin_workmailbox",
    "hooks_endpoint",
    "hooks_signingkey",
    "hooks_delivery",
    "recipients_signup",
    "console_savedview",
    "console_viewalert",
    "console_seen",
    "console_reviewrecord",
    "console_eventnote",
    "console_canaryalarm",
    "packs_legaldemand",
    "packs_demandsubject",
    "packs_evidencepack",
    "packs_packaccess",
    "paper_paperletter",
    "paper_paperentry",
    "paper_paperconsent",
    "stopping_stop",
    "stopping_stoptarget",
    "stopping_attestation",
    "stopping_stopalert",
)
# Which parts of a subject's data (fields, files) an event about this type of object may open. The log fills it when
# it is ready, because the types are its vocabulary; while it is empty the database opens nothing.
OBJ_PARTS: dict[str, Iterable[str]] = {}


class EvidenceTampered(Exception):
    """Triggers, functions or grants in the database are not the ones of the list."""

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__("the evidence rules of the database are not as written: " + "; ".join(found))
        self.differences = list(found)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make triggers, functions and grants as listed; touches only what differs."""
    _engine(connection).install(connection)


def differences(connection: BaseDatabaseWrapper) -> list[str]:
    """Name everything in the database that is not as listed; tables that do not exist yet are passed over."""
    found: list[str] = _engine(connection).differences(connection)
    return found


def assert_intact(alias: str = "default") -> None:
    """Raise EvidenceTampered unless the database is as listed and holds us too; each process asks before it serves."""
    connection = connections[alias]
    found = [*differences(connection), *_engine(connection).unbound(connection)]
    if found:
        raise EvidenceTampered(found)


def after_migrate(using: str, **_kwargs: object) -> None:
    """Make everything again after a migration (receiver of `post_migrate`)."""
    if using == "default":
        install(connections[using])


def check(databases: Sequence[str] | None = None, **_kwargs: object) -> list[CheckMessage]:
    """Report differences as a system check of the database."""
    if "default" not in (databases or ()):
        return []
    hint = "Run `migrate` as the owner; then find out who changed it."
    return [Error(each, hint=hint, id="db.E001") for each in differences(connections["default"])]


def _engine(connection: BaseDatabaseWrapper) -> Any:
    if connection.vendor == "postgresql":
        from broker.db import evidence_postgresql

        return evidence_postgresql
    if connection.vendor == "sqlite":
        from broker.db import evidence_sqlite

        return evidence_sqlite
    raise NotImplementedError(f"no evidence rules for {connection.vendor}")
